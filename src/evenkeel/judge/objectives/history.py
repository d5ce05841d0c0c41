"""What one service's minutes say: cadence, coverage, minutes for availability, peaks for throughput.

The last day is kept in memory and renewed at its end only; the rest of the month is read once in a while.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.indicators.load import PEAK_MINUTES
from evenkeel.judge.indicators.minutes import RUN_APART_US, MinuteCounts, count_each
from evenkeel.judge.objectives.cadence import Activity, Coverage, find_coverage, learn_cadence_s
from evenkeel.kernel.sketch import merge
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, floor_hour, floor_minute
from evenkeel.store.telemetry.port import LATE_US, Clusters, Histogram, MinuteRow, Sample, ServiceKey, Telemetry

#: After this the whole day is read again, for what was taken back.
RELOAD_US: Final = 15 * US_PER_MINUTE
#: After this, where events came later than `LATE_US`: a sender may do so all day.
RELOAD_LATE_US: Final = US_PER_MINUTE
MONTH_RELOAD_US: Final = 30 * US_PER_MINUTE


@dataclass(slots=True)
class MonthPart:
    """The part of the report window before the last day, summarised."""

    window: Window
    loaded_at_us: int
    minutes: list[MinuteCounts]  # per hour
    missing_s: float
    peak: float  # requests in the busiest five minutes
    sample: Sample | None = None  # by the hour, once it was asked for


@dataclass(slots=True)
class MinuteHistory:
    """One service's last day of minutes."""

    key: ServiceKey
    rows: dict[int, MinuteRow] = field(default_factory=dict[int, MinuteRow])
    read_until_us: int = 0
    loaded_at_us: int = 0
    month: MonthPart | None = None
    folded_late: int = 0  # the last fold with late events that was read
    _order: list[int] = field(default_factory=list[int])  # the minutes of `rows`, in order
    _signals: dict[int, Activity] = field(default_factory=dict[int, Activity])  # of those that hold any
    _activity: list[Activity] = field(default_factory=list[Activity])
    _active_at: list[int] = field(default_factory=list[int])

    def refresh(self, telemetry: Telemetry, now_us: int, folded_late: int = 0) -> None:
        """Read what is new since the last look, or all when that was long ago or something came late."""
        day_start = floor_minute(now_us - US_PER_DAY)
        if folded_late > self.folded_late and now_us - self.loaded_at_us >= RELOAD_LATE_US:
            self.loaded_at_us, self.month, self.folded_late = 0, None, folded_late
        if now_us - self.loaded_at_us > RELOAD_US or now_us < self.read_until_us:
            start, self.loaded_at_us = day_start, now_us
            self.rows.clear()
            self._signals.clear()
        else:
            start = max(day_start, floor_minute(self.read_until_us - LATE_US))
        read = telemetry.minutes(self.key, Window(start, max(start, now_us)))
        for row in read:
            self.rows[row.at] = row
            self._signals.pop(row.at, None)  # what it held may have been taken back
        self._signals.update((minute.at_us, minute) for minute in activity_of(read))
        for at in [at for at in self.rows if at < day_start]:
            del self.rows[at]
            self._signals.pop(at, None)
        self.read_until_us = now_us
        # Put in order once a look; the windows of all objectives are cut from it.
        self._order = sorted(self.rows)
        self._activity = [self._signals[at] for at in self._order if at in self._signals]
        self._active_at = [minute.at_us for minute in self._activity]

    def within(self, window: Window) -> list[MinuteRow]:
        """The rows of a window inside the last day, in order."""
        first, last = bisect_left(self._order, window.start_us), bisect_left(self._order, window.end_us)
        return [self.rows[at] for at in self._order[first:last]]

    def minutes(self, window: Window) -> list[MinuteCounts]:
        """The minutes of a window inside the last day that have evidence, each judged beside those around it."""
        around = self.within(Window(window.start_us - RUN_APART_US, window.end_us))
        return [counts for at, counts in count_each(around) if at >= window.start_us]

    def activity(self) -> list[Activity]:
        """The minutes that held a sign of life, in order."""
        return list(self._activity)

    def cadence_s(self) -> float:
        """The learned interval between signs of life."""
        return learn_cadence_s(self._activity)

    def coverage(self, window: Window, cadence_s: float, last_at_us: int) -> Coverage:
        """The part of a window inside the last day in which the service was heard."""
        first = bisect_right(self._active_at, window.start_us - US_PER_MINUTE)
        last = bisect_left(self._active_at, window.end_us)
        return find_coverage(self._activity[first:last], window, cadence_s, heard_until_us=last_at_us)

    def month_before_today(self, telemetry: Telemetry, window: Window, cadence_s: float, now_us: int) -> MonthPart:
        """The report window up to a day ago, read again every half hour."""
        # An hour or two into the last day, which goes on sliding until this is read again.
        end = max(window.start_us, floor_hour(now_us - US_PER_DAY + 2 * US_PER_HOUR))
        part = Window(window.start_us, end)
        known = self.month
        fresh = known is not None and now_us - known.loaded_at_us < MONTH_RELOAD_US
        if known is None or not fresh or known.window.start_us != part.start_us:
            rows: Sequence[MinuteRow] = telemetry.minutes(self.key, part) if end > part.start_us else ()
            coverage = find_coverage(activity_of(rows), part, cadence_s, heard_until_us=part.end_us)
            known = MonthPart(part, now_us, per_hour(rows), coverage.missing_s, peak_load(rows))
            self.month = known
        return known

    def sample_before_today(self, telemetry: Telemetry, part: MonthPart, thresholds: Sequence[float]) -> Sample:
        """The requests of that part of the report window by the hour, read again together with it."""
        if part.sample is None or set(part.sample.clusters.slow) != set(thresholds):
            (part.sample,) = telemetry.samples(self.key, [part.window], by="hour", thresholds=thresholds)
        return part.sample


