"""Distances between two samples in the same bins, for those who know drift by them. None of them decides.

`reference` and `window` are rows per bin; a sample without rows has no distance (NaN).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.stats.monte_carlo import Floats, Ints

_PSEUDO_COUNT: Final = 0.5  # added to every bin where an empty one would make the distance infinite


def kullback_leibler(reference: Ints, window: Ints) -> float:
    """The divergence of the window from the reference, in nats: sum of q log(q / p).

    >>> round(kullback_leibler(np.array([500, 500]), np.array([400, 600])), 4)
    0.0201
    """
    if _is_empty(reference, window):
        return math.nan
    p, q = _shares(reference + _PSEUDO_COUNT), _shares(window + _PSEUDO_COUNT)
    return float((q * np.log(q / p)).sum())


def jensen_shannon(reference: Ints, window: Ints) -> float:
    """The distance, from 0 to 1: the square root of the divergence in bits (Endres and Schindelin 2003).

    >>> jensen_shannon(np.array([10, 0]), np.array([0, 10]))
    1.0
    """
    if _is_empty(reference, window):
        return math.nan
    p, q = _shares(reference), _shares(window)
    middle = (p + q) / 2.0
    divergence = sum(
        float((share[share > 0] * np.log2(share[share > 0] / middle[share > 0])).sum()) for share in (p, q)
    )
    return math.sqrt(max(0.0, divergence / 2.0))


def kolmogorov_smirnov(reference: Ints, window: Ints) -> float:
    """The largest difference of the two cumulative shares at an edge, from 0 to 1.

    >>> round(kolmogorov_smirnov(np.array([5, 5, 0]), np.array([3, 3, 4])), 3)
    0.4
    """
    if _is_empty(reference, window):
        return math.nan
    return float(np.abs(np.cumsum(_shares(reference)) - np.cumsum(_shares(window))).max())


def wasserstein(reference: Ints, window: Ints, middles: Floats) -> float:
    """How far rows would have to move on average, in the feature's unit; each row counts at the middle of its bin.

    >>> wasserstein(np.array([10, 0]), np.array([5, 5]), np.array([1.0, 3.0]))
    1.0
    """
    if _is_empty(reference, window):
        return math.nan
    gaps = np.abs(np.cumsum(_shares(reference)) - np.cumsum(_shares(window)))[:-1]
    apart = np.diff(middles)
    return float((gaps * np.where(gaps > 0.0, apart, 0.0)).sum())


def hellinger(reference: Ints, window: Ints) -> float:
    """The distance, from 0 to 1.

    >>> round(hellinger(np.array([10, 0]), np.array([0, 10])), 6)
    1.0
    """
    if _is_empty(reference, window):
        return math.nan
    return float(np.sqrt(((np.sqrt(_shares(reference)) - np.sqrt(_shares(window))) ** 2).sum() / 2.0))


def _shares(rows: NDArray[Any]) -> Floats:
    return rows / rows.sum()


def _is_empty(reference: Ints, window: Ints) -> bool:
    return not reference.sum() or not window.sum()
