"""The bounds of a share that the product decides by, and those it shows: one procedure for all indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.kernel.stats.binomial import upper_bound, wilson_interval
from evenkeel.kernel.stats.clusters import design_effect, lower_share


@dataclass(frozen=True, slots=True)
class ShareBounds:
    """A share of bad ones among `n`, in ratios from 0 to 1.

    `low` holds over repeated looks and bursts (see `clusters`), `high` is exact for n / `deff` independent
    ones; `shown_low` and `shown_high` are the 95 % Wilson interval of as many.
    """

    value: float
    low: float
    high: float
    shown_low: float
    shown_high: float
    n: float
    bad: float
    deff: float
    method: str


def share_bounds(total: Sequence[float], bad: Sequence[float], *, alpha_low: float, alpha_high: float) -> ShareBounds:
    """Bounds of the share of bad ones in clusters of `total[i]` of which `bad[i]` are bad.

    >>> bounds = share_bounds([1.0] * 40, [1.0] + [0.0] * 39, alpha_low=1e-6, alpha_high=0.05)
    >>> bounds.low, round(bounds.high, 3)
    (0.0, 0.113)
    """
    n, failed = float(sum(total)), float(sum(bad))
    deff = design_effect(total, bad)
    effective, effective_bad = n / deff, failed / deff
    value = failed / n if n > 0 else 0.0
    low = lower_share(total, bad, alpha_low) if failed > 0 else 0.0
    high = max(value, low, upper_bound(effective_bad, effective, alpha_high))
    shown_low, shown_high = wilson_interval(effective_bad, effective)
    method = "betting on clusters below, Clopper-Pearson above"
    if deff >= 1.1:
        method += f", design effect {deff:.2g}"
    return ShareBounds(value, low, high, shown_low, shown_high, n, failed, deff, method)
