"""What is kept of an exchange is numbers, each of which the reference names; no text is in them."""

from __future__ import annotations

import json
import math
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.evaluate import EVALUATORS, PREFIX, evaluate
from evenkeel.observe.evaluators.exchange import Exchange, read_exchange

EXCHANGE = Exchange(
    prompt="How long does the warranty of my new phone last, and what does it cover?",
    contexts=("The warranty lasts 24 months. It does not cover batteries or damage by water.",),
    answer="The warranty lasts 36 months. It does not cover batteries, and Zanzibar is lovely. Anything else?",
)
TEXTS = st.text(max_size=60)
EXCHANGES = st.builds(Exchange, st.none() | TEXTS, st.lists(TEXTS, max_size=3).map(tuple), st.none() | TEXTS)


def test_an_exchange_becomes_numbers() -> None:
    found = evaluate(EXCHANGE)
    assert found["evenkeel.answer.words"] == 16
    assert found["evenkeel.answer.questions"] == 1
    assert found["evenkeel.language.prompt.en"] == found["evenkeel.language.answer.en"] == 1.0
    assert found["evenkeel.language.differs"] == 0
    assert found["evenkeel.grounding.numbers_missing"] == 1
    assert found["evenkeel.grounding.names_missing"] == 1
    assert 0.0 < found["evenkeel.grounding.weakest"] <= found["evenkeel.grounding.score"] < 1.0
    assert not any(name.startswith("evenkeel.vocabulary") for name in found)


@settings(max_examples=60, deadline=None)
@given(EXCHANGES)
def test_every_number_is_finite_and_in_the_reference(exchange: Exchange) -> None:
    for name, number in evaluate(exchange, EVALUATORS).items():
        prefix, evaluator, end = name.split(".", 2)
        assert prefix == PREFIX
        assert any(fnmatchcase(end, listed) for listed in EVALUATORS[evaluator].numbers), name
        assert math.isfinite(number)
        assert number >= 0


def test_every_number_in_the_reference_is_given_by_some_exchange() -> None:
    others = [
        Exchange("alpha beta gamma delta omega kappa sigma theta lambda zeta tau rho phi", (), "Why?"),
        Exchange("x", ("a", "b"), "So [2, 7]."),
        Exchange("", ("a b c",), ""),
        Exchange("x", ("a",), "So it is. " * 8_000),
    ]
    given_names = {name for each in (EXCHANGE, *others) for name in evaluate(each, EVALUATORS)}
    for evaluator, evaluation in EVALUATORS.items():
        for end in evaluation.numbers:
            assert any(fnmatchcase(name, f"{PREFIX}.{evaluator}.{end}") for name in given_names), (evaluator, end)


def test_no_word_of_the_exchange_is_in_what_is_kept() -> None:
    kept = json.dumps(evaluate(EXCHANGE, EVALUATORS)).lower()
    assert not [word for word in ("warranty", "zanzibar", "batteries", "phone", "lovely") if word in kept]


def test_what_is_not_known_is_left_out_and_an_empty_answer_is_told() -> None:
    assert evaluate(Exchange()) == {}
    found = evaluate(Exchange(answer="  "), ["answer"])
    assert found == {"evenkeel.answer.empty": 1, "evenkeel.answer.characters": 2}


def test_without_contexts_the_reason_is_kept_and_no_score() -> None:
    found = evaluate(Exchange(answer="It takes two days."), ["grounding"])
    assert found == {"evenkeel.grounding.cut": 0, "evenkeel.grounding.unknown.no_context": 1}


def test_an_evaluator_that_there_is_none_of_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match=r"no evaluator 'mood'\. There are prompt, answer"):
        evaluate(EXCHANGE, ["mood"])


def test_from_a_span_the_same_numbers_come_out_as_from_the_texts() -> None:
    content = {
        "input.value": EXCHANGE.prompt or "", "output.value": EXCHANGE.answer or "",
        "retrieval.documents.0.document.content": EXCHANGE.contexts[0],
    }  # fmt: skip
    assert evaluate(read_exchange(content)) == evaluate(EXCHANGE)
