"""Groups of alike questions, from the hashes of their telling words. Pure, and the same from the same questions.

The most frequent signature leads a group; others join the first leader that they are alike to. Words that many
questions have count less (inverse document frequency, Spärck Jones 1972), and so do those that hardly any other one
has. Alike is not the same: groups are a way to look.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

#: Questions that share so much of their words' weight are alike (weighted Jaccard).
ALIKE_RATIO: Final = 0.4
#: A word counts fully where one question of so many has it, or fewer.
_COMMON: Final = 5
#: A word that fewer questions have than these says nothing of being alike …
_SHARED_MIN: Final = 3
#: … nor does one that all have; but questions that have nothing else are alike by it.
_LEAST: Final = 0.1

Signature = frozenset[int]


def group_questions(signatures: Sequence[Signature]) -> list[list[int]]:
    """The places of alike questions, the largest group first; questions without telling words are in none.

    >>> reset, refund = frozenset({1, 2}), frozenset({3, 4})
    >>> group_questions([reset, refund, reset, frozenset({1, 2, 5}), frozenset()])
    [[0, 2, 3], [1]]
    """
    counts = Counter(each for each in signatures if each)
    weights = _weights(counts)
    leaders: list[Signature] = []
    by_word = defaultdict[int, list[int]](list)
    home: dict[Signature, int] = {}
    for each in sorted(counts, key=lambda one: (-counts[one], sorted(one))):
        seeking = _telling(each, weights)
        candidates = sorted({place for word in seeking for place in by_word[word]})
        alike = (place for place in candidates if alikeness(each, leaders[place], weights) >= ALIKE_RATIO)
        best = next(alike, None)
        if best is None:
            best = len(leaders)
            leaders.append(each)
            for word in seeking:
                by_word[word].append(best)
        home[each] = best
    groups = defaultdict[int, list[int]](list)
    for place, each in enumerate(signatures):
        if each:
            groups[home[each]].append(place)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def alikeness(one: Signature, other: Signature, weights: Mapping[int, float]) -> float:
    """The shared part of the weight of two questions' words, 0 to 1.

    >>> alikeness(frozenset({1, 2}), frozenset({2}), {1: 1.0, 2: 3.0})
    0.75
    """
    shared = sum(weights[word] for word in one & other)
    return shared / sum(weights[word] for word in one | other) if shared else 0.0


def _telling(each: Signature, weights: Mapping[int, float]) -> list[int]:
    """The words of which two alike questions share one at least: the weightiest, without which less than the shared
    part would be left (prefix filtering, Chaudhuri, Ganti and Kaushik 2006)."""
    left = wanted = sum(weights[word] for word in each)
    found: list[int] = []
    for word in sorted(each, key=lambda one: (-weights[one], one)):
        if left < ALIKE_RATIO * wanted - 1e-9:
            break
        found.append(word)
        left -= weights[word]
    return found


def _weights(counts: Mapping[Signature, int]) -> dict[int, float]:
    frequencies = Counter[int]()
    for each, n in counts.items():
        for word in each:
            frequencies[word] += n
    total = sum(counts.values())
    return {
        word: _LEAST + (min(1.0, math.log(total / n) / math.log(_COMMON)) if n >= _SHARED_MIN else 0.0)
        for word, n in frequencies.items()
    }
