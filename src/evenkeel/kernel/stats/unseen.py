"""Rows where the reference has none: beyond its range, or in levels that it does not know.

Both are exact: which of the N pooled rows are in the window is a blind draw of m.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from evenkeel.kernel.stats.monte_carlo import Ints

#: More rows than these in new levels are judged as these many: the chance is too small to matter, and bounded.
_ROWS_MAX: Final = 5_000

#: Levels whose rows are all in the window less often than this are left out of the sum.
_CHANCE_MIN: Final = 1e-14


def all_in_window(rows: int, n: int, m: int) -> float:
    """The chance that given `rows` of the n + m pooled ones are all in the window of m.

    >>> all_in_window(2, 5, 5)
    0.2222...
    """
    if rows > m:
        return 0.0
    total = n + m
    falling = math.lgamma(m + 1) - math.lgamma(m - rows + 1) - math.lgamma(total + 1) + math.lgamma(total - rows + 1)
    return min(1.0, math.exp(falling))


def rows_beyond(reference: Ints, window: Ints) -> tuple[int, int]:
    """Rows of the window below the reference's first occupied bucket, and above its last one.

    >>> rows_beyond(np.array([0, 4, 4, 0]), np.array([1, 3, 0, 2]))
    (1, 2)
    """
    occupied = np.flatnonzero(reference)
    if occupied.size == 0:
        return 0, 0
    return int(window[: occupied[0]].sum()), int(window[occupied[-1] + 1 :].sum())


def range_p(reference: Ints, window: Ints) -> float:
    """The p-value of as many rows beyond one end of the reference, two-sided.

    The largest U of all rows are the window's with the chance `all_in_window`.

    >>> round(range_p(np.array([0, 100, 0]), np.array([0, 90, 10])), 6)
    0.001542
    """
    n, m = int(reference.sum()), int(window.sum())
    if n == 0 or m == 0:
        return 1.0
    return min(1.0, 2.0 * all_in_window(max(rows_beyond(reference, window)), n, m))


def new_levels_p(reference: Ints, window: Ints) -> float:
    """The p-value of as many rows in levels that the reference does not hold.

    A level with c rows in both samples is new by chance with `all_in_window(c)`; the rows so explained are a sum of
    c x Bernoulli over the levels, found by convolution. Levels are taken as independent, which they nearly are.

    >>> round(new_levels_p(np.array([50, 0]), np.array([45, 5])), 5)
    0.02814
    """
    n, m = int(reference.sum()), int(window.sum())
    rows = min(int(window[reference == 0].sum()), _ROWS_MAX)
    if n == 0 or m == 0 or rows == 0:
        return 1.0
    fewer = np.zeros(rows)  # the chance of each number of rows below what was seen
    fewer[0] = 1.0
    sizes, levels = np.unique((reference + window)[(reference + window) > 0], return_counts=True)
    for size, many in zip(sizes.tolist(), levels.tolist(), strict=True):
        share = all_in_window(size, n, m)
        if share < _CHANCE_MIN:
            continue
        for _ in range(many):
            moved = fewer[:-size] * share if size < rows else np.empty(0)
            fewer *= 1.0 - share
            fewer[size:] += moved
    return min(1.0, max(0.0, 1.0 - float(fewer.sum())))
