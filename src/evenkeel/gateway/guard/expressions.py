"""RE2 as the guard uses it: over UTF-8, in time that is linear in the text whatever a stranger writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol, cast

import re2

from evenkeel.kernel.errors import EvenkeelError

_re2: Final = cast("Any", re2)  # it ships no types
_ANYWHERE: Final = _re2._Anchor.UNANCHORED  # noqa: SLF001

#: For the states of an automaton: RE2's own 8 MB are too few for all patterns at once and texts full of matches.
_PATTERN_BYTES: Final = 64 << 20
_AUTOMATON_BYTES: Final = 256 << 20


class Match(Protocol):
    """One match; positions are bytes."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """(start, end)."""
        ...


class Pattern(Protocol):
    """A compiled pattern; several threads may use it."""

    @property
    def groups(self) -> int:
        """How many groups it has."""
        ...

    def search(self, text: bytes) -> Match | None:
        """The leftmost match."""
        ...

    def match(self, text: bytes) -> Match | None:
        """The match at the start."""
        ...


class Automaton:
    """Several patterns, looked for in one pass.

    RE2 answers "none of them" also when it ran out of memory. The end of the text is looked for as well: it is always
    there, so an answer without it is a failure and not a clean text.
    """

    __slots__ = ("_end", "_set")

    def __init__(self, found: Any, end: int) -> None:
        self._set = found
        self._end = end

    def rows_in(self, text: bytes) -> list[int]:
        """Which of them, by number and in any order, are somewhere in the text. Raises ScanFailedError."""
        rows: list[int] | None = self._set.Match(text)
        if rows is None or self._end not in rows:
            raise ScanFailedError("RE2 gave up on a text.", hint="Ask for fewer entities and topics in one guard.")
        rows.remove(self._end)
        return rows


class ScanFailedError(EvenkeelError):
    """A text could not be looked at: that is not the same as nothing being in it."""

    code = "guard.scan_failed"


def compiled(source: str, *, memory_bytes: int = _PATTERN_BYTES) -> Pattern:
    """A pattern. Raises ValueError when RE2 refuses it, or cannot hold it in so much memory.

    >>> compiled(r"b+").search(b"abbc").span()
    (1, 3)
    """
    try:
        return cast("Pattern", _re2.compile(source.encode(), _options(memory_bytes)))
    except _re2.error as error:
        raise ValueError(f"{source!r}: {error}") from None


def find_spans(pattern: Pattern, text: bytes, start: int = 0) -> list[list[tuple[int, int]]]:
    """Of each match from left to right, where it is, and where its groups are: bytes, (-1, -1) for what took no part.

    The search itself is asked: RE2's Python part, with an object for each match, takes three times as long.

    >>> find_spans(compiled("a(b)?"), b"ab-a")
    [[(0, 2), (1, 2)], [(3, 4), (-1, -1)]]
    """
    look = cast("Any", pattern)._regexp.Match  # noqa: SLF001
    end = len(text)
    found: list[list[tuple[int, int]]] = []
    while start <= end:
        spans: list[tuple[int, int]] = look(_ANYWHERE, text, start, end)
        first, last = spans[0]
        if first < 0:
            break
        found.append(spans)
        start = last if last > start else start + 1  # a match of nothing must not be found for ever
    return found


def is_in(pattern: Pattern, text: bytes) -> bool:
    """Whether a match is anywhere in the text.

    >>> is_in(compiled("b+"), b"abb"), is_in(compiled("b+"), b"a")
    (True, False)
    """
    found = cast("Any", pattern)._regexp.Match(_ANYWHERE, text, 0, len(text))  # noqa: SLF001
    return found[0][0] >= 0


def compiled_words(words: Iterable[str]) -> Pattern:
    """Any of the words, in any case, between what is no letter and no digit.

    >>> compiled_words(["born", "née"]).search("Née Dubois".encode()) is not None
    True
    """
    every = "|".join(str(_re2.escape(word)) for word in sorted(words, key=len, reverse=True))
    return compiled(rf"(?i)(?:^|[^\pL\pN])(?:{every})(?:[^\pL\pN]|$)")


def automaton(sources: Iterable[str], *, memory_bytes: int = _AUTOMATON_BYTES) -> Automaton:
    r"""One pass for all. Raises ValueError when RE2 refuses them, or cannot hold them in so much memory.

    >>> automaton(["a+", "b"]).rows_in(b"caa"), automaton(["a+", "b"]).rows_in(b"")
    ([0], [])
    """
    found = _re2.Set.SearchSet(_options(memory_bytes))
    try:
        for source in sources:
            found.Add(source.encode())
        end = found.Add(rb"\z")
        found.Compile()
    except _re2.error as error:
        raise ValueError(str(error)) from None
    return Automaton(found, end)


def encoded(text: str) -> bytes:
    """A text as patterns read it. Half a surrogate pair becomes a question mark: it stays one character."""
    return text.encode(errors="replace")


def _options(memory_bytes: int) -> Any:
    found = _re2.Options()
    found.max_mem = memory_bytes
    found.log_errors = False
    return found
