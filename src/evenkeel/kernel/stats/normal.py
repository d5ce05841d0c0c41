"""How many standard deviations of a normal distribution hold a given share of it."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

_STANDARD = NormalDist()


@lru_cache(maxsize=256)
def two_sided_z(level: float) -> float:
    """z with P(|Z| <= z) = `level`, for a level above 0 and below 1.

    Raises ValueError for another level.

    >>> round(two_sided_z(0.95), 6), round(two_sided_z(0.999), 6)
    (1.959964, 3.290527)
    """
    if not 0.0 < level < 1.0:
        msg = f"a confidence level lies between 0 and 1, not {level}"
        raise ValueError(msg)
    # From the tail, which keeps its digits where `level` is all but 1.
    return -_STANDARD.inv_cdf((1.0 - level) / 2.0)


@lru_cache(maxsize=256)
def one_sided_z(chance: float) -> float:
    """z with P(Z <= z) = `chance`, for a chance above 0 and below 1.

    >>> round(one_sided_z(0.8), 6)
    0.841621
    """
    return _STANDARD.inv_cdf(chance)