def joined(first: Sample, second: Sample) -> Sample:
    """The evidence of two stretches of time, one after the other, grouped by time."""
    a, b = first.clusters, second.clusters
    clusters = Clusters(
        a.by,
        [*a.total, *b.total],
        [*a.bad, *b.bad],
        [*a.timed, *b.timed],
        {threshold: [*a.slow[threshold], *b.slow[threshold]] for threshold in a.slow},
        a.sampled_unknown or b.sampled_unknown,
    )
    counts = merge(first.latencies.counts, second.latencies.counts)
    return Sample(clusters, Histogram(counts, first.latencies.zero + second.latencies.zero))


def activity_of(rows: Sequence[MinuteRow]) -> list[Activity]:
    """The signs of life in one-minute rows."""
    signals = (
        (row.at, row.requests + row.excluded + row.undetermined + row.attempts + row.heartbeats
         + row.probes_good + row.probes_bad)
        for row in rows
    )  # fmt: skip
    return [Activity(at, count) for at, count in signals if count > 0]


def per_hour(rows: Sequence[MinuteRow]) -> list[MinuteCounts]:
    """Known and bad minutes of each hour that has any."""
    hours: dict[int, tuple[int, int]] = {}
    for at, counts in count_each(rows):
        known, bad = hours.get(floor_hour(at), (0, 0))
        hours[floor_hour(at)] = (known + counts.known, bad + counts.bad)
    return [MinuteCounts(known, bad) for known, bad in hours.values()]


def peak_load(rows: Sequence[MinuteRow]) -> float:
    """Requests in the busiest five minutes (aligned to the clock)."""
    return max((row.requests + row.excluded + row.undetermined for row in by_peak(rows)), default=0.0)


def by_peak(rows: Sequence[MinuteRow]) -> list[MinuteRow]:
    """One-minute rows added up to stretches of five minutes, for their loads only."""
    length = PEAK_MINUTES * US_PER_MINUTE
    sums: dict[int, list[float]] = {}
    for row in rows:
        loads = sums.setdefault(row.at // length * length, [0.0, 0.0, 0.0, 0.0])
        for place, count in enumerate((row.good, row.bad, row.excluded, row.undetermined)):
            loads[place] += count
    return [
        MinuteRow(at, good, bad, excluded, 0.0, 0, 0, 0, 0, 0.0, 0.0, undetermined=undetermined)
        for at, (good, bad, excluded, undetermined) in sorted(sums.items())
    ]
