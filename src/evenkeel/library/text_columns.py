"""Which columns hold texts."""

from __future__ import annotations

from statistics import median
from typing import Final

from evenkeel.kernel.profile.column import Column
from evenkeel.kernel.profile.model import LEVELS_MAX, Kind

#: So many texts of a column are looked at, evenly over it: enough for a change by two points of a hundred.
TEXTS_MAX: Final = 20_000

#: Fewer distinct values are levels, however long.
_DISTINCT_MIN: Final = 20
_DISTINCT_SHARE_MIN: Final = 0.5
_CHARACTERS_MIN: Final = 20
_WORDS_MIN: Final = 4


def is_text(column: Column) -> bool:
    """Whether a column of levels holds texts: they rarely come twice, and most are several words long.

    >>> from evenkeel.kernel.profile.column import read_column
    >>> is_text(read_column([f"Where is my parcel number {n}, please?" for n in range(30)]))
    True
    >>> is_text(read_column(["gold member since the beginning"] * 30))
    False
    >>> is_text(read_column([f"id-{n}" for n in range(30)]))
    False
    """
    if column.kind is not Kind.CATEGORICAL or len(column.levels) < _DISTINCT_MIN:
        return False
    if len(column.levels) < min(_DISTINCT_SHARE_MIN * column.present, LEVELS_MAX):
        return False
    some = [text for text, _ in zip(column.levels, range(1_000), strict=False)]
    return median(map(len, some)) >= _CHARACTERS_MIN and median(map(_pieces, some)) >= _WORDS_MIN


def _pieces(text: str) -> int:
    """Words between blanks; in scripts that have none, signs."""
    if text.isascii():
        return len(text.split())
    from evenkeel.observe.evaluators.text import list_words  # it takes long to load, and a category rarely needs it

    return max(len(text.split()), len(list_words(text)))
