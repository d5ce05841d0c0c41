"""A long list, a page at a time, by address: the filters stay, the page changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")

_PAGE: Final = "page"
#: Of the address, what is shown once.
_ONCE: Final = (_PAGE, "done")
_DIGITS_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What is shown of a list."""

    rows: Sequence[T]
    first: int  # number of the first row, from 1 on
    total: int
    before: str  # address of the page before; empty: there is none
    after: str

    @property
    def last(self) -> int:
        """Number of the last row."""
        return self.first + len(self.rows) - 1


def paginate(found: Sequence[T], size: int, url: str, query: Mapping[str, str]) -> Page[T]:
    """The page that the address asks for; the last one beyond the end.

    >>> paginate("abcde", 2, "/x", {"q": "a", "page": "2"})
    Page(rows='cd', first=3, total=5, before='/x?q=a', after='/x?q=a&page=3')
    """
    asked = query.get(_PAGE, "")
    number = int(asked) if asked.isdecimal() and len(asked) <= _DIGITS_MAX else 1
    pages = max(1, -(-len(found) // size))
    number = min(max(1, number), pages)
    first = (number - 1) * size
    before = _address(url, query, number - 1) if number > 1 else ""
    after = _address(url, query, number + 1) if number < pages else ""
    return Page(found[first : first + size], first + 1, len(found), before, after)


def _address(url: str, query: Mapping[str, str], page: int) -> str:
    words = {name: word for name, word in query.items() if word and name not in _ONCE}
    asked = urlencode(words | ({_PAGE: str(page)} if page > 1 else {}))
    return f"{url}?{asked}" if asked else url
