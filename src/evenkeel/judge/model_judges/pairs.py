"""Two answers to one question each: from a file of JSON lines, or out of answers of two versions. Pure.

`{"prompt": "…", "contexts": ["…"], "first": "…", "second": "…", "id": "…"}`; `first` and `second` are needed. What is
wrong is told by line, all of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.judge.evaluations.json_lines import (
    CONTEXTS_MAX,
    read_contexts,
    read_each,
    read_object,
    read_text,
    split_lines,
)
from evenkeel.judge.evaluations.model import Candidate, Texts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ids import derive_id

#: Pairs of one comparison: each is asked about twice.
PAIRS_MAX: Final = 2_000
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
    lines = split_lines(text)
    if not 1 <= len(lines) <= PAIRS_MAX:
        raise InvalidInputError(
            f"There are {len(lines):,} pairs in it.",
            hint=f'Write 1 to {PAIRS_MAX:,}, one a line: {{"prompt": "…", "first": "…", "second": "…"}}.',
        )
    hint = 'A line is {"first": "…", "second": "…"}, with prompt, contexts and id where known.'
    return read_each(lines, _read, hint=hint)


def _read(line: str, number: int) -> AnswerPair:
    raw = read_object(line, _KNOWN)
    contexts = read_contexts(raw)
    if len(contexts) > CONTEXTS_MAX:
        raise ValueError(f"has more than {CONTEXTS_MAX} contexts")
    return AnswerPair(
        id=derive_id(b"pair", (read_text(raw, "id") or f"line {number}").encode()).hex(),
        first=_answer(raw, "first"),
        second=_answer(raw, "second"),
        prompt=read_text(raw, "prompt"),
        contexts=contexts,
    )


def _answer(raw: dict[str, Any], name: str) -> str:
    if name not in raw:
        raise ValueError(f"has no {name} answer")
    return read_text(raw, name)


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
