"""Counts of columns without drift, drawn without their rows: so a window of 50,000 rows costs what one of 200 does.

The rule sees counts on a grid, and the grid is made of 121 quantiles of the reference and of values that repeat. So of
a reference of n rows only the order statistics next to those quantiles are drawn: uniform ones, whose gaps are gamma
distributed, through the quantile function. Its own counts follow from their ranks, and the window's are multinomial
with the chances of the buckets. Nothing is approximated: the distribution of the counts is that of rows which are drawn
and counted (tests/golden/test_drift_false_alarms.py). That of a shape is its quantile function, straight between knots,
for both samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np
import scipy.stats
from bench.drift_columns import Floats, Rng, zipf
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.model import Comparison
from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.build import grid_from_quantiles
from evenkeel.kernel.profile.model import QUANTILES, Grid, Kind, LevelGrid, NumericGrid
from evenkeel.kernel.stats.monte_carlo import Drawing

Ints = NDArray[np.int64]
stats: Any = scipy.stats  # it ships no types
_REACH: Final = 25.0
_KNOTS: Final = 8_001


class Source(Protocol):
    """A column whose counts can be drawn."""

    def draw(self, rng: Rng, sizes: tuple[int, int]) -> tuple[Grid, Vectors]:
        """A reference's grid, and both samples on it."""
        ...


@dataclass(frozen=True)
class Ordered:
    """What is known of a sample in order of size: values at some ranks (from 0), and values that repeat often."""

    size: int
    ranks: Ints
    values: Floats
    atoms: Floats

    @property
    def grid(self) -> NumericGrid:
        """The grid that the product makes of all rows: to the last digit, for quantiles as it reads them."""
        needed = _needed(self.size)
        own = needed.ranks is self.ranks
        low, high = (
            self.values[each if own else np.searchsorted(self.ranks, needed.ranks[each])]
            for each in (needed.low, needed.high)
        )
        gap, share = high - low, needed.share
        return grid_from_quantiles(
            Kind.NUMERIC, np.where(share < 0.5, low + gap * share, high - gap * (1.0 - share)), self.atoms
        )

    def upto(self, edges: Floats) -> Ints:
        """Rows at or below each edge of that grid: between two neighbours of an edge there are no other rows."""
        known = np.concatenate([[0], self.ranks + 1])
        return known[np.searchsorted(self.values, edges, side="right")]


@dataclass(frozen=True)
class Shape:
    """Numbers with a quantile function that is straight between knots; shares of them are 0, and missing."""

    chances: Floats
    values: Floats
    zeros: float = 0.0
    absent: float = 0.0

    def draw(self, rng: Rng, sizes: tuple[int, int]) -> tuple[Grid, Vectors]:
        """A reference's grid, and both samples on it."""
        return _on_a_grid(self, rng, sizes)

    def ordered(self, rng: Rng, rows: int) -> Ordered:
        """Order statistics of so many rows."""
        zeros = int(rng.binomial(rows, self.zeros)) if self.zeros else 0
        ranks = ranks_of_quantiles(rows)
        if zeros:
            place = int(np.searchsorted(ranks, zeros))
            ranks = np.concatenate([ranks[:place], [zeros - 1], ranks[place:]])
        inside = ranks[ranks >= zeros] - zeros
        uniform = uniform_order_statistics(rng, inside, rows - zeros)
        values = np.concatenate([np.zeros(ranks.size - inside.size), np.interp(uniform, self.chances, self.values)])
        is_atom = zeros > 1 and zeros * QUANTILES >= rows
        return Ordered(rows, ranks, values, np.zeros(1) if is_atom else np.empty(0))

    def upto(self, edges: Floats) -> Floats:
        """The chance of a number at or below each edge."""
        smooth = np.interp(edges, self.values, self.chances, left=0.0, right=1.0)
        return self.zeros * (edges >= 0.0) + (1.0 - self.zeros) * smooth if self.zeros else smooth


@dataclass(frozen=True)
class Lattice:
    """Few different numbers, in order, with these shares."""

    values: Floats
    shares: Floats
    absent: float = 0.0

    def draw(self, rng: Rng, sizes: tuple[int, int]) -> tuple[Grid, Vectors]:
        """A reference's grid, and both samples on it."""
        return _on_a_grid(self, rng, sizes)

    def ordered(self, rng: Rng, rows: int) -> Ordered:
        """Where each value ends, of so many rows; what lies between is that value, too."""
        counts = rng.multinomial(rows, self.shares)
        ends = np.cumsum(counts) - 1
        ranks = np.sort(np.concatenate([ranks_of_quantiles(rows), ends[counts > 0]]))
        is_atom = (counts > 1) & (counts * QUANTILES >= rows)
        return Ordered(rows, ranks, self.values[np.searchsorted(ends, ranks)], self.values[is_atom])

    def upto(self, edges: Floats) -> Floats:
        """The chance of a number at or below each edge."""
        whole = np.concatenate([[0.0], np.cumsum(self.shares)])
        return np.minimum(1.0, whole[np.searchsorted(self.values, edges, side="right")])


