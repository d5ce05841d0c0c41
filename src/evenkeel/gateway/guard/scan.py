"""A text, whole or as it arrives, and what is found in it.

A whole text is a stream of one chunk: there is one way to look, and a stream finds what the whole would show. What
has arrived is decided up to the leftmost place from which a match may still complete (`Selection.pending`); each row
goes on behind its own last match, so that where a chunk ends changes nothing.
"""

from __future__ import annotations

from typing import Final

from evenkeel.gateway.guard.entities import CONTEXT_CHARS, MATCH_CHARS_MAX, UNLESS_CHARS, Entity, Selection
from evenkeel.gateway.guard.expressions import encoded, find_spans, is_in
from evenkeel.gateway.guard.model import Finding
from evenkeel.kernel.facts import fact

#: Long texts are looked at piece by piece, so that one full of keys costs no more than its length.
_PIECE_CHARS: Final = 4096
#: Kept of what was decided: for context, and the character before a match.
_BEHIND_CHARS: Final = CONTEXT_CHARS + 1
#: Kept of a tail: its end may have begun.
_TAIL_KEPT_CHARS: Final = 72


@fact
class Part:
    """A piece of the text that is decided. Findings may reach out of it; all positions count from the whole's start."""

    text: str
    start: int
    findings: tuple[Finding, ...]


#: A match that is a finding, in characters of what is kept: (start, -end, row, start of all that matched, its end).
#: They sort by their place, the longer first, then by row. Plain: a class of its own takes a fifth of a scan.
_Found = tuple[int, int, int, int, int]


def scan(text: str, selection: Selection) -> tuple[Finding, ...]:
    """What is found in a whole text, in order of its place; findings may overlap.

    >>> from evenkeel.gateway.guard.entities import select
    >>> scan("Write to ada@example.org.", Selection("chat", select("chat", ["pii"])))
    (Finding(entity='email', start=9, end=24, score=1.0),)
    """
    if not selection.entities or not selection.rows.rows_in(encoded(text)):  # so it is with nearly every text
        return ()
    scanner = Scanner(selection)
    found: list[Finding] = []
    for at in range(0, len(text) or 1, _PIECE_CHARS):
        goes_on = scanner.is_in_tail
        parts = scanner.advance(text[at : at + _PIECE_CHARS], is_last=at + _PIECE_CHARS >= len(text))
        if goes_on:  # the last finding was as long as its piece
            last = found.pop()
            found.append(Finding(last.entity, last.start, max(last.end, scanner.tail_end), last.score))
        found += [each for part in parts for each in part.findings]
    return tuple(found)


