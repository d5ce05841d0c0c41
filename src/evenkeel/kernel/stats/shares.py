"""The bounds of a share that the product decides by, and those it shows: one procedure for all indicators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.kernel.stats.binomial import needed_for_upper, upper_bound, wilson_interval
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


def share_bounds(
    total: Sequence[float], bad: Sequence[float], *, alpha_low: float, alpha_high: float, hits_min: int = 1
) -> ShareBounds:
    """Bounds of the share of bad ones in clusters of `total[i]` of which `bad[i]` are bad.

    Fewer than `hits_min` clusters that fail prove nothing (see `clusters.TIME_HITS_MIN`).

    >>> bounds = share_bounds([1.0] * 40, [1.0] + [0.0] * 39, alpha_low=1e-6, alpha_high=0.05)
    >>> bounds.low, round(bounds.high, 3)
    (0.0, 0.115)
    """
    n, failed = float(sum(total)), float(sum(bad))
    deff = design_effect(total, bad)
    effective, effective_bad = n / deff, failed / deff
    value = failed / n if n > 0 else 0.0
    low = lower_share(total, bad, alpha_low, hits_min=hits_min) if failed > 0 else 0.0
    high = max(value, low, upper_bound(effective_bad, effective, alpha_high))
    shown_low, shown_high = wilson_interval(effective_bad, effective)
    method = "betting on clusters below, Clopper-Pearson above"
    if deff >= 1.1:
        method += f", design effect {deff:.2g}"
    return ShareBounds(value, low, high, shown_low, shown_high, n, failed, deff, method)


def needed_to_settle(
    over: ShareBounds, limit: float, *, beyond: ShareBounds, alert: float, alphas: tuple[float, float]
) -> float:
    """About how many more requests like those seen settle the question one way or the other; at least 1.

    `over` is the share that a proof against the target (`limit`) is about, `beyond` the one that must be shown
    to lie within `alert`: the same share with two limits, or shares beyond two thresholds with one. `alphas` are
    the risks of the lower and the upper bound. An estimate for people to plan by, not a bound.

    >>> quiet = share_bounds([1.0] * 100, [0.0] * 100, alpha_low=1e-6, alpha_high=0.05)
    >>> needed_to_settle(quiet, 0.001, beyond=quiet, alert=0.005, alphas=(1e-6, 0.05))
    498.0
    """
    more = min(_needed_to_clear(beyond, alert, alphas[1]), _needed_to_refute(over, limit, alphas[0]))
    # Where both are beyond reckoning, or reckoned too low (it is not settled yet), it takes a good part as much again.
    return max(1.0, math.ceil(over.n / 10), more if math.isfinite(more) else over.n)


def _needed_to_clear(beyond: ShareBounds, alert: float, alpha: float) -> float:
    """How many more until the upper bound falls to `alert`, at the share that was seen."""
    gap = alert - beyond.value
    if gap <= 0.0:
        return math.inf
    by_noise = -2.0 * math.log(alpha) * beyond.value * (1.0 - beyond.value) / gap**2
    return max(needed_for_upper(alert, alpha), by_noise) * beyond.deff - beyond.n


def _needed_to_refute(over: ShareBounds, limit: float, alpha: float) -> float:
    """How many more until the lower bound passes `limit`: the wealth grows by the relative entropy per request."""
    share = over.value
    if share <= limit or limit <= 0.0:
        return math.inf
    entropy = share * math.log(share / limit)
    if share < 1.0:
        entropy += (1.0 - share) * math.log((1.0 - share) / (1.0 - limit))
    return -math.log(alpha) * over.deff / entropy - over.n
