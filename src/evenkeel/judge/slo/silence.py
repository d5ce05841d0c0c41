"""When a service was not heard from although it should have been: from its counters, however old they are."""

from __future__ import annotations

from typing import Final

import numpy as np

from evenkeel.judge.slo.ledger import find_silences
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, floor_hour
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

_MINUTES_PER_HOUR: Final = 60


def read_silences(telemetry: Telemetry, key: ServiceKey, window: Window, cadence_s: float) -> tuple[Window, ...]:
    """The parts of `window` (from an hour's start on) in which it was silent for longer than twice its cadence.

    The last day is told by its minutes. So is an hour before that held less than it might, as far back as minutes
    are kept: otherwise what nobody saw would be forgotten a day later.
    """
    day_us = max(window.start_us, floor_hour(window.end_us - US_PER_DAY))
    before = _heard_before(telemetry, key, Window(window.start_us, day_us), cadence_s)
    today = telemetry.minutes(key, Window(day_us, window.end_us))
    heard = [*before, *(Window(row.at, row.at + US_PER_MINUTE) for row in today)]
    return find_silences(heard, window, cadence_s)


def _heard_before(telemetry: Telemetry, key: ServiceKey, window: Window, cadence_s: float) -> list[Window]:
    """The hours in which it was heard, those that held less than they might minute by minute."""
    series = telemetry.counts(window, step_minutes=60, keys=(key,)).get(key)
    if series is None:
        return []
    # A silence may lie across the edge of two hours, and be half as long in each.
    missing = max(1.0, cadence_s / 60.0)
    thin = series.at[_MINUTES_PER_HOUR - series.minutes_known >= missing]
    told = np.empty(0, np.int64)
    if thin.size:
        reach = Window(int(thin[0]), int(thin[-1]) + US_PER_HOUR)
        minutes = telemetry.counts(reach, step_minutes=1, keys=(key,)).get(key)
        told = told if minutes is None else minutes.at[np.isin(minutes.at // US_PER_HOUR * US_PER_HOUR, thin)]
    untold = series.at[~np.isin(series.at, told // US_PER_HOUR * US_PER_HOUR)]
    heard = [
        *(Window(int(at), int(at) + US_PER_HOUR) for at in untold),
        *(Window(int(at), int(at) + US_PER_MINUTE) for at in told),
    ]
    return sorted(heard, key=lambda span: span.start_us)
