"""Exact bounds of a share from independent trials.

Clopper and Pearson 1934 (Biometrika 26): the bounds are beta quantiles, here one-sided each, and hold for
fractional counts too, as weights and design effects make them. Wilson 1927 is the interval shown to
people: nearer to its nominal level on average, and never outside 0 to 1.
"""

from __future__ import annotations

import math

from evenkeel.kernel.stats.special import beta_quantile

#: Standard deviations of a two-sided 95 % interval.
Z_95 = 1.959963984540054


def lower_bound(bad: float, n: float, alpha: float) -> float:
    """The share below which the true one lies with at most `alpha` chance.

    >>> round(lower_bound(3, 100, 0.05), 6)
    0.008226
    """
    if bad <= 0 or n <= 0:
        return 0.0
    if bad >= n:
        return alpha ** (1.0 / n)
    return beta_quantile(bad, n - bad + 1.0, alpha, upper=False)


def upper_bound(bad: float, n: float, alpha: float) -> float:
    """The share above which the true one lies with at most `alpha` chance.

    >>> round(upper_bound(0, 598, 0.05), 6)
    0.004997
    """
    if n <= 0 or bad >= n:
        return 1.0
    if bad <= 0:
        return -math.expm1(math.log(alpha) / n)
    return beta_quantile(bad + 1.0, n - bad, alpha, upper=True)


def exact_interval(bad: float, n: float, alpha: float) -> tuple[float, float]:
    """The two-sided interval of Clopper and Pearson, each side at `alpha` / 2: it covers at least 1 - `alpha`.

    >>> [round(bound, 4) for bound in exact_interval(3, 100, 0.05)]
    [0.0062, 0.0852]
    """
    return lower_bound(bad, n, alpha / 2.0), upper_bound(bad, n, alpha / 2.0)


def wilson_interval(bad: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """The interval shown to people.

    >>> [round(bound, 4) for bound in wilson_interval(3, 100)]
    [0.0103, 0.0845]
    """
    if n <= 0:
        return 0.0, 1.0
    share = bad / n
    centre = share + z * z / (2.0 * n)
    half = z * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    scale = 1.0 + z * z / n
    low = 0.0 if bad <= 0 else max(0.0, (centre - half) / scale)
    return low, 1.0 if bad >= n else min(1.0, (centre + half) / scale)


def needed_for_upper(bound: float, alpha: float) -> int:
    """How many trials without one failure bring the upper bound down to `bound`.

    >>> needed_for_upper(0.005, 0.05), needed_for_upper(0.001, 0.05)
    (598, 2995)
    """
    if bound >= 1.0:
        return 1
    if bound <= 0.0:
        msg = f"no number of clean trials proves a share of {bound} or less"
        raise ValueError(msg)
    return math.ceil(math.log(alpha) / math.log1p(-bound) - 1e-9)
