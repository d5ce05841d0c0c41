"""Texts beside an event become numbers, and stay nowhere unless somebody switched that on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.observe.evaluators.evaluating import Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.exchange import read_exchange as read_attributes
from evenkeel.observe.evaluators.policy import EvaluationPolicy, EvaluationTable
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.intake.content import evaluate_content
from evenkeel.observe.intake.event_api import read_events
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms

CONTEXT = EventContext(1_790_000_000_000_000, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))
SAID = {"prompt": "How long?", "contexts": ["It lasts 24 months."], "answer": "It lasts 36 months."}


def take(content: Any, context: EventContext = CONTEXT, **more: Any) -> tuple[list[dict[str, Any]], list[Any]]:
    """(events, rejected)."""
    table = EvaluationTable({"quiet": EvaluationPolicy(())})
    evaluating = Evaluating(lambda: table, EvaluationClocks(lambda: 0.0, lambda: 0.0))
    body = json.dumps([{"service": "bot", "content": content, **more}]).encode()
    found = read_events(body, "application/json", context)
    assert all(each is None for each in evaluate_content(found, context, evaluating))
    assert found.exchanges == []
    return [found.batch.row(n) for n in range(len(found.batch))], found.rejected


def test_texts_become_numbers_and_are_gone() -> None:
    ((event,), _) = take(SAID, attributes={"app.tenant": "acme"})
    kept = json.loads(event["attributes"])
    assert kept["app.tenant"] == "acme"
    assert kept["evenkeel.evaluation.evaluated"] == 1
    assert kept["evenkeel.grounding.numbers_missing"] == 1
    assert "months" not in event["attributes"]


def test_what_is_sent_beside_texts_speaks_for_no_evaluator() -> None:
    claimed = {
        "evenkeel.grounding.numbers_missing": 0,
        "evenkeel.evaluation.evaluated": 0,
        "evenkeel.grounding.fine": 1,
    }
    ((event,), _) = take(SAID, attributes={**claimed, "app.tenant": "acme", "evenkeel.pii.findings": 2})
    kept = json.loads(event["attributes"])
    assert (kept["evenkeel.grounding.numbers_missing"], kept["evenkeel.evaluation.evaluated"]) == (1, 1)
    assert "evenkeel.grounding.fine" not in kept
    assert (kept["app.tenant"], kept["evenkeel.pii.findings"]) == ("acme", 2)
    assert event["finding"] == "evaluation_claimed"
    for content, service in ((None, "bot"), (SAID, "quiet")):  # nothing of it was looked at here
        ((event,), _) = take(content, attributes=claimed, service=service)
        assert (json.loads(event["attributes"]), event.get("finding")) == (claimed, None)


def test_a_prediction_can_carry_texts_too() -> None:
    ((event,), _) = take({"answer": "Spam, I think."}, kind="prediction", label="spam")
    assert json.loads(event["attributes"])["evenkeel.answer.words"] == 3


def test_texts_are_kept_where_that_is_switched_on_by_the_names_that_spans_have() -> None:
    ((event,), _) = take(SAID, replace(CONTEXT, content_services=frozenset({"bot"})))
    exchange = read_attributes(json.loads(event["attributes"]))
    assert (exchange.prompt, exchange.contexts, exchange.answer) == (
        SAID["prompt"], tuple(SAID["contexts"]), SAID["answer"],
    )  # fmt: skip


def test_long_texts_that_are_kept_are_cut_and_fit() -> None:
    long = {"prompt": "p" * 9_000, "contexts": ["c" * 9_000] * 300, "answer": "a" * 9_000}
    ((event,), rejected) = take(long, replace(CONTEXT, content_services=frozenset({"bot"})))
    kept = json.loads(event["attributes"])
    assert rejected == []
    assert (len(kept["prompt"]), len(kept["completion"])) == (4_096, 4_096)


def test_of_a_service_that_is_switched_off_nothing_is_kept() -> None:
    ((event,), _) = take(SAID, service="quiet")
    assert "attributes" not in event


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("text", "content is an object, not str"),
        ({"answers": "x"}, "content has no part 'answers'"),
        ({"answer": 7}, "answer is text, not int"),
        ({"contexts": "one"}, "contexts is no list of texts"),
        ({"contexts": ["one", None]}, "contexts is no list of texts"),
    ],
)
def test_content_that_is_none_is_named(content: Any, why: str) -> None:
    events, ((rejected),) = take(content)
    assert events == []
    assert why in rejected["message"]
