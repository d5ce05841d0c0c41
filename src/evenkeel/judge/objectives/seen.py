"""How much of a report's window its evidence is about: a day that holds none may have been good or bad.

Each day counts as much as it had requests. One on which the service was not heard from at all counts as an ordinary
one, as silence does everywhere in budgets; one on which it was heard from and asked nothing counts for nothing. Events
that are no longer kept leave such days behind as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import MinuteRow

#: What is no share or mean of trials is of the whole window as long as this part of it is seen.
SEEN_MIN: Final = 0.9
#: Means of trials: what days were like that nobody saw can be bounded, by all good and all bad.
_MEANS: Final = frozenset((Reads.LABELS, Reads.TRIALS, Reads.RETRIEVAL))
_MINUTES_PER_DAY: Final = 1_440


@dataclass(frozen=True, slots=True)
class DayTraffic:
    """What is known of a day without looking at evidence."""

    requests: float
    is_heard: bool  # a request, a heartbeat or a probe


def compute_seen(window: Window, evidence: Collection[int], traffic: Mapping[int, DayTraffic]) -> float:
    """The share of a window's traffic, 0 to 1, on days (UTC, by their start) that hold evidence.

    >>> week, busy = Window(0, 4 * US_PER_DAY), DayTraffic(100.0, is_heard=True)
    >>> compute_seen(week, {0, US_PER_DAY}, {0: busy, US_PER_DAY: busy})  # the others were silent
    0.5
    >>> idle = DayTraffic(0.0, is_heard=True)
    >>> compute_seen(week, {0, US_PER_DAY}, {0: busy, US_PER_DAY: busy, 2 * US_PER_DAY: idle, 3 * US_PER_DAY: idle})
    1.0
    """
    parts = _days_of(window)
    busy = [(traffic[day].requests, part) for day, part in parts.items() if day in traffic and traffic[day].requests]
    per_day = sum(requests for requests, _ in busy) / sum(part for _, part in busy) if busy else 1.0
    weights: dict[int, float] = {}
    for day, part in parts.items():
        known = traffic.get(day, DayTraffic(0.0, is_heard=False))
        idle = 0.0 if known.is_heard and day not in evidence else per_day * part
        weights[day] = known.requests or idle
    total = sum(weights.values())
    return sum(weight for day, weight in weights.items() if day in evidence) / total if total > 0.0 else 0.0


def tell_seen(
    found: Estimate, objective: Objective, occasion: Occasion, evidence: Callable[[Window], Collection[int]]
) -> Estimate:
    """The estimate of a report, with how much of its window was seen, and its bounds if the rest was good or bad.

    Of what is no mean of trials nobody can say what the rest would make of it: with too much missing, no bound of it
    decides (`days_missing`).
    """
    if found.value is None or found.window.end_us <= found.window.start_us:
        return found
    rows = occasion.telemetry.minutes(occasion.state.key, found.window, step_minutes=_MINUTES_PER_DAY)
    seen = compute_seen(found.window, evidence(found.window), {row.at: _traffic_of(row) for row in rows})
    seen = min(1.0, max(0.0, seen))
    if objective.definition.reads not in _MEANS:
        reasons = (*found.reasons, "days_missing") if seen < SEEN_MIN else found.reasons
        return replace(found, coverage=min(found.coverage, seen), reasons=reasons)
    if seen >= 1.0:
        return found
    scale = objective.definition.scale
    low, high = sorted((scale.badness(found.low), scale.badness(found.high)))
    return replace(
        found,
        coverage=seen,
        if_missing_good=scale.value(low * seen),
        if_missing_bad=scale.value(high * seen + 1.0 - seen),
    )


def _traffic_of(row: MinuteRow) -> DayTraffic:
    signs = row.requests + row.heartbeats + row.probes_good + row.probes_bad
    return DayTraffic(row.requests, signs > 0)


def _days_of(window: Window) -> dict[int, float]:
    """The days of a window, by their start, and the part of each that is in it."""
    first = window.start_us // US_PER_DAY * US_PER_DAY
    return {
        day: (min(day + US_PER_DAY, window.end_us) - max(day, window.start_us)) / US_PER_DAY
        for day in range(first, window.end_us, US_PER_DAY)
    }
