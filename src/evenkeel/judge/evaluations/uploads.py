"""Answers from a file: JSON lines, one answer each. Pure.

`{"answer": "…", "prompt": "…", "contexts": ["…"], "id": "…", "version": "…", "language": "de", "judge": "flagged"}`;
only `answer` is needed. What is wrong is told by line, all of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evenkeel.judge.evaluations.json_lines import (
    CONTEXTS_MAX,
    read_contexts,
    read_each,
    read_object,
    read_text,
    split_lines,
)
from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED, VERDICTS, Candidate, Texts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ids import derive_id

LINES_MAX: Final = 20_000
#: Characters of all texts of one answer: what a person can be asked to read.
CHARACTERS_MAX: Final = 50_000
_KNOWN: Final = frozenset(("answer", "prompt", "contexts", "id", "version", "language", "judge"))


def read_lines(text: str, at_us: int) -> list[Candidate]:
    """The answers of a file. Raises InvalidInputError that names the lines that are wrong.

    >>> found = read_lines('{"prompt": "How long?", "answer": "Two days.", "language": "en"}', 0)
    >>> found[0].texts.answer, found[0].language
    ('Two days.', 'en')
    """
    lines = split_lines(text)
    if not lines:
        raise InvalidInputError("There is no answer in it.", hint='Write one a line: {"prompt": "…", "answer": "…"}.')
    if len(lines) > LINES_MAX:
        raise InvalidInputError(f"{len(lines):,} answers in one upload.", hint=f"Send at most {LINES_MAX:,}.")
    hint = 'A line is {"answer": "…"}, with prompt, contexts, id, version, language and judge where known.'
    return read_each(lines, lambda line, number: _read(line, number, at_us), hint=hint)


def _read(line: str, number: int, at_us: int) -> Candidate:
    raw = read_object(line, _KNOWN)
    if "answer" not in raw:
        raise ValueError("has no answer")
    texts = Texts(read_text(raw, "answer"), read_text(raw, "prompt"), read_contexts(raw))
    if len(texts.contexts) > CONTEXTS_MAX or _characters(texts) > CHARACTERS_MAX:
        raise ValueError(f"has more than {CONTEXTS_MAX} contexts or {CHARACTERS_MAX:,} characters")
    own = read_text(raw, "id") or f"line {number}\n{line}"
    return Candidate(
        id=derive_id(b"upload", own.encode()).hex(),
        at_us=at_us,
        version=read_text(raw, "version")[:200],
        language=read_text(raw, "language")[:40],
        verdict=_verdict(raw.get("judge")),
        texts=texts,
    )


def _characters(texts: Texts) -> int:
    return sum(map(len, _all(texts)))


def _all(texts: Texts) -> Sequence[str]:
    return texts.answer, texts.prompt, *texts.contexts


def _verdict(said: object) -> str:
    if said is None or said == "":
        return ""
    if isinstance(said, bool):
        return FLAGGED if said else PASSED
    if said in VERDICTS:
        return str(said)
    raise ValueError(f"has a judge that is not {FLAGGED}, {PASSED} or {FAILED}")
