"""The noncentral chi-square distribution: how a sum of squares varies whose expectations are not zero.

A Poisson mixture of central ones (Johnson, Kotz, Balakrishnan 1995, chapter 29): with rate L/2, degrees of freedom
df + 2j. The central ones differ by one term each, P(a, x) - P(a + 1, x) = x^a exp(-x) / Gamma(a + 1), so the whole sum
takes one incomplete gamma function.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from evenkeel.kernel.stats.special import gamma_tails
from evenkeel.kernel.stats.tails import NORMAL

#: Beyond, the square root of X is as good as normal, and the sum would have too many terms.
_SUMMED_MAX: Final = 1e6

#: How many standard deviations of the Poisson weights are summed; 9 leave out 1e-17.
_DEVIATIONS: Final = 9.0

_STEPS_MAX: Final = 60


def noncentral_chi2_cdf(x: float, df: float, noncentrality: float) -> float:
    """P(X <= x) of a noncentral chi-square X.

    >>> round(noncentral_chi2_cdf(10.0, 3.0, 4.0), 8)
    0.775922
    """
    if x <= 0.0:
        return 0.0
    if noncentrality <= 0.0:
        return gamma_tails(df / 2.0, x / 2.0)[0]
    if noncentrality > _SUMMED_MAX:
        return NORMAL.cdf(math.sqrt(x) - math.sqrt(noncentrality + df - 1.0))
    rate, half = noncentrality / 2.0, x / 2.0
    reach = _DEVIATIONS * math.sqrt(rate) + 20.0
    first, last = max(0, math.floor(rate - reach)), math.ceil(rate + reach)
    places = np.arange(first, last + 1, dtype=float)
    start = -rate + first * math.log(rate) - math.lgamma(first + 1.0)
    weights = np.exp(start + np.concatenate([[0.0], np.cumsum(math.log(rate) - np.log(places[1:]))]))
    a = df / 2.0 + places
    start = a[0] * math.log(half) - half - math.lgamma(a[0] + 1.0)
    terms = np.exp(start + np.concatenate([[0.0], np.cumsum(math.log(half) - np.log(a[1:]))]))
    # P(a_j) = P(a_last) + the terms from j up to the last but one.
    above = np.concatenate([np.cumsum(terms[-2::-1])[::-1], [0.0]])
    central = gamma_tails(float(a[-1]), half)[0] + above
    return min(1.0, float(weights @ central))


def noncentrality_with(x: float, df: float, below: float) -> float:
    """The noncentrality at which P(X <= x) = `below`; 0 where even without any it is smaller.

    The two ends of a 95 % interval have `below` 0.975 and 0.025.

    >>> round(noncentrality_with(30.0, 9.0, 0.025), 4), noncentrality_with(5.0, 9.0, 0.975)
    (45.9505, 0.0)
    """
    goal = NORMAL.inv_cdf(below)

    def gap(root: float) -> float:
        chance = noncentral_chi2_cdf(x, df, root * root)
        return NORMAL.inv_cdf(min(max(chance, 1e-300), 1.0 - 1e-16)) - goal

    # In the square root of the noncentrality the gap is nearly a straight line, falling.
    low, high = 0.0, math.sqrt(max(x, 0.0)) + 10.0
    before, at_before = low, gap(low)
    if at_before <= 0.0:
        return 0.0
    # Where the square root of X is taken for normal, as far out it is, the root lies here.
    root = math.sqrt(max((math.sqrt(x) - goal) ** 2 - (df - 1.0), 0.0))
    for _ in range(_STEPS_MAX):
        root = root if low < root < high else (low + high) / 2.0
        here = gap(root)
        if abs(here) < 1e-9 or at_before == here:
            break
        low, high = (root, high) if here > 0.0 else (low, root)
        following = root + here * (root - before) / (at_before - here)
        before, at_before, root = root, here, following
    return root * root
