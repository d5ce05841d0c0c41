"""Does one feature differ: one p-value from tests that each see another kind of difference.

An ordered feature is tested for its middle, its spread, its shape, rows beyond the reference's range, and missing
values; a category for the shares of its levels, new levels, and missing values. Each test has a weight by what it
usually finds, and the feature's p-value is the least p / weight: at most as often small as it says, whatever depends on
what. All tests see who is in which sample as chance, given the pooled rows, so they hold for every distribution.
"""

from __future__ import annotations

import numpy as np

from evenkeel.judge.drift.model import Comparison, Part, Reason, Signal
from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.model import Grid, Kind, LevelGrid, NumericGrid
from evenkeel.kernel.stats.fisher import shares_p
from evenkeel.kernel.stats.homogeneity import compare_cells, group_levels, group_ordered
from evenkeel.kernel.stats.monte_carlo import Drawing
from evenkeel.kernel.stats.rank_sum import rank_location, rank_spread
from evenkeel.kernel.stats.unseen import new_levels_p, range_p

_LOCATION, _SPREAD, _SHAPE, _RANGE = 0.45, 0.20, 0.20, 0.10
_LEVELS, _NEW = 0.80, 0.15
_MISSING = 0.05


def compare_feature(grid: Grid, both: Vectors, drawing: Drawing | None) -> Comparison:
    """The tests of one feature. Without a `drawing`, sparse counts are left to approximations.

    A window without rows is not compared: the reason says so.

    >>> from evenkeel.judge.drift.vectors import align
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile([float(i % 100) for i in range(1_000)])
    >>> window = count_values([float(i % 100) + 20.0 for i in range(500)], profile.grid)
    >>> found = compare_feature(profile.grid, align(profile.grid, profile.counts, window), None)
    >>> found.p < 1e-6, min(found.parts, key=lambda part: part.weighted).signal.value
    (True, 'range')
    """
    if both.window_n == 0:
        return Comparison((), both.reference_n, 0, Reason.EMPTY_WINDOW)
    # Where nothing is missing in either sample, there is nothing to test for; that is no look at who is who.
    has_missing = both.reference_absent + both.window_absent > 0
    spare = 0.0 if has_missing else _MISSING
    parts = _ordered(both, drawing, spare) if isinstance(grid, NumericGrid) else _levels(grid, both, drawing, spare)
    if has_missing:
        p = shares_p(both.reference_absent, both.reference_n, both.window_absent, both.window_n)
        parts += (Part(Signal.MISSINGNESS, p, _MISSING),)
    return Comparison(parts, both.reference_n, both.window_n)


def _ordered(both: Vectors, drawing: Drawing | None, spare: float) -> tuple[Part, ...]:
    a, b = both.reference, both.window
    starts = group_ordered(a, b)
    cells = np.add.reduceat(a, starts), np.add.reduceat(b, starts)
    location, spread = rank_location(a, b, drawing), rank_spread(a, b, drawing)
    return (
        Part(Signal.LOCATION, location.p, _LOCATION + spare, location.z),
        Part(Signal.SPREAD, spread.p, _SPREAD, spread.z),
        Part(Signal.SHAPE, compare_cells(cells[0], cells[1], drawing).p, _SHAPE),
        Part(Signal.RANGE, range_p(a, b), _RANGE),
    )


def _levels(grid: LevelGrid, both: Vectors, drawing: Drawing | None, spare: float) -> tuple[Part, ...]:
    cells = group_levels(both.reference, both.window)
    shape = compare_cells(cells[0], cells[1], drawing).p
    # There are no new levels, or none that could be told from rare ones.
    if grid.kind is Kind.BOOLEAN or grid.rest_levels:
        return (Part(Signal.SHAPE, shape, _LEVELS + _NEW + spare),)
    return (
        Part(Signal.SHAPE, shape, _LEVELS + spare),
        Part(Signal.NEW_LEVELS, new_levels_p(both.reference, both.window), _NEW),
    )
