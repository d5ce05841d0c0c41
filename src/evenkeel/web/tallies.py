"""Counters for scrapers: what was folded since this process started, by service. They never fall.

A sum over what is stored would fall: a request that is sent again is good where it was bad, minutes are judged
anew, retention deletes. Prometheus takes a counter that falls for one that began again at zero, and adds all of it
once more; one corrected request would count as a million. So counters begin at zero with the process, which is a
reset that Prometheus knows how to handle, and one that would fall waits until the rest has caught up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window, floor_hour, floor_minute
from evenkeel.store.telemetry.port import ServiceKey, Telemetry, Thresholds
from evenkeel.store.telemetry.series import CountSeries

#: Events may come late by this much and still be counted.
LATE_US: Final = 2 * US_PER_HOUR
#: A window that has grown beyond this begins anew; it bounds what a scrape reads.
WINDOW_MAX_US: Final = 12 * US_PER_HOUR
#: A minute is judged when it is over and what belongs to it was folded.
SETTLED_US: Final = US_PER_MINUTE

REQUESTS: Final = "evenkeel_requests_total"
TIMED: Final = "evenkeel_requests_timed_total"
SLOWER: Final = "evenkeel_requests_slower_total"
MINUTES: Final = "evenkeel_availability_total"  # of minutes; in no unit, which is what promtool asks for
PROBES: Final = "evenkeel_probes_total"
RUNS: Final = "evenkeel_probe_runs_total"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One counter: its metric, service, and further label."""

    metric: str
    key: ServiceKey
    label: str = ""
    value: str = ""
    probe: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is counted beside what always is."""

    thresholds: tuple[float, ...] = ()
    probes: tuple[tuple[ServiceKey, str], ...] = ()


class Tallies:
    """The counters of a process. `read` is safe from any thread."""

    def __init__(self, telemetry: Telemetry, now_us: int) -> None:
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._since_us = floor_hour(now_us - LATE_US)
        self._offset = {series: -value for series, value in self._sums(now_us, _Wanted()).items()}
        self._shown: dict[Series, float] = dict.fromkeys(self._offset, 0.0)

    def read(
        self, now_us: int, thresholds: Iterable[float] = (), probes: Iterable[tuple[ServiceKey, str]] = ()
    ) -> Mapping[Series, float]:
        """Every counter as of now; `thresholds` (seconds) are counted beside the usual ones, `probes` by name."""
        wanted = _Wanted(tuple(thresholds), tuple(probes))
        with self._lock:
            sums = self._sums(now_us, wanted)
            for series, value in sums.items():
                counted = self._offset.setdefault(series, 0.0) + value
                self._shown[series] = max(self._shown.get(series, 0.0), counted)
            if now_us - self._since_us > WINDOW_MAX_US:
                self._begin_anew(sums, now_us, wanted)
            return dict(sorted(self._shown.items()))

    def _begin_anew(self, sums: Mapping[Series, float], now_us: int, wanted: _Wanted) -> None:
        """Read less from now on, and keep what was counted before."""
        self._since_us = floor_hour(now_us - LATE_US)
        rest = self._sums(now_us, wanted)
        for series, value in sums.items():
            self._offset[series] += value - rest.get(series, 0.0)

    def _sums(self, now_us: int, wanted: _Wanted) -> dict[Series, float]:
        thresholds = sorted({*Thresholds().default, *wanted.thresholds})
        names = sorted({name for _, name in wanted.probes})
        window = Window(self._since_us, floor_minute(now_us) + US_PER_MINUTE)
        found = self._telemetry.counts(window, step_minutes=1, thresholds=thresholds, probes=names)
        # A counter that is there before its first event loses none: what it begins with counts for nothing.
        sums = {series: 0.0 for state in self._telemetry.services() for series in _zeros(state.key, thresholds)}
        sums |= {_run(key, name, outcome): 0.0 for key, name in wanted.probes for outcome in ("good", "bad")}
        for key, series in found.items():
            sums |= _sums_of(key, series, now_us)
            for name, runs in series.by_probe.items():
                sums[_run(key, name, "good")] = float(runs.good.sum())
                sums[_run(key, name, "bad")] = float(runs.bad.sum())
        return sums


def _run(key: ServiceKey, name: str, outcome: str) -> Series:
    return Series(RUNS, key, "outcome", outcome, name)


def _zeros(key: ServiceKey, thresholds: Sequence[float]) -> list[Series]:
    requests = [Series(REQUESTS, key, "outcome", outcome) for outcome in ("good", "bad", "excluded", "undetermined")]
    slower = [Series(SLOWER, key, "threshold", f"{each:g}") for each in thresholds]
    minutes = [Series(MINUTES, key, "state", state) for state in ("good", "bad")]
    probes = [Series(PROBES, key, "outcome", outcome) for outcome in ("good", "bad")]
    return [*requests, Series(TIMED, key), *slower, *minutes, *probes]


def _sums_of(key: ServiceKey, series: CountSeries, now_us: int) -> dict[Series, float]:
    settled = series.at <= now_us - SETTLED_US - US_PER_MINUTE
    bad_minutes = float(series.minutes_bad[settled].sum())
    by_outcome = {
        "good": series.good, "bad": series.bad, "excluded": series.excluded, "undetermined": series.undetermined,
    }  # fmt: skip
    found = {Series(REQUESTS, key, "outcome", name): float(column.sum()) for name, column in by_outcome.items()}
    found |= {Series(SLOWER, key, "threshold", f"{each:g}"): float(slow.sum()) for each, slow in series.slow.items()}
    found[Series(TIMED, key)] = float(series.timed.sum())
    found[Series(MINUTES, key, "state", "bad")] = bad_minutes
    found[Series(MINUTES, key, "state", "good")] = float(series.minutes_known[settled].sum()) - bad_minutes
    found[Series(PROBES, key, "outcome", "good")] = float(series.probes_good.sum())
    found[Series(PROBES, key, "outcome", "bad")] = float(series.probes_bad.sum())
    return found
