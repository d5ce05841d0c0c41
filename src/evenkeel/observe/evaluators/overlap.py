"""How much of a sentence is in its contexts: eight signals, each from 0 to 1, and their mean.

Three questions, each counted once: are its *words* there, its *phrases*, and are they in one *place*? No weight is
fitted to data. Which words of a sentence stand where is one integer for each word, a bit for each place: what follows
what is a shift and a conjunction, so that the work is in proportion to the texts, however often they repeat themselves.

Fragments: Grusky, Naaman, Artzi: Newsroom (NAACL 2018). Longest common subsequence by bits: Hyyrö: Bit-parallel
LCS-length computation revisited (AWOCA 2004). Pairs: skip-bigrams of Lin: ROUGE (ACL workshop 2004).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import pairwise
from typing import Final

from evenkeel.kernel.facts import fact

#: A longer sentence of a context is looked at in parts of so many words.
PLACE_WORDS_MAX: Final = 60
#: Words of a sentence no further apart than the first number are a pair; it is there when they are there in either
#: order, no further apart than the second: a sentence that is put differently is longer or shorter.
_PAIR_REACH: Final = 4
_PAIR_REACH_THERE: Final = 10
#: Shifts that widen one bit by twice the reach; each at most one more than what it is widened by already.
_WIDENING: Final = (1, 2, 4, 8, 5)
#: A word that more sentences of the contexts have does not tell where to look; so the work stays in proportion.
_PLACES_OF_WORD_MAX: Final = 12
#: So many places where most of a sentence seems to be are looked at in full.
_PLACES_TRIED: Final = 3


@fact
class Overlap:
    """Each from 0, nothing of it, to 1, all of it."""

    unigrams: float  # share of the words that are in the contexts
    rare_words: float  # the same, by how few sentences of the contexts have the word
    bigrams: float  # share of the pairs of neighbours that are neighbours there
    trigrams: float
    fragments: float  # how long the pieces are that are copied: 1 is one piece
    order: float  # longest common subsequence with two sentences in a row
    place: float  # share of the rare words that two sentences in a row have
    pairs: float  # share of words near each other that are near each other there, by the less rare of the two

    @property
    def words(self) -> float:
        """Whether its words are there."""
        return (self.unigrams + self.rare_words) / 2

    @property
    def phrases(self) -> float:
        """Whether its phrases are there."""
        return (self.bigrams + self.trigrams + self.fragments) / 3

    @property
    def together(self) -> float:
        """Whether what is there is in one place."""
        return (self.order + self.place + self.pairs) / 3

    @property
    def mean(self) -> float:
        """The three answers, each counted once."""
        return (self.words + self.phrases + self.together) / 3


@fact
class Source:
    """Where the contexts have the words that are asked for; made by `index_source`."""

    positions: Mapping[str, int]  # word -> a bit for each position
    places: Mapping[str, int]  # word -> a bit for each sentence
    bounds: tuple[tuple[int, int], ...]  # of each sentence, in positions
    weights: Mapping[str, float]  # word -> how much it tells: the fewer sentences have it, the more; above 0
    weight_of_others: float


def index_source(contexts: Sequence[Sequence[Sequence[str]]], asked: Mapping[str, str]) -> Source:
    """Contexts (each a list of sentences, each a list of words), by the stems that an answer asks for.

    `asked` has the stem of each word that counts; other words only take up a place.

    >>> source = index_source([[["the", "cats", "sat"], ["it", "purred"]]], {"cats": "cat", "it": "it"})
    >>> source.positions, source.places, source.bounds
    ({'cat': 2, 'it': 8}, {'cat': 1, 'it': 2}, ((0, 3), (3, 5)))
    """
    positions: dict[str, list[int]] = {}
    places: dict[str, int] = {}
    bounds: list[tuple[int, int]] = []
    for start, part in _parts(contexts):
        here = 1 << len(bounds)
        bounds.append((start, start + len(part)))
        for position, word in enumerate(part, start):
            stem = asked.get(word)
            if stem is not None:
                positions.setdefault(stem, []).append(position)
                places[stem] = places.get(stem, 0) | here
    return Source(
        positions={stem: _bits(found) for stem, found in positions.items()},
        places=places,
        bounds=tuple(bounds),
        weights={stem: _weight(mask.bit_count(), len(bounds)) for stem, mask in places.items()},
        weight_of_others=_weight(0, len(bounds)),
    )


def _parts(contexts: Sequence[Sequence[Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Sentences, or parts of long ones, and where they begin; between contexts an empty one, too far away for pairs."""
    at = 0
    for context in contexts:
        if at:
            at += _PAIR_REACH_THERE
            yield at, ()
        for sentence in context:
            for first in range(0, len(sentence), PLACE_WORDS_MAX):
                part = sentence[first : first + PLACE_WORDS_MAX]
                yield at, part
                at += len(part)


def _weight(count: int, sentences: int) -> float:
    return math.log((sentences + 1) / (count + 0.5))


