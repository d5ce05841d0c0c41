"""The area under the ROC curve and its interval, from counts of scores in order of size.

The area is the chance that a positive scores above a negative, ties counting one half (Mann and Whitney 1947); its
variance is that of DeLong, DeLong and Clarke-Pearson 1988 (Biometrics 44), both exact for counts with ties.

A variance taken at the seen area fails near 1, where it is 0. As Wilson's interval does for shares, the bounds are
the areas t whose own variance makes the seen one just possible: (A - t)² = z² V(t). V(t) is Hanley and McNeil's
(Radiology 1982) as Newcombe 2006 (Statistics in Medicine 25, method 5) has it, scaled to DeLong's at the seen area;
with k rows of the rarer class, a weight of 10 / (k + 10) goes to t (1 - t) / k, the most that any distribution allows
(Birnbaum and Klose 1957), because DeLong's is itself hardly known then. Coverage: tests/unit/kernel/stats/test_auc.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.stats.binomial import Z_95

Floats = NDArray[np.float64]

#: Rows of the rarer class at which the assumption-free variance has half the weight.
_HALF_TRUST: Final = 10.0
#: DeLong's variance is never taken to be less than this share of Hanley and McNeil's.
_SCALE_MIN: Final = 0.2
_BISECTIONS: Final = 60


@dataclass(frozen=True, slots=True)
class Area:
    """The area under the ROC curve with its 95 % interval, ratios from 0 to 1.

    `tied` is half the chance that a positive and a negative share a bucket: where a bucket holds scores that differ,
    the area of the scores themselves lies within `value` ± `tied`.
    """

    value: float
    low: float
    high: float
    tied: float


def area_under_roc(positive: Floats, negative: Floats) -> Area:
    """The area, from counts of positives and negatives per bucket, buckets in order of rising score.

    Raises ValueError unless both classes occur.

    >>> found = area_under_roc(np.array([1.0, 2.0, 7.0]), np.array([7.0, 2.0, 1.0]))
    >>> round(found.value, 6), round(found.low, 3), round(found.high, 3)
    (0.86, 0.581, 0.963)
    """
    m, n = float(positive.sum()), float(negative.sum())
    if m <= 0 or n <= 0:
        msg = f"an area under the ROC curve needs both classes, not {m:g} positives and {n:g} negatives"
        raise ValueError(msg)
    above_negatives, _ = placements(positive, negative)
    value = float(positive @ above_negatives) / m
    delong = delong_variance(positive, negative)
    tied = 0.5 * float(positive @ negative) / (m * n)
    low, high = _invert(value, _variance_at(value, delong, m, n))
    return Area(value, low, high, tied)


def delong_variance(positive: Floats, negative: Floats) -> float:
    """DeLong's variance of the area, from counts as `area_under_roc` takes them."""
    above, below = placements(positive, negative)
    return _mean_variance(above, positive) + _mean_variance(below, negative)


def placements(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """By bucket: the share of negatives below a positive that lies there, and of positives above a negative."""
    m, n = float(positive.sum()), float(negative.sum())
    return (np.cumsum(negative) - 0.5 * negative) / n, (m - np.cumsum(positive) + 0.5 * positive) / m


def _mean_variance(values: Floats, weights: Floats) -> float:
    """The variance of the weighted mean of placements."""
    total = float(weights.sum())
    if total < 2:
        return 0.0
    mean = float(values @ weights) / total
    return float(weights @ (values - mean) ** 2) / (total - 1.0) / total


def _variance_at(seen: float, delong: float, m: float, n: float) -> Callable[[float], float]:
    def hanley(area: float) -> float:
        pairs = (m + n) / 2.0 - 1.0
        shape = 1.0 + pairs * ((1.0 - area) / (2.0 - area) + area / (1.0 + area))
        return area * (1.0 - area) * shape / (m * n)

    at_seen = hanley(seen)
    scale = max(_SCALE_MIN, delong / at_seen) if at_seen > 0.0 else 1.0
    rarer = min(m, n)
    trust = rarer / (rarer + _HALF_TRUST)
    return lambda area: trust * scale * hanley(area) + (1.0 - trust) * area * (1.0 - area) / rarer


def _invert(seen: float, variance: Callable[[float], float]) -> tuple[float, float]:
    def is_possible(area: float) -> bool:
        return abs(seen - area) <= Z_95 * math.sqrt(variance(area))

    bounds: list[float] = []
    for outer in (0.0, 1.0):
        inside, outside = seen, outer
        if is_possible(outside):
            bounds.append(outside)
            continue
        for _ in range(_BISECTIONS):
            middle = 0.5 * (inside + outside)
            if is_possible(middle):
                inside = middle
            else:
                outside = middle
        bounds.append(inside)
    return bounds[0], bounds[1]
