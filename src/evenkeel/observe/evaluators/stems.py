"""Words without what inflection adds, so that `reset`, `resets` and `resetting` are one word.

A light stemmer: the longest ending of the language that leaves enough of the word is taken off, once. It need not be
right, only the same on both sides; what it joins wrongly is support where there is none, so it takes off little.
Known are en, de, fr, es, it, pt, nl; words of other languages stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from evenkeel.observe.evaluators.words import load_words

#: So many letters of a word stay.
STEM_LETTERS_MIN: Final = 3
#: No ending is longer.
_ENDING_LETTERS_MAX: Final = 6
#: Pairs that English doubles before an ending (`stopped`), as no word ends by itself.
_DOUBLED: Final = frozenset(("bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt"))


def stem(word: str, language: str | None) -> str:
    """The stem of a word in small letters.

    >>> [stem(word, "en") for word in ("stops", "stopped", "stopping", "cities", "city")]
    ['stop', 'stop', 'stop', 'cit', 'cit']
    >>> stem("Rechnungen".lower(), "de") == stem("rechnung", "de"), stem("отчёты", "ru")
    (True, 'отчёты')
    """
    return _cut(word, load_words().endings.get(language or "", frozenset()))


def stem_all(words: Iterable[str], language: str | None) -> dict[str, str]:
    """The stem of each different word.

    >>> stem_all(["prices", "price", "7"], "en") == {"prices": "pric", "price": "pric", "7": "7"}
    True
    """
    endings = load_words().endings.get(language or "")
    different = set(words)
    return {word: _cut(word, endings) for word in different} if endings else {word: word for word in different}


def _cut(word: str, endings: frozenset[str]) -> str:
    for letters in range(min(_ENDING_LETTERS_MAX, len(word) - STEM_LETTERS_MIN), 0, -1):
        if word[-letters:] in endings:
            short = word[:-letters]
            return short[:-1] if short[-2:] in _DOUBLED and len(short) > STEM_LETTERS_MIN else short
    return word
