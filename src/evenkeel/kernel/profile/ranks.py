"""Numbers by rank: which one is so many-th, and how many are up to one. Of many, few are put in order for that.

A million numbers are laid into bins that are as wide as each other; then only what shares a bin with an edge or with a
rank has to be sorted. Every answer is that of all numbers in order, to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np

from evenkeel.kernel.profile.model import Floats, Ints

#: So many bins are counted in a core's own cache, and 120 of them hold one in fifty numbers or so.
_BINS: Final = 16_384

#: Fewer numbers are sorted sooner than laid into bins.
_BINNED_FROM: Final = 50_000

#: Numbers that are looked at to choose the bins, evenly over them, and how many of those may lie beyond either end: the
#: outermost bins are open, so that one number far away does not leave all others in one bin.
_LOOKED_AT: Final = 4_096
_BEYOND: Final = 16

#: Where more of those looked at are equal to another, bins are full of equal numbers: sorting them is quick.
_REPEATED_SHARE_MAX: Final = 0.1

#: Where more than this share would be sorted, all are.
_SORTED_SHARE_MAX: Final = 0.25

#: To a float from 2^52 to 2^53 the next one is 1 away: added to it, a number becomes whole in one step.
_WHOLE: Final = 2.0**52
_CHUNK: Final = 65_536  # numbers whose intermediate results stay in the cache


class Ranks(Protocol):
    """Finite numbers, which are not changed meanwhile."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def ordered(self) -> Floats:
        """All of them in order of size."""
        ...

    def some(self, at_most: int) -> Floats:
        """A few of them."""
        ...

    def at(self, ranks: Ints) -> Floats:
        """Those with these ranks; 0 is the smallest."""
        ...

    def upto(self, edges: Floats) -> Ints:
        """How many are each edge or less."""
        ...

    def below(self, edges: Floats) -> Ints:
        """How many are less than each edge."""
        ...


def rank_numbers(numbers: Floats) -> Ranks:
    """The ranks of finite numbers in any order.

    >>> ranks = rank_numbers(np.array([3.0, 1.0, 2.0, 2.0]))
    >>> ranks.at(np.array([0, 3])).tolist(), ranks.upto(np.array([2.0])).tolist(), ranks.below(np.array([2.0])).tolist()
    ([1.0, 3.0], [3], [1])
    """
    if numbers.size < _BINNED_FROM:
        return Sorted(np.sort(numbers))
    some = np.sort(numbers[:: numbers.size // _LOOKED_AT])
    repeated = 1.0 - np.count_nonzero(np.diff(some)) / (some.size - 1)
    low, high = float(some[_BEYOND]), float(some[-_BEYOND - 1])
    with np.errstate(over="ignore", divide="ignore"):
        scale = (_BINS - 2) / np.float64(high - low)
    if repeated > _REPEATED_SHARE_MAX or not 0.0 < scale < np.inf:
        return Sorted(np.sort(numbers))
    return Binned(numbers, low, float(scale))


class Sorted:
    """Numbers in order of size already."""

    def __init__(self, ordered: Floats) -> None:
        self.ordered = ordered
        self.size = int(ordered.size)

    def some(self, at_most: int) -> Floats:
        """The smallest."""
        return self.ordered[:at_most]

    def at(self, ranks: Ints) -> Floats:
        """Those with these ranks."""
        return self.ordered[ranks]

    def upto(self, edges: Floats) -> Ints:
        """How many are each edge or less."""
        return np.searchsorted(self.ordered, edges, side="right").astype(np.int64)

    def below(self, edges: Floats) -> Ints:
        """How many are less than each edge."""
        return np.searchsorted(self.ordered, edges, side="left").astype(np.int64)


class Binned:
    """Numbers in bins, of which those are sorted that are asked for.

    A bin is a rounded multiple: of two numbers the larger one is never in a lower bin, however it was rounded.
    """

    def __init__(self, numbers: Floats, low: float, scale: float) -> None:
        self.size = int(numbers.size)
        self._numbers = numbers
        self._scale, self._offset = scale, _WHOLE + 1.0 - low * scale
        self._bins = np.empty(self.size, dtype=np.uint16)
        self._rows = np.zeros(_BINS, dtype=np.int64)
        for chunk in self._chunks():
            bins = self._bins_of(numbers[chunk])
            self._rows += np.bincount(bins, minlength=_BINS)
            self._bins[chunk] = bins
        self._ends = np.cumsum(self._rows)
        self._is_sorted = np.zeros(_BINS, dtype=np.bool_)
        self._sorted: Floats = np.empty(0)  # what the sorted bins hold
        self._skipped = self._ends - self._rows  # rows of lower bins that are not among them

    @property
    def ordered(self) -> Floats:
        """All of them in order of size."""
        return self._sorted if self._sorted.size == self.size else np.sort(self._numbers)

    def some(self, at_most: int) -> Floats:
        """The first that came."""
        return self._numbers[:at_most]

    def at(self, ranks: Ints) -> Floats:
        """Those with these ranks."""
        bins = np.searchsorted(self._ends, ranks, side="right")
        self._sort(bins)
        return self._sorted[ranks - self._skipped[bins]]

    def upto(self, edges: Floats) -> Ints:
        """How many are each edge or less."""
        bins = self._bins_of(edges)
        self._sort(bins)
        return self._skipped[bins] + np.searchsorted(self._sorted, edges, side="right")

    def below(self, edges: Floats) -> Ints:
        """How many are less than each edge."""
        bins = self._bins_of(edges)
        self._sort(bins)
        return self._skipped[bins] + np.searchsorted(self._sorted, edges, side="left")

    def _chunks(self) -> Iterator[slice]:
        return (slice(start, start + _CHUNK) for start in range(0, self.size, _CHUNK))

    def _bins_of(self, numbers: Floats) -> Ints:
        with np.errstate(over="ignore"):  # what is beyond a float is beyond the outermost bins
            at = numbers * self._scale
            at += self._offset
        np.clip(at, _WHOLE, _WHOLE + (_BINS - 1), out=at)
        bins = at.view(np.int64)
        bins -= _WHOLE_BITS
        return bins

    def _sort(self, bins: Ints) -> None:
        """Put in order what these bins hold, and what those asked for before did."""
        asked = bins[(self._rows[bins] > 0) & ~self._is_sorted[bins]]
        if not asked.size:
            return
        self._is_sorted[asked] = True
        if self._rows[self._is_sorted].sum() > _SORTED_SHARE_MAX * self.size:
            self._sorted = self.ordered
            self._is_sorted[:] = True
        else:
            self._sorted = np.sort(np.concatenate([self._held(chunk) for chunk in self._chunks()]))
        left = np.where(self._is_sorted, 0, self._rows)
        self._skipped = np.cumsum(left) - left

    def _held(self, chunk: slice) -> Floats:
        """What the sorted bins hold of a chunk."""
        return self._numbers[chunk][np.flatnonzero(np.take(self._is_sorted, self._bins[chunk]))]


#: The bits of the float 2^52 as a whole number: those of a whole float above it, less these, are how far it is above.
_WHOLE_BITS: Final = int(np.array(_WHOLE).view(np.int64))
