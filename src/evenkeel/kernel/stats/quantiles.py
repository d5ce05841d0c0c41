"""Bounds of a quantile that assume nothing about the distribution: order statistics.

The number of values below the true q quantile is binomial(n, q), so two ranks enclose it (Wilks 1948;
David and Nagaraja, Order Statistics, 7.1). From a histogram the values at those ranks are known to their
buckets, and the bounds are widened to the buckets' edges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evenkeel.kernel.sketch import quantile
from evenkeel.kernel.stats.special import beta_tails


def enclosing_ranks(n: float, q: float, alpha: float) -> tuple[int, int]:
    """Ranks (from 0, in order of size) that enclose the q quantile with at least 1 - `alpha` chance.

    (-1 and n stand for "no bound on this side".)

    >>> enclosing_ranks(100, 0.5, 0.05)
    (39, 60)
    """
    count = math.floor(n)
    low = _largest_with_tail(count, q, alpha / 2.0) if q > 0.0 else -1
    # By symmetry: what lies above the 1 - q quantile of the mirrored values.
    high = count - 1 - _largest_with_tail(count, 1.0 - q, alpha / 2.0)
    return low, high


def _largest_with_tail(n: int, q: float, tail: float) -> int:
    """The largest r with P(Bin(n, q) <= r) <= tail, or -1."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if middle < n and beta_tails(n - middle, middle + 1.0, 1.0 - q)[0] <= tail:
            low = middle
        else:
            high = middle
    return low


def order_statistic_bounds(ordered: Sequence[float], q: float, alpha: float) -> tuple[float, float]:
    """Bounds of the q quantile from values in order of size; infinite where the sample is too small.

    >>> order_statistic_bounds([float(i) for i in range(100)], 0.5, 0.05)
    (39.0, 60.0)
    """
    low, high = enclosing_ranks(len(ordered), q, alpha)
    return (
        ordered[low] if low >= 0 else -math.inf,
        ordered[high] if high < len(ordered) else math.inf,
    )


def histogram_quantile_bounds(
    counts: Mapping[int, float], q: float, *, alpha: float, zero: float = 0.0
) -> tuple[float, float]:
    """Bounds of the q quantile of what a sketch counted, its stated error included.

    Where the sample is too small for a bound, the edge of the outermost bucket stands in for it.
    """
    n = zero + sum(counts.values())
    low, high = enclosing_ranks(n, q, alpha)
    last = max(1.0, n - 1.0)
    at_low = quantile(counts, min(1.0, max(0, low) / last), zero=zero)
    at_high = quantile(counts, min(1.0, max(0, high) / last), zero=zero)
    return at_low[1], at_high[2]