@dataclass(frozen=True)
class Levels:
    """A category of at most 1,000 levels with these shares, so that a grid has a bucket for each."""

    shares: Floats
    kind: Kind = Kind.CATEGORICAL

    def draw(self, rng: Rng, sizes: tuple[int, int]) -> tuple[Grid, Vectors]:
        """The levels that the reference holds are the grid; those that neither sample holds are in no bucket."""
        before, after = (rng.multinomial(rows, self.shares) for rows in sizes)
        names = tuple(f"level {place:04}" for place in np.flatnonzero(before).tolist())
        order = np.argsort(before == 0, kind="stable")
        return LevelGrid(self.kind, names), Vectors(before[order], after[order], (), 0, 0)


def uniform_order_statistics(rng: Rng, ranks: Ints, rows: int) -> Floats:
    """Those of `rows` uniform numbers at these ranks (from 0, rising): sums of exponential gaps over all of them."""
    if not ranks.size:
        return np.empty(0)
    gaps = rng.standard_gamma(np.diff(np.concatenate([[0], ranks + 1, [rows + 1]])))
    upto = np.cumsum(gaps)
    return upto[:-1] / upto[-1]


def compare_counts(source: Source, rng: Rng, sizes: tuple[int, int]) -> Comparison:
    """One column without drift: counts of both samples on a grid of its own, and the tests."""
    grid, both = source.draw(rng, sizes)
    return compare_feature(grid, both, Drawing(rng))


def _on_a_grid(source: Shape | Lattice, rng: Rng, sizes: tuple[int, int]) -> tuple[NumericGrid, Vectors]:
    absent = [int(rng.binomial(rows, source.absent)) if source.absent else 0 for rows in sizes]
    known = source.ordered(rng, sizes[0] - absent[0])
    grid = known.grid
    edges = grid.edges
    before = np.diff(np.concatenate([[0], known.upto(edges), [known.size]]))
    after = rng.multinomial(sizes[1] - absent[1], np.diff(np.concatenate([[0.0], source.upto(edges), [1.0]])))
    padded = [np.concatenate([[0], rows, [0]]).astype(np.int64) for rows in (before, after)]  # no infinities
    return grid, Vectors(padded[0], padded[1], (), absent[0], absent[1])


def ranks_of_quantiles(rows: int) -> Ints:
    """The ranks whose values make the 121 quantiles of so many rows."""
    return _needed(rows).ranks


@dataclass(frozen=True)
class Needed:
    """Which ranks make the quantiles: the places in `ranks` of those below and above each, and how far between."""

    ranks: Ints
    low: Ints
    high: Ints
    share: Floats


@lru_cache(maxsize=4_096)
def _needed(rows: int) -> Needed:
    places = np.arange(QUANTILES + 1) / QUANTILES * (rows - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, rows - 1)
    ranks = np.union1d(below, above)
    return Needed(ranks, np.searchsorted(ranks, below), np.searchsorted(ranks, above), places - below)


def _shape(quantile: Any) -> Shape:
    """Knots from 1e-11 to 1 - 1e-11, densest in the tails."""
    chances = 1.0 / (1.0 + np.exp(-np.linspace(-_REACH, _REACH, _KNOTS)))
    return Shape(chances, np.asarray(quantile.ppf(chances)))


def _two_humps() -> Shape:
    values = np.sort(np.concatenate([middle + 0.1 * _shape(stats.norm).values for middle in (-3.0, 3.0)]))
    chances = 0.5 * (stats.norm.cdf(values, -3.0, 0.1) + stats.norm.cdf(values, 3.0, 0.1))
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(chances)) > 0.0])
    return Shape(chances[rising], values[rising])


def _poisson(mean: float) -> Lattice:
    values = np.arange(0.0, 60.0)
    shares = stats.poisson.pmf(values, mean)
    return Lattice(values, shares / shares.sum())


def _zipf(levels: int) -> Levels:
    return Levels(zipf(levels) / zipf(levels).sum())


CONTINUOUS: Final[Sequence[Shape]] = (
    _shape(stats.norm()),
    _shape(stats.lognorm(1.0)),
    _shape(stats.expon()),
    _shape(stats.uniform()),
    _shape(stats.t(3.0)),
    _shape(stats.t(1.5)),
    _two_humps(),
)
_ZEROS: Final = replace(CONTINUOUS[2], zeros=0.5)
_RARE: Final = Levels(np.array([0.97, 0.03]), Kind.BOOLEAN)

#: The tables of `drift_columns`, column by column.
TABLES: Final[Mapping[str, tuple[Source, ...]]] = {
    "continuous": tuple(CONTINUOUS[place % 7] for place in range(20)),
    "zero-inflated": (_ZEROS,) * 20,
    "Poisson 4": (_poisson(4.0),) * 20,
    "Poisson 0.3": (_poisson(0.3),) * 20,
    "boolean 3 %": (_RARE,) * 20,
    "5 levels": (_zipf(5),) * 20,
    "50 levels": (_zipf(50),) * 20,
    "500 levels": (_zipf(500),) * 20,
    "mixed, gaps": (
        *CONTINUOUS,
        *(replace(each, absent=0.02) for each in CONTINUOUS[:5]),
        _ZEROS,
        _poisson(4.0),
        _RARE,
        *(_zipf(levels) for levels in (5, 50, 500, 12, 200)),
    ),
}
