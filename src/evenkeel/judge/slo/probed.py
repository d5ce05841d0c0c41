"""SLIs of named probes: since when their runs are counted, and how many of them are missing.

A service that is heard from says nothing of its golden query: what is missing is told by each probe's own interval.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.objectives.cadence import CADENCE_UNKNOWN_S
from evenkeel.judge.slo.ledger import find_silences, minutes_of
from evenkeel.judge.slo.stream import Floats, Moments
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, floor_hour
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: The first run is looked for as far back as hours are kept.
_BACK_US: Final = 400 * US_PER_DAY
#: Runs are read anew after this long.
_KEPT_US: Final = US_PER_MINUTE
#: Probes and periods that runs are remembered for.
_HEARD_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a probe runs: every so many seconds, at so many places."""

    every_s: float
    vantages: int = 1


#: The pace of a probe by its name; None where it is not configured.
Paces = Callable[[str], Pace | None]


def no_probe(name: str) -> Pace | None:
    """Where nothing is probed."""
    del name
    return None


class ProbeRunsReader:
    """Answers when named probes ran. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry, pace: Paces) -> None:
        self._telemetry = telemetry
        self._pace = pace
        self._began: dict[tuple[ServiceKey, str], int] = {}
        self._heard: dict[tuple[ServiceKey, str, int], tuple[int, tuple[Window, ...]]] = {}
        self._lock = threading.Lock()

    def began_us(self, key: ServiceKey, names: Sequence[str], now_us: int) -> int | None:
        """The minute of the first run that is known of any of the probes."""
        found = [at_us for name in names if (at_us := self._began_us(key, name, now_us)) is not None]
        return min(found, default=None)

    def missing(self, key: ServiceKey, names: Sequence[str], window: Window, excluded: Sequence[Window]) -> float:
        """Runs that should have been in `window` without `excluded`, and said nothing of the service or were not."""
        return sum(self._missing(key, name, window, excluded) for name in names)

    def _missing(self, key: ServiceKey, name: str, window: Window, excluded: Sequence[Window]) -> float:
        began_us = self._began_us(key, name, window.end_us)
        if began_us is None:
            return 0.0
        since = Window(min(max(window.start_us, began_us), window.end_us), window.end_us)
        pace = self._pace(name) or Pace(CADENCE_UNKNOWN_S)
        heard = [span for span in self._runs(key, name, window, pace.every_s) if span.start_us < window.end_us]
        holes = find_silences(heard, since, pace.every_s)
        minutes = sum(minutes_of(hole, excluded) for hole in holes)
        return max(1.0, minutes * 60.0 / pace.every_s * pace.vantages) if minutes > 0.0 else 0.0

    def _began_us(self, key: ServiceKey, name: str, now_us: int) -> int | None:
        with self._lock:
            known = self._began.get((key, name))
        if known is not None:
            return known
        hours, _ = self._read(key, name, Window(floor_hour(now_us - _BACK_US), now_us + US_PER_MINUTE), 60)
        if not hours.size:
            return None
        first_us = int(hours[0])
        minutes, _ = self._read(key, name, Window(first_us, first_us + US_PER_HOUR), 1)
        began_us = int(minutes[0]) if minutes.size else first_us
        with self._lock:
            self._began[key, name] = began_us
        return began_us

    def _runs(self, key: ServiceKey, name: str, window: Window, every_s: float) -> tuple[Window, ...]:
        """The minutes from the start of `window` on in which a probe ran, or whole hours of days before."""
        place = (key, name, floor_hour(window.start_us))
        with self._lock:
            known = self._heard.get(place)
        if known is not None and window.end_us <= known[0] + _KEPT_US:
            return known[1]
        day_us = max(place[2], floor_hour(window.end_us - US_PER_DAY))
        before = self._runs_before(key, name, Window(place[2], day_us), every_s)
        today, _ = self._read(key, name, Window(day_us, window.end_us + US_PER_MINUTE), 1)
        found = (*before, *_spans(today, US_PER_MINUTE))
        with self._lock:
            if len(self._heard) >= _HEARD_MAX:
                self._heard.clear()
            self._heard[place] = (window.end_us, found)
        return found

    def _runs_before(self, key: ServiceKey, name: str, window: Window, every_s: float) -> list[Window]:
        """Hours with all their runs, and the minutes of those with fewer, as far back as minutes are kept."""
        hours, runs = self._read(key, name, window, 60)
        thin = hours[runs <= 3_600.0 / every_s - 1.0]
        if not thin.size:
            return _spans(hours, US_PER_HOUR)
        minutes, _ = self._read(key, name, Window(int(thin[0]), int(thin[-1]) + US_PER_HOUR), 1)
        minutes = minutes[np.isin(_hours_of(minutes), thin)]
        untold = hours[~np.isin(hours, _hours_of(minutes))]
        found = [*_spans(untold, US_PER_HOUR), *_spans(minutes, US_PER_MINUTE)]
        return sorted(found, key=lambda span: span.start_us)

    def _read(self, key: ServiceKey, name: str, window: Window, step_minutes: int) -> tuple[Moments, Floats]:
        """(when, how many runs) of each minute or hour with any."""
        series = self._telemetry.counts(window, step_minutes=step_minutes, keys=(key,), probes=(name,)).get(key)
        runs = series.by_probe.get(name) if series else None
        if series is None or runs is None:
            return np.empty(0, np.int64), np.empty(0)
        total = runs.good + runs.bad
        return series.at[total > 0], total[total > 0]


def _spans(at: Moments, length_us: int) -> list[Window]:
    return [Window(start_us, start_us + length_us) for start_us in map(int, at)]


def _hours_of(at: Moments) -> Moments:
    return at // US_PER_HOUR * US_PER_HOUR
