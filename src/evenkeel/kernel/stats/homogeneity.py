"""Are two samples of one distribution: the chi-square test of two rows of counts, on bins that are large enough.

Bins are made of the pooled counts alone. So who is in which sample is still chance alone given the bins, and the null
distribution holds whatever the data look like (bins that depend on one sample only, such as its deciles, lose that).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.kernel.stats.monte_carlo import Drawing, Floats, Ints, monte_carlo_p
from evenkeel.kernel.stats.tails import chi2_upper

#: Bins of an ordered feature: more find narrower bumps and lose power against everything else.
BINS_MAX: Final = 10

#: Levels that have a cell of their own; the others are one cell.
CELLS_MAX: Final = 20

#: The least that a cell is expected to hold in the smaller sample (Cochran 1954).
EXPECTED_MIN: Final = 5.0

#: Where a cell expects less, and p is small enough to decide, tables are drawn. Far out in the tail the approximation
#: is too bold for longer than where it is usually used.
_EXPECTED_SURE: Final = 100.0
_CLOSER_BELOW: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """The statistic, its degrees of freedom and its p-value; `is_drawn` tells that it was found by drawing tables."""

    statistic: float
    df: int
    p: float
    is_drawn: bool = False


def group_ordered(reference: Ints, window: Ints) -> Ints:
    """Where bins begin: at most ten neighbours each of at least a tenth of the pooled rows, none split.

    >>> group_ordered(np.array([30, 5, 5, 60]), np.array([30, 5, 5, 60])).tolist()
    [0, 1, 3]
    """
    pooled = reference + window
    total, smaller = int(pooled.sum()), int(min(reference.sum(), window.sum()))
    if smaller == 0:
        return np.zeros(1, dtype=np.int64)
    needed = math.ceil(max(total / BINS_MAX, EXPECTED_MIN * total / smaller))
    upto = np.cumsum(pooled)
    starts, held = [0], 0
    while total - held >= 2 * needed:
        place = int(np.searchsorted(upto, held + needed))
        held = int(upto[place])
        if total - held >= needed:  # what remains is a bin of its own
            starts.append(place + 1)
    return np.asarray(starts, dtype=np.int64)


def group_levels(reference: Ints, window: Ints) -> tuple[Ints, Ints]:
    """Both samples with the rare levels in one last cell: all that expect too little or are not among the 20 largest.

    >>> [cells.tolist() for cells in group_levels(np.array([50, 3, 47]), np.array([52, 1, 47]))]
    [[50, 47, 3], [52, 47, 1]]
    """
    pooled = reference + window
    total, smaller = int(pooled.sum()), int(min(reference.sum(), window.sum()))
    is_kept = pooled * smaller >= EXPECTED_MIN * max(total, 1)
    if int(is_kept.sum()) > CELLS_MAX:
        order = np.argsort(-pooled, kind="stable")[:CELLS_MAX]
        is_kept = np.zeros(pooled.size, dtype=bool)
        is_kept[order] = True
    cells = [np.append(counts[is_kept], counts[~is_kept].sum()) for counts in (reference, window)]
    if cells[0][-1] + cells[1][-1] == 0:
        cells = [counts[:-1] for counts in cells]
    return cells[0], cells[1]


def compare_cells(reference: Ints, window: Ints, drawing: Drawing | None = None) -> Homogeneity:
    """Whether the rows of both samples fall into the cells alike. Without a `drawing`, no tables are drawn.

    >>> found = compare_cells(np.array([30, 70]), np.array([45, 55]))
    >>> round(found.statistic, 4), found.df, round(found.p, 5)
    (4.8, 1, 0.02846)
    """
    n, m = float(reference.sum()), float(window.sum())
    pooled = reference + window
    is_filled = pooled > 0
    df = int(is_filled.sum()) - 1
    if n == 0 or m == 0 or df < 1:
        return Homogeneity(0.0, 0, 1.0)
    filled = pooled[is_filled].astype(float)
    statistic = float(_statistic(window[is_filled][None, :], filled, n, m)[0])
    p = chi2_upper(statistic, df)
    smaller = min(n, m)
    if drawing is None or p >= _CLOSER_BELOW or float(filled.min()) * smaller / (n + m) >= _EXPECTED_SURE:
        return Homogeneity(statistic, df, p)

    def of_tables(tables: Ints) -> Floats:
        return _statistic(tables, filled, n + m - smaller, smaller)

    p = monte_carlo_p(pooled[is_filled], int(smaller), of_tables, statistic, drawing)
    return Homogeneity(statistic, df, p, is_drawn=True)


def _statistic(tables: Ints, pooled: Floats, n: float, m: float) -> Floats:
    """Sum of (sqrt(m/n) a - sqrt(n/m) b)^2 / c over the cells, for each table b with a = c - b."""
    share = m / (n + m)
    return ((tables - pooled * share) ** 2 / pooled).sum(axis=1) / (share * (1.0 - share))
