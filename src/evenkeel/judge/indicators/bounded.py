"""Estimates of figures that have bounds of their own: the area under the ROC curve, calibration, errors of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.verdict import Limits


@dataclass(frozen=True, slots=True)
class Bounded:
    """A value with the bounds that decide and those that are shown, from `n` labels; None where there is no value."""

    value: float | None
    low: float
    high: float
    shown: tuple[float, float] | None
    n: float
    method: str
    parts: Mapping[str, float] = field(default_factory=dict[str, float])


def estimate_bounded(found: Bounded, unit: str, limits: Limits, given: Circumstances) -> Estimate:
    """The estimate; what would settle it is reckoned from how wide the bounds are, which shrink by the root of n."""
    value = found.value
    low, high = (found.low, found.high) if value is None else (min(found.low, value), max(found.high, value))
    return Estimate(
        value=value,
        unit=unit,
        low=low,
        high=high,
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=found.n if value is not None else 0,
        method=found.method,
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=None if found.shown is None else found.shown[0],
        shown_high=None if found.shown is None else found.shown[1],
        needs=given.need(_more(found, limits), "labels", found.n),
        reasons=given.reasons,
        evidence=given.evidence,
        parts=dict(found.parts),
    )


def _more(found: Bounded, limits: Limits) -> float:
    """About how many more labels say on which side of the limits it is; at least a tenth more, at least 50."""
    least = max(50.0, found.n / 10)
    if found.value is None or not (math.isfinite(found.low) and math.isfinite(found.high)):
        return max(least, found.n)
    target, alert = limits.target, limits.target if limits.alert is None else limits.alert
    gap = min(abs(found.value - target), abs(found.value - alert))
    reach = max(found.high - found.value, found.value - found.low)
    return max(least, math.ceil(found.n * ((reach / gap) ** 2 - 1.0))) if gap > 0.0 else max(least, found.n)
