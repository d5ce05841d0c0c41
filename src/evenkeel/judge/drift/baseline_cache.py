"""What does not change of a service's drift: the grids of its features and the counts of its first week, read once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.judge.drift.baseline import Baseline, by_feature, choose_baseline, days_within, of_same_hours
from evenkeel.judge.drift.design import Spread, measure_spread
from evenkeel.judge.drift.kept_counts import KeptCounts, days_together
from evenkeel.judge.drift.past import PastDays, matching_days
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FIRST_DAYS_BEFORE_GRID_US, FeatureChanges, FeatureGrid, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Days without rows are no days of a reference; a service that is used once a week has its seven after that long.
_AFTER_GRID_US: Final = 56 * US_PER_DAY
#: Counts by the hour that are read at a time, and how often as many are held: those of 200 features and a week, or of
#: a few features where somebody chose 92 days. A count takes about a kilobyte.
_HOURS_READ_MAX: Final = 10_000
_HOURS_HELD: Final = 4
#: Hours and days of a map that are kept judged; of 200 features one takes 43 KB.
_COLUMNS_MAX: Final = 80
#: A service of 20 features takes about 5 MB.
_SERVICES_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Season:
    """Windows that are alike by the clock: what they hold together, and how much they differ."""

    whole: Counts
    spread: Spread


Name = tuple[str, int | None, tuple[int, ...]]
ByDay = Mapping[str, Mapping[int, Counts]]


@dataclass
class Known:
    """The grids, the first days and the baseline of each feature; its hours once they are asked for."""

    key: ServiceKey
    telemetry: Telemetry
    grids: Sequence[FeatureGrid]
    days: ByDay
    baselines: Mapping[str, Baseline]
    read_us: int
    past: PastDays | None = None
    rests_on: Mapping[int, int] = field(default_factory=dict[int, int])  # when each of its days changed last
    all_changed: int = 0  # when every count may have changed
    _hours: dict[str, Mapping[int, Counts]] = field(default_factory=dict[str, Mapping[int, Counts]])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seasons: dict[Name, Season | None] = field(default_factory=dict[Name, Season | None])
    _columns: OrderedDict[tuple[Step, int], tuple[Any, Any]] = field(
        default_factory=OrderedDict[tuple[Step, int], tuple[Any, Any]]
    )

    @property
    def hours_from_us(self) -> int:
        """From when on it is known what is usual at an hour."""
        return 0

    def hours(self, feature: str) -> Mapping[int, Counts]:
        """The hours of a feature's reference. Some features are read at a time, and not all of them are held."""
        with self._lock:
            if feature not in self._hours:
                self._read_hours(feature)
            return self._hours[feature]

    def _read_hours(self, feature: str) -> None:
        names = list(self.baselines)
        days = max((len(each.days) for each in self.baselines.values()), default=0)
        many = max(1, _HOURS_READ_MAX // max(1, days * 24))
        place = names.index(feature) // many * many if feature in self.baselines else 0
        chosen = names[place : place + many]
        rows = [
            row
            for span in days_together({day for name in chosen for day in self.baselines[name].days})
            for row in self.telemetry.feature_counts(self.key, span, step="hour", features=chosen)
        ]
        found = by_feature(rows)
        for name in list(self._hours)[: max(0, len(self._hours) + len(chosen) - _HOURS_HELD * many)]:
            del self._hours[name]
        self._hours |= {name: found.get(name, {}) for name in (*chosen, feature)}

    def days_by_hour(self, feature: str) -> list[int]:
        """The days of a feature's reference of which every row is known by the hour. Hours are kept for a shorter time.

        The first days of a feature keep theirs; days that somebody chose do not.
        """
        hours = self.hours(feature)
        rows = {day: sum(hours[at].n for at in range(day, day + US_PER_DAY, US_PER_HOUR) if at in hours)
                for day in self.baselines[feature].days}  # fmt: skip
        return [day for day, n in rows.items() if n >= self.days[feature][day].n]

    def whole(self, grid: FeatureGrid) -> Counts:
        """The days of a feature's reference together."""
        found = [self.days[grid.feature][day] for day in self.baselines[grid.feature].days]
        return merge(found) if found else empty_counts(grid.grid)

    def season(self, grid: FeatureGrid, at_us: int, step: Step) -> Season | None:
        """What the reference holds at the same hour, or on days, of the same weekday where it has seven of them.

        None where these are too few.
        """
        days = matching_days(self.baselines[grid.feature].days, at_us)
        hour = at_us % US_PER_DAY // US_PER_HOUR if step == "hour" else None
        name = (grid.feature, hour, days)
        if name not in self._seasons:
            self._seasons[name] = make_season(grid, self._held(grid, hour, days))
        return self._seasons[name]

    def spread(self, grid: FeatureGrid, days: Sequence[int]) -> Spread | None:
        """How much these days of a feature's reference differ among themselves; None where they are too few."""
        name = (grid.feature, None, tuple(days))
        if name not in self._seasons:
            self._seasons[name] = make_season(grid, self._held(grid, None, days))
        season = self._seasons[name]
        return None if season is None else season.spread

    @property
    def is_whole(self) -> bool:
        """Whether every feature has its reference for good."""
        return all(each.is_whole for each in self.baselines.values())

    def is_like(self, before: Known) -> bool:
        """Whether the reference is the same, and its hours are: they do not change without their day."""
        same = [(each.feature, each.grid.id) for each in self.grids] == [
            (each.feature, each.grid.id) for each in before.grids
        ]
        return (
            same
            and self.all_changed == before.all_changed
            and self.baselines == before.baselines
            and self.days == before.days
        )

    def keep_seasons(self, before: Known) -> None:
        """Take over what was measured of days that have not changed since."""
        grids = {(grid.feature, grid.grid.id) for grid in self.grids}
        same = {grid.feature for grid in before.grids if (grid.feature, grid.grid.id) in grids}
        for (feature, hour, days), season in list(before._seasons.items()):
            if feature in same and all(before.rests_on.get(day, -1) == self.rests_on.get(day) for day in days):
                self._seasons[feature, hour, days] = season

    def find_column(self, step: Step, at_us: int, rests_on: Any) -> Any | None:
        """What was said of all features in an hour or a day, where that rests on the same; else None."""
        with self._lock:
            held = self._columns.get((step, at_us))
        return held[1] if held is not None and held[0] == rests_on else None

    def keep_column(self, step: Step, at_us: int, made: tuple[Any, Any]) -> None:
        """Keep what was said, with what it rests on beside this reference."""
        with self._lock:
            self._columns[step, at_us] = made
            self._columns.move_to_end((step, at_us))
            while len(self._columns) > _COLUMNS_MAX:
                self._columns.popitem(last=False)

    def _held(self, grid: FeatureGrid, hour: int | None, days: Sequence[int]) -> Sequence[Counts]:
        if hour is None:
            return tuple(self.days[grid.feature][day] for day in days)
        return of_same_hours(self.hours(grid.feature), days, Window(hour * US_PER_HOUR, (hour + 1) * US_PER_HOUR))


def make_season(grid: FeatureGrid, found: Sequence[Counts]) -> Season | None:
    """Windows that are alike, as long as there are enough of them."""
    spread = measure_spread(grid.grid, found)
    return None if spread is None else Season(merge(found), spread)


class KnownServices:
    """What is known of the services that were asked for last. Safe to use from any thread.

    It is made anew where a grid, a day that it rests on, or, as long as a feature has no week, the date is another one.
    """

    def __init__(self, telemetry: Telemetry, counts: KeptCounts) -> None:
        self._telemetry = telemetry
        self._counts = counts
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[ServiceKey, PastDays | None], Known] = OrderedDict()

    def of(self, key: ServiceKey, now_us: int, past: PastDays | None = None) -> Known:
        """What is known of a service now; `past` are days that somebody chose to compare with."""
        changes, grids = self._telemetry.feature_changes(key), self._telemetry.feature_grids(key)
        with self._lock:
            held = self._held.get((key, past))
        if held is not None and _is_same(held, grids, changes, now_us):
            return held
        made = self._read(key, grids, now_us, past)
        made.all_changed = changes.whole
        made.rests_on = {day: changes.of_day(day) for day in _days_of(made, now_us)}
        if held is not None and made.is_like(held):  # a day has changed of which nothing is part of the reference
            held.rests_on, held.read_us = made.rests_on, now_us
            return held
        if held is not None:
            made.keep_seasons(held)
        with self._lock:
            self._held[key, past] = made
            self._held.move_to_end((key, past))
            while len(self._held) > _SERVICES_MAX:
                self._held.popitem(last=False)
        return made

    def _read(self, key: ServiceKey, grids: Sequence[FeatureGrid], now_us: int, past: PastDays | None) -> Known:
        if not grids:
            return Known(key, self._telemetry, (), {}, {}, now_us, past)
        span = _span_of(grids, now_us) if past is None else Window(past.start_us, past.end_us)
        days = by_feature(self._counts.read(key, span, step="day"))
        baselines = {
            grid.feature: choose_baseline(days.get(grid.feature, {}), now_us)
            if past is None
            else days_within(days.get(grid.feature, {}), span)
            for grid in grids
        }
        kept = {name: {day: days[name][day] for day in baseline.days} for name, baseline in baselines.items()}
        return Known(key, self._telemetry, tuple(grids), kept, baselines, now_us, past)


