"""Two answers to one question each: from a file of JSON lines, or out of answers of two versions. Pure.

`{"prompt": "…", "contexts": ["…"], "first": "…", "second": "…", "id": "…"}`; `first` and `second` are needed. What is
wrong is told by line, all of it at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from evenkeel.judge.evaluations.model import Candidate, Texts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ids import derive_id

#: Pairs of one comparison: each is asked about twice.
PAIRS_MAX: Final = 2_000
CONTEXTS_MAX: Final = 50
#: Faults that are told; beyond these a file is another kind of file.
_FAULTS_MAX: Final = 5
_KNOWN: Final = frozenset(("prompt", "contexts", "first", "second", "id"))


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """Two answers to the same prompt and contexts."""

    id: str
    first: str
    second: str
    prompt: str = ""
    contexts: tuple[str, ...] = ()


def read_pairs(text: str) -> list[AnswerPair]:
    """The pairs of a file. Raises InvalidInputError that names the lines that are wrong.

    >>> read_pairs('{"prompt": "How long?", "first": "Two days.", "second": "2 days."}')[0].second
    '2 days.'
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not 1 <= len(lines) <= PAIRS_MAX:
        raise InvalidInputError(
            f"There are {len(lines):,} pairs in it.",
            hint=f'Write 1 to {PAIRS_MAX:,}, one a line: {{"prompt": "…", "first": "…", "second": "…"}}.',
        )
    found: dict[str, AnswerPair] = {}
    faults: list[str] = []
    for number, line in lines:
        try:
            pair = _read(line, number)
            if pair.id in found:
                raise ValueError("has the id of an earlier line")
            found[pair.id] = pair
        except ValueError as error:
            faults.append(f"line {number} {error}")
    if faults:
        more = f" and {len(faults) - _FAULTS_MAX:,} more" if len(faults) > _FAULTS_MAX else ""
        raise InvalidInputError(
            f"It cannot be used: {'; '.join(faults[:_FAULTS_MAX])}{more}.",
            hint='A line is {"first": "…", "second": "…"}, with prompt, contexts and id where known.',
        )
    return list(found.values())


def _read(line: str, number: int) -> AnswerPair:
    try:
        document: object = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(document, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 a fault of the line, told with the others
    raw = cast("dict[str, Any]", document)
    unknown = sorted(raw.keys() - _KNOWN)
    if unknown:
        raise ValueError(f"has an unknown {unknown[0][:40]!r}")
    contexts = raw.get("contexts", [])
    if not isinstance(contexts, list) or not all(isinstance(each, str) for each in cast("list[object]", contexts)):
        raise ValueError("has contexts that are no list of texts")
    if len(cast("list[object]", contexts)) > CONTEXTS_MAX:
        raise ValueError(f"has more than {CONTEXTS_MAX} contexts")
    return AnswerPair(
        id=derive_id(b"pair", (_text(raw, "id") or f"line {number}").encode("utf-8", "surrogatepass")).hex(),
        first=_text(raw, "first", is_needed=True),
        second=_text(raw, "second", is_needed=True),
        prompt=_text(raw, "prompt"),
        contexts=tuple(cast("list[str]", contexts)),
    )


def _text(raw: Mapping[str, Any], name: str, *, is_needed: bool = False) -> str:
    if is_needed and name not in raw:
        raise ValueError(f"has no {name} answer")
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"has {name} that is no text")  # noqa: TRY004 a fault of the line, told with the others
    return value


def pair_versions(candidates: Sequence[Candidate], first: str, second: str) -> list[AnswerPair]:
    """Answers of two versions to the same prompt and contexts, in their order; each is in one pair at most.

    >>> one, two = Texts("x", "Why?"), Texts("y", "Why?")
    >>> pair_versions([Candidate("a", 1, "1", texts=one), Candidate("b", 2, "2", texts=two)], "1", "2")[0].first
    'x'
    """
    waiting: dict[tuple[str, tuple[str, ...]], list[Candidate]] = {}
    pairs: list[AnswerPair] = []
    ordered = sorted(candidates, key=lambda each: (each.at_us, each.id))
    for each in ordered:
        if each.version == first and each.texts is not None and each.texts.prompt:
            waiting.setdefault((each.texts.prompt, each.texts.contexts), []).append(each)
    for each in ordered:
        if each.version != second or each.texts is None:
            continue
        there = waiting.get((each.texts.prompt, each.texts.contexts))
        if there:
            pairs.append(_pair(there.pop(0), each, each.texts))
    return pairs[:PAIRS_MAX]


def _pair(one: Candidate, other: Candidate, texts: Texts) -> AnswerPair:
    own = derive_id(b"pair", one.id.encode(), other.id.encode()).hex()
    said = "" if one.texts is None else one.texts.answer
    return AnswerPair(own, said, texts.answer, texts.prompt, texts.contexts)
