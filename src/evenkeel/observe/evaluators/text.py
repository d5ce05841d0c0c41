"""Words of a text in any script, with where they stand.

The texts are strangers'. Each pattern repeats classes that have no character in common and asks for nothing behind
them, so that it always fits as far as it got: it never tries again, and takes time in proportion to the text. RE2
promises the same and took 27 times as long from Python (10 ms for 1,000 words).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

#: Of longer contexts, all together, and longer answers the beginning is looked at, in characters: some 7,000 and 2,500
#: words. The work grows with the product of both.
CONTEXT_CHARACTERS_MAX: Final = 40_000
ANSWER_CHARACTERS_MAX: Final = 16_000

#: Written without spaces between words: each sign is a word. Thai, Lao, Burmese, Khmer, kana, Han.
_SIGNS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
)
#: What Python does not count among letters though it is part of a word: accents, points, the vowels of Indic scripts.
_INDIC: Final = "".join(
    f"{chr(block)}-{chr(block + 3)}{chr(block + 0x3A)}-{chr(block + 0x3C)}{chr(block + 0x3E)}-{chr(block + 0x57)}"
    f"{chr(block + 0x62)}-{chr(block + 0x63)}"
    for block in range(0x900, 0xD80, 0x80)
)
_MARKS: Final = f"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u200c\u200d{_INDIC}"
_LETTERS: Final = rf"[^\W\d_{_SIGNS}]"
_WORD: Final = re.compile(rf"\d+(?:[.,:\u00a0\u202f]\d+)*|[{_SIGNS}]|{_LETTERS}+(?:[{_MARKS}]+{_LETTERS}*)*")


class Word(NamedTuple):
    """A word as it is written; `start` and `end` are characters of the text it stands in."""

    text: str
    start: int
    end: int


def find_words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """The words and numbers of a text between two places, in order.

    An apostrophe ends a word (`don`, `t`), a sign of a script without spaces is one, a number keeps its separators,
    no-break spaces among them.

    >>> [word.text for word in find_words("It isn't 3,500 €.")]
    ['It', 'isn', 't', '3,500']
    >>> [word.text for word in find_words("हिन्दी 東京")], find_words("So it is", 3)[0]
    (['हिन्दी', '東', '京'], Word(text='it', start=3, end=5))
    """
    found = _WORD.finditer(text, start, len(text) if end is None else end)
    return [Word(match[0], match.start(), match.end()) for match in found]


def list_words(text: str) -> list[str]:
    """The same without places, in small letters.

    >>> list_words("The ÖBB runs 9:05 trains")
    ['the', 'öbb', 'runs', '9:05', 'trains']
    """
    return _WORD.findall(text.lower())


def is_number(word: str) -> bool:
    """Whether a word that was found is a number.

    >>> is_number("3,500"), is_number("three")
    (True, False)
    """
    return word[0].isdecimal()


def has_words(text: str) -> bool:
    """Whether there is any word or number in a text.

    >>> has_words(" — "), has_words("7")
    (False, True)
    """
    return _WORD.search(text) is not None
