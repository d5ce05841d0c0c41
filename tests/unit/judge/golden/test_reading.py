"""Golden sets and runs from files: what is wrong is told by line, and what is odd is counted."""

from __future__ import annotations

import pytest

from evenkeel.judge.golden.reading import read_run, read_set
from evenkeel.kernel.errors import InvalidInputError


def test_grades_are_kept_and_what_is_irrelevant_is_not() -> None:
    found = read_set('{"id": "q", "query": "Why?", "relevant": {"a": 3, "b": 0, "c": 1}}')
    assert (found["q"].relevant, found["q"].text) == ({"a": 3.0, "c": 1.0}, "Why?")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "q", "relevant": []}', "names no relevant document"),
        ('{"id": "q", "relevant": {"a": 0}}', "names no relevant document"),
        ('{"id": "q", "relevant": ["a", "a"]}', "has a document twice"),
        ('{"id": "q", "relevant": {"a": true}}', "has a grade that is no number"),
        ('{"id": "q", "relevant": {"a": -1}}', "has a grade that is no number"),
        ('{"id": "q", "relevant": {"a": 1000001}}', "has a grade that is no number"),
        ('{"id": "q", "relevant": {"a": 1' + "0" * 400 + "}}", "has a grade that is no number"),
        ('{"id": "half \\ud800", "relevant": ["a"]}', "is no JSON"),
        ('{"id": "q", "relevant": "a"}', "no list of names"),
        ('{"id": "", "relevant": ["a"]}', "has no id"),
        ('{"id": "q", "relevant": ["a"], "answer": "x"}', "has an unknown 'answer'"),
        ("[]", "is no JSON object"),
        (f'{{"id": "q", "relevant": ["a"], "query": "{"x" * 4_001}"}}', "more than 4,000 characters"),
    ],
)
def test_a_line_of_a_set_that_is_wrong_is_named(line: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says) as raised:
        read_set(line)
    assert "line 1" in raised.value.message


def test_a_query_that_a_set_has_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="line 2 has the id of an earlier line"):
        read_set('{"id": "q", "relevant": ["a"]}\n{"id": "q", "relevant": ["b"]}')


def test_of_a_query_that_a_run_has_twice_the_first_line_counts_and_it_is_named() -> None:
    found = read_run(
        '{"id": "q", "retrieved": ["a"]}\n{"id": "q", "retrieved": ["b"]}\n{"id": "r", "failed": "timeout"}'
    )
    assert (found.by_query["q"].retrieved, found.repeated) == (("a",), ("q",))
    assert found.by_query["r"].failed == "timeout"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "q"}', "says not what was retrieved"),
        ('{"id": "q", "failed": "x", "retrieved": ["a"]}', "is failed and has documents"),
        ('{"id": "q", "retrieved": [1]}', "no list of names"),
        ('{"id": "q", "failed": "half \\udc00"}', "is no JSON"),
        ("", "There is no line"),
    ],
)
def test_a_line_of_a_run_that_is_wrong_is_named(line: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read_run(line)