class Scanner:
    """A text as it arrives. Not for several texts, and not for several threads."""

    __slots__ = (
        "_base",
        "_decided",
        "_hold_back_chars",
        "_out",
        "_resumes",
        "_selection",
        "_tail",
        "_tail_end_min",
        "_text",
        "tail_end",
    )

    def __init__(self, selection: Selection, hold_back_chars: int = MATCH_CHARS_MAX) -> None:
        self._selection = selection
        self._hold_back_chars = hold_back_chars
        self._text = ""  # what is kept
        self._base = 0  # where it starts in the whole
        self._out = 0  # of what is kept, given out
        self._decided = 0  # of what is kept, looked at for good; less than `_out` when holding back was not allowed
        self._resumes: dict[int, int] = {}  # row -> where its last match ended, when that is behind `_decided`
        self._tail: Entity | None = None  # whose characters go on
        self._tail_end_min = 0
        self.tail_end = 0  # of the tail that was open before the last chunk: as far as is known, in the whole

    @property
    def is_in_tail(self) -> bool:
        """Whether the last finding goes on with whatever comes."""
        return self._tail is not None

    @property
    def kept(self) -> str:
        """What has not been given out yet."""
        return self._text[self._out :] if self._tail is None else ""

    def advance(self, chunk: str, *, is_last: bool = False) -> list[Part]:
        """What can be decided now. With `is_last` all of it is, and nothing may follow."""
        self._text += chunk
        parts: list[Part] = []
        if not self._selection.entities:
            parts.append(Part(self._text, self._base, ()))
            self._base, self._text = self._base + len(self._text), ""
            return parts
        self.tail_end = 0
        while self._tail is None or self._has_left_tail(self._tail, is_last=is_last):
            part = self._decide(is_last=is_last)
            if part.text or part.findings:
                parts.append(part)
            if self._tail is None:
                break
        return parts

    def _decide(self, *, is_last: bool) -> Part:
        data = encoded(self._text)
        found, passed = self._matches(data)
        limit = len(self._text) if is_last else self._pending_from(data)
        tailed_rows = self._selection.tailed_rows
        tailed = next((match for match in found if match[2] in tailed_rows), None) if tailed_rows else None
        if tailed is not None and tailed[0] < limit:
            return self._enter_tail(tailed, found)
        if is_last:  # nothing is left to go on with
            part = Part(self._text[self._out :], self._base + self._out, tuple(self._findings(found, limit)))
            self._decided = self._out = limit
            return part
        while straddling := [whole for _, minus_end, _, whole, _ in found if whole < limit < -minus_end]:
            limit = min(straddling)
        out = max(self._out, limit, len(self._text) - self._hold_back_chars)
        findings = self._findings(found, limit)
        part = Part(self._text[self._out : out], self._base + self._out, tuple(findings))
        resumes: dict[int, int] = {row: end for row, end in self._resumes.items() if end > limit}
        spans = (*passed, *[match[2:] for match in found])
        resumes.update({row: end for row, start, end in spans if start < limit < end})
        self._resumes, self._decided, self._out = resumes, limit, out
        self._forget(limit - _BEHIND_CHARS)
        return part

    def _matches(self, data: bytes) -> tuple[list[_Found], list[tuple[int, int, int]]]:
        """(findings, what matched and is none: its row, start, end) of all rows from where each has to go on."""
        found: list[_Found] = []
        passed: list[tuple[int, int, int]] = []
        is_ascii = len(data) == len(self._text)
        entities, resumes, decided = self._selection.entities, self._resumes, self._decided
        for row in self._selection.rows.rows_in(data):
            entity = entities[row]
            group = entity.value_group
            resume = resumes.get(row, decided)
            at = resume if is_ascii else len(encoded(self._text[:resume]))
            for spans in find_spans(entity.pattern, data, at):
                whole, value = spans[0], spans[group]
                if not is_ascii:
                    whole, value = _in_characters(data, whole), _in_characters(data, value)
                start, last = value
                end = self._end(entity, start, last)
                if end:
                    found.append((start, -end, row, *whole))
                else:
                    passed.append((row, *whole))
        found.sort()
        return found, passed

    def _end(self, entity: Entity, start: int, end: int) -> int:
        """Where a finding that starts here ends; 0 when it is none. What is cheap to ask is asked first."""
        text = self._text
        if entity.not_after is not None and start and not entity.not_after.allows(text[start - 1]):
            return 0
        if entity.validator is not None:
            end = start + entity.validator(text[start:end])
            if end == start:
                return 0
        if entity.not_before is not None and not entity.not_before.allows(text[end : end + 1]):
            return 0
        if entity.unless is not None and is_in(entity.unless, encoded(text[max(0, start - UNLESS_CHARS) : start])):
            return 0
        if self._selection.profile in entity.needs_context:
            before = text[max(0, start - entity.context_chars) : start]
            return end if entity.context is not None and is_in(entity.context, encoded(before)) else 0
        return end

    def _pending_from(self, data: bytes) -> int:
        match = self._selection.pending.search(data)
        start = len(data) if match is None else match.span()[0]
        return max(self._decided, start if len(data) == len(self._text) else len(data[:start].decode()))

    def _findings(self, found: list[_Found], limit: int) -> list[Finding]:
        """Those that start before a place, in the whole's positions."""
        base, entities = self._base, self._selection.entities
        return [
            Finding(entities[row].name, base + start, base - minus_end, entities[row].score)
            for start, minus_end, row, _, _ in found
            if start < limit
        ]

    def _enter_tail(self, match: _Found, found: list[_Found]) -> Part:
        """What came before a finding that goes on, and that finding as far as it is known."""
        start, minus_end, row, _, _ = match
        entity = self._selection.entities[row]
        known_end = _tail_end(entity, self._text, -minus_end) or len(self._text)
        self._tail_end_min = self._base + max(-minus_end, *(-each[1] for each in found if each[0] < start), 0)
        end = max(known_end, self._tail_end_min - self._base)
        part = Part(
            self._text[self._out : end],
            self._base + self._out,
            (
                *self._findings(found, start),
                Finding(entity.name, self._base + start, self._base + end, entity.score),
            ),
        )
        self._tail, self._resumes = entity, {}
        self._out = self._decided = -minus_end
        self._forget(-minus_end)
        return part

    def _has_left_tail(self, entity: Entity, *, is_last: bool) -> bool:
        """Whether a tail ended: then what follows it is all that is kept, and looked at as a text of its own."""
        end = _tail_end(entity, self._text, 0)
        if end is None and not is_last:
            self.tail_end = self.tail_end or self._base + len(self._text)
            self._forget(len(self._text) - _TAIL_KEPT_CHARS)
            return False
        end = len(self._text) if end is None else end
        self._forget(max(end, self._tail_end_min - self._base))
        self.tail_end = self.tail_end or self._base
        self._tail, self._out, self._decided = None, 0, 0
        return True

    def _forget(self, chars: int) -> None:
        if chars <= 0:
            return
        self._text = self._text[chars:]
        self._base += chars
        self._out = max(0, self._out - chars)
        self._decided = max(0, self._decided - chars)
        self._resumes = {row: end - chars for row, end in self._resumes.items()}


def _tail_end(entity: Entity, text: str, start: int) -> int | None:
    """Where the tail that goes on at `start` ends; None when it may go on behind the text."""
    data = encoded(text[start:])
    going_on = None if entity.tail is None else entity.tail.match(data)
    run = data[: going_on.span()[1]] if going_on is not None else b""
    last = None if entity.ends is None else entity.ends.search(run)
    if last is not None:
        return start + len(run[: last.span()[1]].decode())
    return start + len(run.decode()) if len(run) < len(data) else None


def _in_characters(data: bytes, span: tuple[int, int]) -> tuple[int, int]:
    start = len(data[: span[0]].decode())
    return start, start + len(data[span[0] : span[1]].decode())
