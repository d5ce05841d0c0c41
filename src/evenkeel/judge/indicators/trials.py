"""Estimate of how bad trials were on average: shares of labelled predictions and of answers, means of ratings.

The bounds that decide are those of `kernel.stats.clusters`: whatever happens inside a cluster, and for badness between
0 and 1 as for a share. Where trials were sampled with different weights, they count as fewer: (Σw)²/Σw² (Kish 1965).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.model import Scale
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.stats.binomial import needed_for_upper
from evenkeel.kernel.stats.shares import needed_to_settle
from evenkeel.kernel.verdict import Limits
from evenkeel.store.telemetry.trial_port import Trials

#: -2 ln of the risk of 5 % that the bound which proves an ok may err.
_NOISE = 6.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is estimated of trials: the unit, what a badness means in it, the limits, and what `n` counts."""

    unit: str
    scale: Scale
    limits: Limits
    counts: str

    def bad_limits(self) -> tuple[float, float]:
        """Target and alert as badness from 0 to 1."""
        alert = self.limits.target if self.limits.alert is None else self.limits.alert
        return self.scale.badness(self.limits.target), self.scale.badness(alert)


def estimate_trials(trials: Trials, wanted: Wanted, given: Circumstances) -> Estimate:
    """The mean badness of the trials in the unit that is wanted, with bounds that allow for clusters and weights."""
    bounds = given.bounds(*_scaled(trials), by=trials.by)
    target, alert = wanted.bad_limits()
    alphas = (given.alpha_low, given.alpha_high)
    more = needed_to_settle(bounds, target, beyond=bounds, alert=alert, alphas=alphas) if 0 < alert < 1 else 1.0
    low, high = _in_unit(wanted.scale, bounds.low, bounds.high)
    shown_low, shown_high = _in_unit(wanted.scale, bounds.shown_low, bounds.shown_high)
    return Estimate(
        value=wanted.scale.value(bounds.value) if trials.rows else None,
        unit=wanted.unit,
        low=low,
        high=high,
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=trials.rows,
        method=f"{bounds.method}; clusters are {trials.by}s",
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=shown_low,
        shown_high=shown_high,
        needs=given.need(more, wanted.counts, bounds.n),
        reasons=given.reasons + (("sampling_unknown",) if trials.sampled_unknown else ()),
        evidence=given.evidence,
        parts={"design_effect": bounds.deff, "effective_n": bounds.n / bounds.deff},
    )


def estimate_drop(now: Trials, before: Trials, wanted: Wanted, given: Circumstances) -> Estimate:
    """By how much a share of good ones is lower than before, in points.

    Each side has the half of what the bounds may err. People see the interval of Zou and Donner (2008, MOVER).
    """
    halved = replace(given, alpha_low=given.alpha_low / 2, alpha_high=given.alpha_high / 2)
    turned = replace(halved, alpha_low=halved.alpha_high)
    was, held = halved.bounds(*_scaled(before, good=True), by=before.by), turned.bounds(*_scaled(before), by=before.by)
    found = halved.bounds(*_scaled(now), by=now.by)
    is_known = now.rows > 0 and before.rows > 0
    value = found.value - held.value
    # `was` bounds the good ones from below, and with that the bad ones from above.
    low, high = found.low - (1.0 - was.low), found.high - held.low
    target, _ = wanted.limits.oriented()
    gap = max(abs(target - value), 1e-3)
    more = _NOISE * found.deff * max(found.value * (1.0 - found.value), 0.01) / gap**2 - now.rows
    return Estimate(
        value=value if is_known else None,
        unit=wanted.unit,
        low=min(low, value),
        high=max(high, value),
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=now.rows if is_known else 0,
        method=f"{found.method}; clusters are {now.by}s; the same before",
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=value - math.hypot(found.value - found.shown_low, held.shown_high - held.value),
        shown_high=value + math.hypot(found.shown_high - found.value, held.value - held.shown_low),
        needs=given.need(max(1.0, now.rows / 10, math.ceil(more)), wanted.counts, now.rows),
        reasons=given.reasons + (("sampling_unknown",) if now.sampled_unknown or before.sampled_unknown else ()),
        evidence=given.evidence,
        parts={"accuracy_now": 1.0 - found.value, "accuracy_before": 1.0 - held.value, "n_before": before.rows},
    )


def _scaled(trials: Trials, *, good: bool = False) -> tuple[list[float], list[float]]:
    """Totals and bad ones (or good ones) of each cluster, as if each trial had the weight 1."""
    weight = sum(trials.total)
    per_row = trials.squares / weight if weight > 0 and trials.squares > 0 else 1.0
    pairs = zip(trials.total, trials.bad, strict=True)
    hits = [(total - bad if good else bad) / per_row for total, bad in pairs]
    return [each / per_row for each in trials.total], hits


def trials_to_say(wanted: Wanted) -> float:
    """About how many trials prove an ok of a service that is at its target: what a window grows for.

    >>> from evenkeel.judge.indicators.model import GOOD_SHARE
    >>> trials_to_say(Wanted("ratio", GOOD_SHARE, Limits(0.90, 0.85, larger_is_worse=False), "predictions"))
    216.0
    """
    target, alert = wanted.bad_limits()
    if not 0.0 < alert < 1.0:
        return 1.0
    clean = float(needed_for_upper(alert, 0.05))
    if alert <= target:
        return clean
    return max(clean, float(round(_NOISE * target * (1.0 - target) / (alert - target) ** 2)))


def trials_to_compare(limits: Limits) -> float:
    """About how many trials prove that a share of some 10 % bad ones grew by less than the alert, if it did not grow.

    >>> trials_to_compare(Limits(0.05))
    432.0
    """
    alert = limits.target if limits.alert is None else limits.alert
    return float(round(2.0 * _NOISE * 0.1 * 0.9 / max(alert, 0.01) ** 2))


def _in_unit(scale: Scale, low: float, high: float) -> tuple[float, float]:
    """Bounds of a badness as bounds of the value."""
    first, second = scale.value(low), scale.value(high)
    return min(first, second), max(first, second)
