"""Full-text search: BM25 over passages (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework")."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.demo.corpus import Passage

_K1: Final = 1.2  # how soon more mentions of a word stop to matter
_B: Final = 0.75  # how much long passages are held back
_WORD: Final = re.compile(r"[a-z0-9]+")
_COMMON_TEXT: Final = (
    "a an and are as at be but by can do does for from has have how i if in is it its me my of on or our so that the"
    " their them there they this to was we what when where which who why will with you your happen mean many much not"
)
_COMMON: Final = frozenset(_COMMON_TEXT.split())


def words_of(text: str) -> list[str]:
    """The words of a text that mean something, cut to a rough stem.

    >>> words_of("Why is the verdict unknown?")
    ['verdict', 'unknown']
    """
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _COMMON]


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it fits."""

    passage: Passage
    score: float


class Index:
    """Finds passages by the words of a question."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)
        self._postings: dict[str, list[tuple[int, int]]] = {}
        self._lengths: list[int] = []
        for number, passage in enumerate(self._passages):
            words = words_of(f"{passage.heading} {passage.text}")
            self._lengths.append(len(words))
            for word, count in Counter(words).items():
                self._postings.setdefault(word, []).append((number, count))
        self._mean = sum(self._lengths) / max(1, len(self._lengths))

    def search(self, question: str, limit: int = 4) -> list[Hit]:
        """The `limit` best passages, best first; none when no word of the question occurs."""
        scores: dict[int, float] = {}
        for word in set(words_of(question)):
            postings = self._postings.get(word, [])
            rarity = math.log(1 + (len(self._passages) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                length = 1 - _B + _B * self._lengths[number] / self._mean
                scores[number] = scores.get(number, 0.0) + rarity * count * (_K1 + 1) / (count + _K1 * length)
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [Hit(self._passages[number], score) for number, score in best]
