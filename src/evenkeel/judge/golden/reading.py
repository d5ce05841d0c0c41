"""Golden sets and runs of them from files of JSON lines. Pure; what is wrong is told by line, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from evenkeel.judge.evaluations.json_lines import read_each, read_object, read_text, split_lines
from evenkeel.judge.golden.model import (
    DOCUMENTS_MAX,
    GRADE_MAX,
    ID_MAX,
    QUERIES_MAX,
    TEXT_MAX,
    Answered,
    Answers,
    GoldenQuery,
)
from evenkeel.kernel.errors import InvalidInputError

_SET: Final = frozenset(("id", "query", "relevant"))
_RUN: Final = frozenset(("id", "retrieved", "failed"))
_SET_HINT: Final = 'A line is {"id": "…", "relevant": ["doc", …] or {"doc": 2, …}}, with "query" where it is known.'
_RUN_HINT: Final = 'A line is {"id": "…", "retrieved": ["doc", …]}, best first, or {"id": "…", "failed": "why"}.'
_REASON_MAX: Final = 100


def read_set(text: str) -> dict[str, GoldenQuery]:
    """The queries of a set, by id. Raises InvalidInputError that names the lines that are wrong.

    >>> read_set('{"id": "q1", "query": "How long?", "relevant": ["a", "b"]}')["q1"].relevant
    {'a': 1.0, 'b': 1.0}
    """
    lines = _lines(text, _SET_HINT, QUERIES_MAX)
    return {each.id: each for each in read_each(lines, _read_query, hint=_SET_HINT)}


def read_run(text: str) -> Answers:
    """What a run found, by query. Raises InvalidInputError that names the lines that are wrong.

    >>> read_run('{"id": "q1", "retrieved": ["b", "c"]}').by_query["q1"].retrieved
    ('b', 'c')
    """
    by_query: dict[str, Answered] = {}
    repeated: dict[str, None] = {}

    def take(line: str, number: int) -> Answered:
        read = _read_answered(line)
        if read.id in by_query:
            repeated[read.id] = None
        else:
            by_query[read.id] = read
        return Answered(str(number))  # a name of its own: a query that comes again is counted, not refused

    read_each(_lines(text, _RUN_HINT, 2 * QUERIES_MAX), take, hint=_RUN_HINT)
    return Answers(by_query, tuple(repeated))


def _lines(text: str, hint: str, most: int) -> list[tuple[int, str]]:
    lines = split_lines(text)
    if not lines:
        raise InvalidInputError("There is no line in it.", hint=hint)
    if len(lines) > most:
        raise InvalidInputError(f"{len(lines):,} lines in one file.", hint=f"Send at most {most:,}.")
    return lines


def _read_query(line: str, _: int) -> GoldenQuery:
    raw = read_object(line, _SET)
    text = read_text(raw, "query")
    if len(text) > TEXT_MAX:
        raise ValueError(f"has a query of more than {TEXT_MAX:,} characters")
    relevant = raw.get("relevant")
    graded = _grades(cast("dict[str, Any]", relevant)) if isinstance(relevant, dict) else _named(relevant, "relevant")
    if not any(graded.values()):
        raise ValueError("names no relevant document")
    return GoldenQuery(_id(raw), {name: grade for name, grade in graded.items() if grade > 0}, text)


def _grades(given: dict[str, Any]) -> dict[str, float]:
    _documents(list(given), "relevant")
    for grade in given.values():
        if isinstance(grade, bool) or not isinstance(grade, (int, float)) or not 0 <= grade <= GRADE_MAX:
            raise ValueError(f"has a grade that is no number from 0 to {GRADE_MAX:,}")
    return {name: float(grade) for name, grade in given.items()}


def _named(given: object, what: str) -> dict[str, float]:
    names = _documents(given, what)
    found = dict.fromkeys(names, 1.0)
    if len(found) < len(names):
        raise ValueError(f"has a document twice in {what}")
    return found


def _read_answered(line: str) -> Answered:
    raw = read_object(line, _RUN)
    failed = read_text(raw, "failed")[:_REASON_MAX]
    if failed and raw.get("retrieved"):
        raise ValueError("is failed and has documents")
    if "failed" not in raw and "retrieved" not in raw:
        raise ValueError("says not what was retrieved")
    return Answered(_id(raw), tuple(_documents(raw.get("retrieved", []), "retrieved")), failed)


def _documents(given: object, what: str) -> Sequence[str]:
    names = cast("list[object]", given) if isinstance(given, list) else [None]
    found = [each for each in names if isinstance(each, str) and 0 < len(each) <= ID_MAX]
    if len(found) < len(names):
        raise ValueError(f"has {what} that is no list of names of documents, of at most {ID_MAX} characters")
    if len(found) > DOCUMENTS_MAX:
        raise ValueError(f"has more than {DOCUMENTS_MAX:,} documents")
    return found


def _id(raw: dict[str, Any]) -> str:
    found = read_text(raw, "id")
    if not 0 < len(found) <= ID_MAX:
        raise ValueError(f"has no id of 1 to {ID_MAX} characters")
    return found