def _bits(positions: list[int]) -> int:
    made = bytearray(positions[-1] // 8 + 1)
    for position in positions:
        made[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(made, "little")


def compute_overlap(sentence: Sequence[str], source: Source) -> Overlap:
    """The signals of a sentence of stems, at least one, all asked for when `source` was made.

    >>> words = "the red house was sold in May".split()
    >>> source = index_source([[words]], {word: word for word in words})
    >>> compute_overlap(words, source).mean
    1.0
    >>> other = compute_overlap("the blue house was sold in May".split(), source)
    >>> round(other.unigrams, 2), round(other.trigrams, 2), round(other.mean, 2)
    (0.86, 0.6, 0.69)
    """
    masks = [source.positions.get(word, 0) for word in sentence]
    weights = [source.weights.get(word, source.weight_of_others) for word in sentence]
    total = sum(weights)
    unigrams = sum(map(bool, masks)) / len(sentence)
    twos = [first << 1 & second for first, second in pairwise(masks)]
    threes = [two << 1 & third for two, third in zip(twos, masks[2:], strict=False)]
    bigrams = _share(twos, unigrams)
    best = _best_places([source.places.get(word, 0) for word in sentence], weights, 2)
    return Overlap(
        unigrams=unigrams,
        rare_words=sum(weight for weight, mask in zip(weights, masks, strict=True) if mask) / total,
        bigrams=bigrams,
        trigrams=_share(threes, bigrams),
        fragments=math.sqrt(sum(length * length for length in _fragments(masks))) / len(sentence),
        order=max((_order(masks, source, place) for place, _ in best), default=0.0),
        place=best[0][1] / total if best else 0.0,
        pairs=_pairs(masks, weights),
    )


def find_sentence(sentence: Sequence[str], source: Source) -> tuple[int, float]:
    """The sentence of a context that most of a sentence is in, and how much of it, by its rare words; -1: none.

    >>> source = index_source([[["it", "rains"], ["it", "is", "cold"]]], {"it": "it", "is": "is", "cold": "cold"})
    >>> find_sentence(["is", "cold"], source)
    (1, 1.0)
    """
    weights = [source.weights.get(word, source.weight_of_others) for word in sentence]
    places = [source.places.get(word, 0) for word in sentence]
    best = _best_places(places, weights, 1)
    return (best[0][0], best[0][1] / sum(weights)) if best else (-1, 0.0)


def _best_places(places: Sequence[int], weights: Sequence[float], width: int) -> list[tuple[int, float]]:
    """Where most of a sentence is: the first of so many sentences in a row, and what the words that are there weigh."""
    there = [(mask, weight) for mask, weight in zip(places, weights, strict=True) if mask]
    found: dict[int, float] = {}
    for mask, weight in there:
        if mask.bit_count() <= _PLACES_OF_WORD_MAX:
            for place in _ones(mask | mask >> 1 if width > 1 else mask):
                found[place] = found.get(place, 0.0) + weight
    first = nlargest(_PLACES_TRIED, [(weight, -place) for place, weight in found.items()])
    tried = [-place for _, place in first] or [0] * bool(there)
    row = (1 << width) - 1
    full = [(place, sum([weight for mask, weight in there if mask >> place & row])) for place in tried]
    return sorted(full, key=lambda each: (-each[1], each[0]))


def _ones(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _share(found: Sequence[int], otherwise: float) -> float:
    """The share that was found anywhere; a sentence too short for any is told by shorter runs."""
    return sum(map(bool, found)) / len(found) if found else otherwise


def _fragments(masks: Sequence[int]) -> list[int]:
    """How long the copied pieces are, from the left and as long as they go."""
    lengths: list[int] = []
    ends = length = 0
    for mask in masks:
        ends = ends << 1 & mask
        if not ends:
            lengths.append(length)
            ends, length = mask, 0
        length += bool(mask)
    return [*lengths, length]


def _order(masks: Sequence[int], source: Source, place: int) -> float:
    start, end = source.bounds[place][0], source.bounds[min(place + 1, len(source.bounds) - 1)][1]
    all_ = (1 << (end - start)) - 1
    left = all_
    for mask in masks:
        here = mask >> start & left
        left = ((left + here) | (left - here)) & all_
    return (end - start - left.bit_count()) / len(masks)


def _pairs(masks: Sequence[int], weights: Sequence[float]) -> float:
    """What a pair tells is what the less telling of the two tells."""
    moved = [(mask << _PAIR_REACH_THERE, weight) for mask, weight in zip(masks, weights, strict=True)]
    told = total = 0.0
    for first, (mask, most) in enumerate(zip(masks, weights, strict=True), 1):
        near = _widened(mask) if mask else 0
        for there, weight in moved[first : first + _PAIR_REACH]:
            if weight > most:
                weight = most
            total += weight
            if near & there:
                told += weight
    return told / total if total else float(bool(masks[0]))


def _widened(mask: int) -> int:
    """All that is near enough to a position of the mask; moved on by that much, so that none falls off at the front."""
    for step in _WIDENING:
        mask |= mask << step
    return mask
