"""Has the middle moved, has the spread changed: rank tests of counts on an ordered grid.

Rows of one bucket share their midrank. Under "one distribution" the scores of the smaller sample are a blind draw from
the pooled scores, which gives the exact mean and variance whatever the ties (Lehmann, Nonparametrics, 1.4). The middle
is scored by rank (Wilcoxon 1945; Mann and Whitney 1947), the spread by the squared distance from the middle rank (Mood
1954). Tails are normal unless the scores are so lopsided that it would matter; then tables are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.kernel.stats.monte_carlo import Drawing, Floats, Ints, monte_carlo_p
from evenkeel.kernel.stats.tails import normal_two_sided

#: P-values above need no closer look: nothing is decided by them.
CLOSER_BELOW: Final = 1e-3

#: By how much lopsided scores may move a normal tail, as a share of it, before tables are drawn instead.
_TAIL_ERROR_MAX: Final = 0.25

#: Standard deviations beyond which nothing is decided any more: what is right there is certain farther out.
_REACH_MAX: Final = 6.0


@dataclass(frozen=True, slots=True)
class RankSum:
    """How far apart two samples are in a score, in standard deviations of chance, and how likely chance goes so far."""

    z: float
    p: float
    auc: float  # P(a row of the window exceeds one of the reference) + half of P(equal); 0.5 is no shift


def rank_location(reference: Ints, window: Ints, drawing: Drawing | None = None) -> RankSum:
    """Whether the window lies higher or lower. Without a `drawing` the normal tail is taken as it is.

    Both arguments are rows per bucket, in order. An empty sample, or one bucket for all, is z = 0 and p = 1.

    >>> found = rank_location(np.array([50, 30, 20]), np.array([20, 30, 50]))
    >>> round(found.z, 3), round(found.auc, 3)
    (5.058, 0.695)
    """
    return _rank_scores(reference, window, _midranks(reference + window), drawing)


def rank_spread(reference: Ints, window: Ints, drawing: Drawing | None = None) -> RankSum:
    """Whether the window lies wider (z > 0) or narrower around the middle of both.

    >>> found = rank_spread(np.array([10, 80, 10]), np.array([30, 40, 30]))
    >>> round(found.z, 2), found.auc
    (5.76..., 0.5)
    """
    pooled = reference + window
    total = int(pooled.sum())
    quantiles = (_midranks(pooled) - 0.5) / max(1, total)
    return _rank_scores(reference, window, (quantiles - 0.5) ** 2, drawing)


def _midranks(pooled: Ints) -> Floats:
    return np.cumsum(pooled) - pooled + (pooled + 1) / 2.0


def _rank_scores(reference: Ints, window: Ints, scores: Floats, drawing: Drawing | None) -> RankSum:
    n, m = int(reference.sum()), int(window.sum())
    pooled = reference + window
    total = n + m
    auc = _auc(reference, window)
    if n == 0 or m == 0:
        return RankSum(0.0, 1.0, auc)
    mean = float(pooled @ scores) / total
    off = scores - mean
    variance = float(pooled @ off**2)
    if variance <= 1e-12 * max(mean * mean, 1e-300) * total:
        return RankSum(0.0, 1.0, auc)
    z = float(window @ off) / m / math.sqrt(n * variance / (m * total * (total - 1.0)))
    p = normal_two_sided(z)
    if drawing is not None and p < CLOSER_BELOW and _tail_error(pooled, off, min(n, m), z) > _TAIL_ERROR_MAX:
        smaller = window if m <= n else reference
        filled = pooled > 0
        weights = off[filled]

        def distance(tables: Ints) -> Floats:
            return np.abs(tables @ weights)

        p = monte_carlo_p(pooled[filled], min(n, m), distance, abs(float(smaller @ off)), drawing)
    return RankSum(z, p, auc)


def _auc(reference: Ints, window: Ints) -> float:
    n, m = int(reference.sum()), int(window.sum())
    if n == 0 or m == 0:
        return 0.5
    below = np.cumsum(reference) - reference / 2.0
    return float(window @ below) / (float(n) * float(m))


def _tail_error(pooled: Ints, off: Floats, size: int, z: float) -> float:
    """About by which share of itself the normal tail is wrong at z: the first terms of an Edgeworth expansion."""
    total = int(pooled.sum())
    share = size / total
    second = float(pooled @ off**2) / total
    third = float(pooled @ off**3) / total / second**1.5
    fourth = float(pooled @ off**4) / total / second**2 - 3.0
    skewness = third * (1.0 - 2.0 * share) / math.sqrt(size * (1.0 - share))
    excess = (fourth * (1.0 - 6.0 * share * (1.0 - share)) - 6.0 * share * (1.0 - share)) / (size * (1.0 - share))
    reach = min(abs(z), _REACH_MAX)
    # One tail gains by the skewness what the other one loses, so that it counts by its square.
    return (skewness * reach**3 / 6.0) ** 2 / 2.0 + max(0.0, excess) * reach**4 / 24.0
