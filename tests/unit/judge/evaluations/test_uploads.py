"""Answers from a file: what is wrong is told by line, all of it at once."""

from __future__ import annotations

import json

import pytest

from evenkeel.judge.evaluations.model import Texts
from evenkeel.judge.evaluations.uploads import CHARACTERS_MAX, LINES_MAX, read_lines
from evenkeel.kernel.errors import InvalidInputError


def test_all_that_a_line_may_have_is_read() -> None:
    line = {"answer": "a", "prompt": "p", "contexts": ["c"], "id": "1", "version": "2", "language": "de", "judge": True}
    (found,) = read_lines(json.dumps(line), 7)
    assert found.texts == Texts("a", "p", ("c",))
    assert (found.version, found.language, found.verdict) == ("2", "de", "flagged")
    two = read_lines('{"answer":"","judge":false}\n\n{"answer":"b","judge":"failed"}', 0)
    assert [each.verdict for each in two] == ["passed", "failed"]


def test_equal_lines_are_two_answers_and_equal_ids_are_not() -> None:
    assert len(read_lines('{"answer":"a"}\n{"answer":"a"}', 0)) == 2
    with pytest.raises(InvalidInputError, match="line 2 has the id of an earlier line"):
        read_lines('{"answer":"a","id":"1"}\n{"answer":"b","id":"1"}', 0)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[1]", "is no JSON object"),
        ("{}", "has no answer"),
        ('{"answer": 1}', "has answer that is no text"),
        ('{"answer": "a", "contexts": "c"}', "contexts that are no list"),
        ('{"answer": "a", "judge": "maybe"}', "has a judge that is not"),
        ('{"answer": "a", "respons": "b"}', "an unknown 'respons'"),
        (json.dumps({"answer": "a" * (CHARACTERS_MAX + 1)}), "has more than"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=f"line 2 .*{why}"):
        read_lines('{"answer": "fine"}\n' + line, 0)


def test_many_faults_are_told_in_few_words_and_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"line 5 is no JSON and 95 more"):
        read_lines("x\n" * 100, 0)
    with pytest.raises(InvalidInputError, match="There is no answer in it"):
        read_lines("\n \n", 0)
    with pytest.raises(InvalidInputError, match="20,001 answers"):
        read_lines("{}\n" * (LINES_MAX + 1), 0)


def test_texts_may_hold_signs_that_end_lines_elsewhere() -> None:
    answer = "One\u2028two\u0085three."
    (found,) = read_lines(json.dumps({"answer": answer}, ensure_ascii=False) + "\r\n", 0)
    assert found.texts is not None and found.texts.answer == answer
