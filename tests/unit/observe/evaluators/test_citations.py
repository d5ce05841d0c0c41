"""What an answer cites: by the usual marks, never more than there is."""

from __future__ import annotations

import pytest

from evenkeel.observe.evaluators.citations import find_citations, measure_citations
from evenkeel.observe.evaluators.evaluate import evaluate
from evenkeel.observe.evaluators.exchange import Exchange


@pytest.mark.parametrize(
    ("answer", "cited"),
    [
        ("Two days [1].", (True, False, False)),
        ("Two days [1, 3] or [^2].", (True, True, True)),
        ("Two days 【2】.", (False, True, False)),
        ("Two days [1;2].", (True, True, False)),
    ],
)
def test_the_usual_marks_are_read(answer: str, cited: tuple[bool, ...]) -> None:
    found = find_citations(answer, 3)
    assert found is not None
    assert (found.is_cited, found.missing) == (cited, 0)


@pytest.mark.parametrize("answer", ["Two days.", "x[i] and [a]", "", "[1234]", "(1)"])
def test_what_is_no_citation_says_nothing(answer: str) -> None:
    assert find_citations(answer, 3) is None
    assert measure_citations(answer, ["a", "b", "c"]) == {"documents": 3}


def test_a_number_that_stands_for_no_document_is_counted() -> None:
    found = measure_citations("So [9].", ["a"])
    assert (found["cited.hit"], found["cited.missing"]) == (0.0, 1)
    assert "cited.ndcg" not in found


def test_only_exchanges_with_contexts_have_numbers_of_retrieval() -> None:
    assert evaluate(Exchange("Why?", (), "So [1]."), ["retrieval"]) == {}
    found = evaluate(Exchange("Why?", ("a", "b"), "So [2]."), ["retrieval"])
    assert found["evenkeel.retrieval.cited.mrr"] == 0.5


def test_a_text_of_brackets_takes_no_longer_than_another() -> None:
    assert find_citations("[1," * 6_000, 3) is None
