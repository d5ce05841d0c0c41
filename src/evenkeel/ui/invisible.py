"""Characters that nobody sees, or that change the order of reading: named, so that they can be marked. Pure.

They are those that Unicode lets a font ignore (Default_Ignorable_Code_Point: zero width, marks of direction, tags,
variation selectors, fillers), controls, separators of lines and paragraphs, and halves of surrogate pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

#: DerivedCoreProperties.txt of Unicode 16 names the ignorable ones; a tab and the end of a line are seen.
_INVISIBLE: Final = re.compile(
    r"(?:[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|\r(?!\n))+"
)
_TAGS: Final = range(0xE0000, 0xE0080)
_TAGS_THAT_SPELL: Final = range(0xE0020, 0xE007F)
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_SHORT: Final = {
    "\r": "CR", "\xad": "SHY", "\u034f": "CGJ", "\u061c": "ALM", "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ",
    "\u200e": "LRM", "\u200f": "RLM", "\u2028": "LSEP", "\u2029": "PSEP", "\u202a": "LRE", "\u202b": "RLE",
    "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI",
    "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM",
}  # fmt: skip
#: What tags spell is shown so far.
SPELLED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text to be written as it is, or, where it has a name, a mark for what would not be seen."""

    text: str  # of a mark: a few letters to show instead
    name: str = ""
    count: int = 1  # how many characters the mark stands for


def split_invisible(said: str) -> list[Piece]:
    """A text cut where it holds what is not seen. A run of the same is one piece, as of tags, which spell something.

    >>> [(piece.text, piece.name) for piece in split_invisible("pay\\u202eeve")]
    [('pay', ''), ('RLO', 'right-to-left override (U+202E)'), ('eve', '')]
    """
    pieces: list[Piece] = []
    end = 0
    for found in _INVISIBLE.finditer(said):
        if found.start() > end:
            pieces.append(Piece(said[end : found.start()]))
        pieces += _marks(found.group())
        end = found.end()
    if end < len(said):
        pieces.append(Piece(said[end:]))
    return pieces


def count_invisible(said: str) -> list[tuple[str, int]]:
    """(name, how many) of what is not seen in a text, most first.

    >>> count_invisible("a\\u200bb\\u200b\\u200bc")
    [('zero width space (U+200B)', 3)]
    """
    counted = Counter[str]()
    for found in _INVISIBLE.finditer(said):
        for mark in _marks(found.group()):
            counted[mark.name] += mark.count
    return counted.most_common()


def as_seen(said: str) -> str:
    """A text as a terminal may show it: marks in brackets stand for what would not be seen.

    >>> as_seen("pay\\u200b me\\x1b[2J")
    'pay⟦ZWSP⟧ me⟦U+001B⟧[2J'
    """
    return "".join(f"⟦{piece.text}⟧" if piece.name else piece.text for piece in split_invisible(said))


def _marks(run: str) -> Iterator[Piece]:
    for kind, each in groupby(run, key=_kind):
        characters = "".join(each)
        yield _mark(kind, characters)


def _kind(character: str) -> str:
    """What characters have in common that are one mark."""
    point = ord(character)
    if point in _TAGS:
        return "tag"
    return "selector" if any(point in selectors for selectors in _SELECTORS) else character


def _mark(kind: str, characters: str) -> Piece:
    n = len(characters)
    if kind == "tag":
        spelled = "".join(chr(ord(each) - _TAGS.start) for each in characters if ord(each) in _TAGS_THAT_SPELL)
        shown = f"{spelled[:SPELLED_MAX]}{'…' if len(spelled) > SPELLED_MAX else ''}"
        return Piece(f"tags: {shown}", "tag characters, which spell a hidden text", n)
    if kind == "selector" and n > 1:
        return Piece(f"{n} VS", "variation selectors", n)
    times = f" ×{n}" if n > 1 else ""
    code = f"U+{ord(characters[0]):04X}"
    short = "VS" if kind == "selector" else _SHORT.get(characters[0], code)
    return Piece(f"{short}{times}", f"{_name(characters[0])} ({code})", n)


def _name(character: str) -> str:
    kind = unicodedata.category(character)
    usual = {"Cc": "control character", "Cs": "half a surrogate pair"}.get(kind, "character without a name")
    return unicodedata.name(character, usual).lower()