def _span_of(grids: Sequence[FeatureGrid], now_us: int) -> Window:
    """The days in which the first week of each feature may lie."""
    made = [grid.made_at for grid in grids]
    start_us = (min(made) - FIRST_DAYS_BEFORE_GRID_US) // US_PER_DAY * US_PER_DAY
    return Window(start_us, max(start_us, min(now_us, max(made) + _AFTER_GRID_US)))


def _days_of(known: Known, now_us: int) -> range:
    """The days that a change of may make another reference: today is not over, and what follows a week is no part."""
    if not known.grids:
        return range(0)
    if known.past is not None:
        return range(known.past.start_us, known.past.end_us, US_PER_DAY)
    span = _span_of(known.grids, now_us)
    end_us = min(span.end_us, now_us // US_PER_DAY * US_PER_DAY)
    if known.is_whole:
        end_us = max(each.ends_us for each in known.baselines.values())
    return range(span.start_us, end_us, US_PER_DAY)


def _is_same(held: Known, grids: Sequence[FeatureGrid], changes: FeatureChanges, now_us: int) -> bool:
    """Whether it is of these grids, and nothing has changed of the days that it rests on."""
    same = [(each.feature, each.grid.id) for each in held.grids] == [(each.feature, each.grid.id) for each in grids]
    ended_us = max((each.ends_us for each in held.baselines.values() if each.days), default=0)
    is_for_good = held.past is not None or (held.is_whole and ended_us <= now_us)
    is_of_now = is_for_good or held.read_us // US_PER_DAY == now_us // US_PER_DAY
    return same and is_of_now and all(changes.of_day(day) == mark for day, mark in held.rests_on.items())
