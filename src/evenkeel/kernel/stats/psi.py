"""Population stability index: the sum of (p - q) log(p / q) over the bins of two samples, and what of it is chance.

Two samples of one distribution have a PSI too: PSI / (1/n + 1/m) is about chi-square with bins - 1 degrees of freedom,
so its mean is (bins - 1)(1/n + 1/m), and with a true PSI it is noncentral. Taking that mean off, and inverting the
noncentral distribution, tells what is left beyond chance and its interval (covers 92 to 97 % at nominal 95 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.kernel.stats.monte_carlo import Ints
from evenkeel.kernel.stats.noncentral import noncentrality_with

#: Added to every bin, so that an empty one has a share: half a row (Jeffreys).
_PSEUDO_COUNT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Psi:
    """`value` is the index as usually computed; `debiased` what of it is beyond chance, in [`low`, `high`] (95 %).

    `low_one_sided` is the 95 % bound that decides: the index exceeds it in 95 of 100 cases.
    """

    value: float
    debiased: float
    low: float
    high: float
    low_one_sided: float
    bins: int
    n: int
    m: int


def psi(reference: Ints, window: Ints, *, design_effect: float = 1.0) -> Psi:
    """The index of two samples in the same bins. Of an empty sample nothing can be shown: 0, from 0 to infinity.

    Rows that depend on each other make more noise: `design_effect` times as much (see `clusters`).

    >>> found = psi(np.array([500, 500]), np.array([400, 600]))
    >>> round(found.value, 4), round(found.debiased, 4), round(found.low, 3), round(found.high, 3)
    (0.0405, 0.0385, 0.013, 0.083)
    """
    n, m, bins = int(reference.sum()), int(window.sum()), int(reference.size)
    if n == 0 or m == 0:
        return Psi(0.0, 0.0, 0.0, float("inf"), 0.0, bins, n, m)
    value = plain_psi(reference, window)
    noise = design_effect * (1.0 / n + 1.0 / m)
    df = bins - 1
    if df < 1:
        return Psi(value, 0.0, 0.0, 0.0, 0.0, bins, n, m)
    low, one_sided, high = (noise * noncentrality_with(value / noise, df, below) for below in (0.975, 0.95, 0.025))
    debiased = max(0.0, value - df * noise)
    return Psi(value, debiased, low, max(high, debiased), one_sided, bins, n, m)


def plain_psi(reference: Ints, window: Ints) -> float:
    """The index alone.

    >>> plain_psi(np.array([10, 10]), np.array([10, 10]))
    0.0
    """
    bins = reference.size
    p = (reference + _PSEUDO_COUNT) / (reference.sum() + _PSEUDO_COUNT * bins)
    q = (window + _PSEUDO_COUNT) / (window.sum() + _PSEUDO_COUNT * bins)
    return float(((p - q) * np.log(p / q)).sum())
