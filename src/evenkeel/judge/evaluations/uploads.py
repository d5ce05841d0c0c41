"""Answers from a file: JSON lines, one answer each. Pure.

`{"answer": "…", "prompt": "…", "contexts": ["…"], "id": "…", "version": "…", "language": "de", "judge": "flagged"}`;
only `answer` is needed. What is wrong is told by line, all of it at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, cast

from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED, VERDICTS, Candidate, Texts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ids import derive_id

LINES_MAX: Final = 20_000
#: Characters of all texts of one answer: what a person can be asked to read.
CHARACTERS_MAX: Final = 50_000
CONTEXTS_MAX: Final = 50
#: Faults that are told; beyond these a file is another kind of file.
_FAULTS_MAX: Final = 5
_KNOWN: Final = frozenset(("answer", "prompt", "contexts", "id", "version", "language", "judge"))


def read_lines(text: str, at_us: int) -> list[Candidate]:
    """The answers of a file. Raises InvalidInputError that names the lines that are wrong.

    >>> found = read_lines('{"prompt": "How long?", "answer": "Two days.", "language": "en"}', 0)
    >>> found[0].texts.answer, found[0].language
    ('Two days.', 'en')
    """
    # A text may hold other signs that end lines (U+2028, U+0085): of JSON lines only this one does.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise InvalidInputError("There is no answer in it.", hint='Write one a line: {"prompt": "…", "answer": "…"}.')
    if len(lines) > LINES_MAX:
        raise InvalidInputError(f"{len(lines):,} answers in one upload.", hint=f"Send at most {LINES_MAX:,}.")
    found: dict[str, Candidate] = {}
    faults: list[str] = []
    for number, line in lines:
        try:
            candidate = _read(line, number, at_us)
            if candidate.id in found:
                raise ValueError("has the id of an earlier line")
            found[candidate.id] = candidate
        except ValueError as error:
            faults.append(f"line {number} {error}")
    if faults:
        more = f" and {len(faults) - _FAULTS_MAX:,} more" if len(faults) > _FAULTS_MAX else ""
        raise InvalidInputError(
            f"It cannot be used: {'; '.join(faults[:_FAULTS_MAX])}{more}.",
            hint='A line is {"answer": "…"}, with prompt, contexts, id, version, language and judge where known.',
        )
    return list(found.values())


def _read(line: str, number: int, at_us: int) -> Candidate:
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
    answer, contexts = _text(raw, "answer"), raw.get("contexts", [])
    if "answer" not in raw:
        raise ValueError("has no answer")
    if not isinstance(contexts, list) or not all(isinstance(each, str) for each in cast("list[object]", contexts)):
        raise ValueError("has contexts that are no list of texts")
    texts = Texts(answer, _text(raw, "prompt"), tuple(cast("list[str]", contexts)))
    if len(texts.contexts) > CONTEXTS_MAX or _characters(texts) > CHARACTERS_MAX:
        raise ValueError(f"has more than {CONTEXTS_MAX} contexts or {CHARACTERS_MAX:,} characters")
    own = _text(raw, "id") or f"line {number}\n{line}"
    return Candidate(
        id=derive_id(b"upload", own.encode()).hex(),
        at_us=at_us,
        version=_text(raw, "version")[:200],
        language=_text(raw, "language")[:40],
        verdict=_verdict(raw.get("judge")),
        texts=texts,
    )


def _characters(texts: Texts) -> int:
    return sum(map(len, _all(texts)))


def _all(texts: Texts) -> Sequence[str]:
    return texts.answer, texts.prompt, *texts.contexts


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"has {name} that is no text")  # noqa: TRY004 a fault of the line, told with the others
    return value


def _verdict(said: object) -> str:
    if said is None or said == "":
        return ""
    if isinstance(said, bool):
        return FLAGGED if said else PASSED
    if said in VERDICTS:
        return str(said)
    raise ValueError(f"has a judge that is not {FLAGGED}, {PASSED} or {FAILED}")
