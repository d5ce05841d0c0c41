"""Whether a text repeats itself: models that have lost the thread say the same again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evenkeel.kernel.facts import fact

#: Words in a row that are compared. Welleck et al.: Neural text generation with unlikelihood training (ICLR 2020).
_RUN: Final = 4
#: What stands at the end so many times, and is so many words together, is a loop.
LOOP_TIMES_MIN: Final = 3
LOOP_WORDS_MIN: Final = 12


@fact
class Repetition:
    """How much of a text was there before, and how much of its end is one piece over and over."""

    repeated_ratio: float  # of runs of four words
    loop_words: int


def measure_repetition(words: Sequence[str]) -> Repetition:
    """How much of a text, as its words in small letters, repeats itself; in time proportional to its length.

    >>> measure_repetition("to reset it open the menu and choose reset".split())
    Repetition(repeated_ratio=0.0, loop_words=0)
    >>> measure_repetition("I do not know".split() * 6)
    Repetition(repeated_ratio=0.8095238095238095, loop_words=24)
    """
    runs = [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
    repeated = 1.0 - len(set(runs)) / len(runs) if runs else 0.0
    return Repetition(repeated, _loop_words(words))


def _loop_words(words: Sequence[str]) -> int:
    """The longest end of a text that is one piece over and over.

    Knuth, Morris, Pratt: Fast pattern matching in strings (1977): the shortest period of each beginning; of the words
    in reverse, so that beginnings are ends.
    """
    reverse = words[::-1]
    borders = [0] * len(reverse)
    border = longest = 0
    for at in range(1, len(reverse)):
        while border and reverse[at] != reverse[border]:
            border = borders[border - 1]
        if reverse[at] == reverse[border]:
            border += 1
        borders[at] = border
        length = at + 1
        if length >= LOOP_WORDS_MIN and length >= LOOP_TIMES_MIN * (length - border):
            longest = length
    return longest
