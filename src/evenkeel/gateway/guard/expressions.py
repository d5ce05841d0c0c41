"""RE2 as the guard uses it: over UTF-8, in time that is linear in the text whatever a stranger writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol, cast

import re2

_re2: Final = cast("Any", re2)  # it ships no types

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

    def finditer(self, text: bytes, pos: int = 0) -> Iterator[Match]:
        """Matches that do not overlap, from left to right."""
        ...


class Automaton(Protocol):
    """Several patterns, looked for in one pass."""

    def Match(self, text: bytes) -> list[int] | None:  # noqa: N802
        """Which of them, by number and in any order, are somewhere in the text (RE2's own name)."""
        ...


def compiled(source: str) -> Pattern:
    """A pattern. Raises ValueError when RE2 refuses it.

    >>> compiled(r"b+").search(b"abbc").span()
    (1, 3)
    """
    try:
        return cast("Pattern", _re2.compile(source.encode(), _options(_PATTERN_BYTES)))
    except _re2.error as error:
        raise ValueError(f"{source!r}: {error}") from None


def compiled_words(words: Iterable[str]) -> Pattern:
    """Any of the words, in any case, between what is no letter and no digit.

    >>> compiled_words(["born", "née"]).search("Née Dubois".encode()) is not None
    True
    """
    every = "|".join(str(_re2.escape(word)) for word in sorted(words, key=len, reverse=True))
    return compiled(rf"(?i)(?:^|[^\pL\pN])(?:{every})(?:[^\pL\pN]|$)")


def automaton(sources: Iterable[str]) -> Automaton:
    """One pass for all. Raises ValueError when RE2 refuses them."""
    found = _re2.Set.SearchSet(_options(_AUTOMATON_BYTES))
    try:
        for source in sources:
            found.Add(source.encode())
        found.Compile()
    except _re2.error as error:
        raise ValueError(str(error)) from None
    return cast("Automaton", found)


def encoded(text: str) -> bytes:
    """A text as patterns read it. Half a surrogate pair becomes a question mark: it stays one character."""
    return text.encode(errors="replace")


def _options(memory_bytes: int) -> Any:
    found = _re2.Options()
    found.max_mem = memory_bytes
    found.log_errors = False
    return found
