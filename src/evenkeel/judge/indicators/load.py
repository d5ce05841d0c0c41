"""Estimate of throughput: the busiest five minutes as a share of the declared capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.stats.poisson import poisson_interval
from evenkeel.store.telemetry.port import MinuteRow

#: Length of the peak that is judged: shorter ones are absorbed by queues.
PEAK_MINUTES = 5


def estimate_load(
    rows: Sequence[MinuteRow], capacity_per_minute: float | None, step_minutes: int, given: Circumstances
) -> Estimate:
    """Requests per minute in the busiest `step_minutes` of the window, divided by the capacity.

    The bounds are those of a Poisson count: the load that causes the peak, not the peak that was seen.
    The lower one pays for having picked the busiest of all stretches of the window.
    """
    loads = [row.requests + row.excluded + row.undetermined for row in rows]
    peak = max(loads, default=0.0)
    stretches = max(1, round(given.window.minutes / step_minutes))
    if not capacity_per_minute:
        return _undeclared(peak, given)
    room = capacity_per_minute * step_minutes
    low, high = poisson_interval(peak, alpha_low=given.alpha_low / stretches, alpha_high=given.alpha_high)
    shown_low, shown_high = poisson_interval(peak, alpha_low=0.025, alpha_high=0.025)
    missing = given.coverage < 1.0
    return Estimate(
        value=peak / room if sum(loads) > 0 else None,
        unit="ratio",
        low=low / room,
        high=high / room,
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=sum(loads),
        method="Poisson bounds of the busiest five minutes",
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=shown_low / room,
        shown_high=shown_high / room,
        if_missing_good=low / room if missing else None,
        # A hole may have held any load: only what was seen beyond the alert is certain.
        if_missing_bad=float("inf") if missing else None,
        needs=given.need(1, "whole window without a hole", sum(loads)),
        reasons=given.reasons,
        evidence=given.evidence,
        parts={"peak_per_minute": peak / step_minutes, "capacity_per_minute": capacity_per_minute},
    )


def _undeclared(peak: float, given: Circumstances) -> Estimate:
    """Without a capacity there is nothing to compare the load with."""
    return replace(
        given.unknown("ratio", "no capacity declared"),
        needs=Need(more=1, of="capacity in the configuration (services: …: capacity: {requests_per_minute: …})"),
        reasons=(*given.reasons, "no_capacity"),
        parts={"peak_per_minute": peak / PEAK_MINUTES},
    )
