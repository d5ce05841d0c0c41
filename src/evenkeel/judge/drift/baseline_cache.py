"""What does not change of a service's drift: the grids of its features and the counts of its first week, read once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

from evenkeel.judge.drift.baseline import Baseline, by_feature, choose_baseline, days_within, of_same_hours
from evenkeel.judge.drift.design import Spread, measure_spread
from evenkeel.judge.drift.past import PastDays, matching_days
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FIRST_DAYS_BEFORE_GRID_US, FeatureGrid, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Days without rows are no days of a reference; a service that is used once a week has its seven after that long.
_AFTER_GRID_US: Final = 56 * US_PER_DAY
#: Late events may still change days that are over: the latest ones are read again after this time, …
_FRESH_US: Final = US_PER_HOUR
_LATE_US: Final = 2 * US_PER_DAY
#: … and all of them after this one.
_ALL_US: Final = US_PER_DAY
#: Counts by the hour that are read at a time, and how often as many are held: those of 200 features and a week, or of
#: a few features where somebody chose 92 days. A count takes about a kilobyte.
_HOURS_READ_MAX: Final = 10_000
_HOURS_HELD: Final = 4
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
    read_all_us: int = 0
    seen: ByDay = field(default_factory=dict[str, Mapping[int, Counts]])  # all days of features without a week so far
    _hours: dict[str, Mapping[int, Counts]] = field(default_factory=dict[str, Mapping[int, Counts]])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seasons: dict[Name, Season | None] = field(default_factory=dict[Name, Season | None])

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
            for span in _spans({day for name in chosen for day in self.baselines[name].days})
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

    What is read again grows with what may have changed: of features that have their week nothing but once a day, of the
    others the latest days each hour, and when a day has ended.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[ServiceKey, PastDays | None], Known] = OrderedDict()

    def of(self, key: ServiceKey, now_us: int, past: PastDays | None = None) -> Known:
        """What is known of a service now; `past` are days that somebody chose to compare with."""
        grids = self._telemetry.feature_grids(key)
        with self._lock:
            held = self._held.get((key, past))
        if held is not None and not _is_of(held, grids, past, now_us):
            held = None
        if held is not None and _is_fresh(held, now_us):
            return held
        made = self._read(key, grids, now_us, past) if held is None else self._read_more(held, now_us)
        with self._lock:
            self._held[key, past] = made
            self._held.move_to_end((key, past))
            while len(self._held) > _SERVICES_MAX:
                self._held.popitem(last=False)
        return made

    def _read(self, key: ServiceKey, grids: Sequence[FeatureGrid], now_us: int, past: PastDays | None) -> Known:
        if not grids:
            return Known(key, self._telemetry, (), {}, {}, now_us, past, now_us)
        made = [grid.made_at for grid in grids]
        start_us = (min(made) - FIRST_DAYS_BEFORE_GRID_US) // US_PER_DAY * US_PER_DAY
        span = Window(start_us, max(start_us, min(now_us, max(made) + _AFTER_GRID_US)))
        if past is not None:
            span = Window(past.start_us, past.end_us)
        days = by_feature(self._telemetry.feature_counts(key, span, step="day"))
        return self._made(Known(key, self._telemetry, tuple(grids), {}, {}, now_us, past, now_us), days, now_us)

    def _read_more(self, held: Known, now_us: int) -> Known:
        """The latest days of features that have no week; those that have one stay as they are."""
        young = _young(held)
        start_us = (held.read_us - _LATE_US) // US_PER_DAY * US_PER_DAY
        rows = self._telemetry.feature_counts(held.key, Window(start_us, now_us), step="day", features=young)
        late = by_feature(rows)
        days = {
            name: {at: counts for at, counts in seen.items() if at < start_us} | late.get(name, {})
            for name in young
            if (seen := held.seen.get(name, {})) or name in late
        }
        return self._made(held, days, now_us)

    def _made(self, known: Known, days: Mapping[str, Mapping[int, Counts]], now_us: int) -> Known:
        """With the baselines of features that were read, or that nothing was known of."""
        past = known.past
        read = {grid.feature for grid in known.grids} - known.baselines.keys() | days.keys()
        chosen = {
            name: choose_baseline(days.get(name, {}), now_us)
            if past is None
            else days_within(days.get(name, {}), Window(past.start_us, past.end_us))
            for name in read
        }
        kept = {name: {day: days[name][day] for day in baseline.days} for name, baseline in chosen.items()}
        made = replace(known, read_us=now_us, _hours={}, _seasons={})
        made.baselines, made.days = {**known.baselines, **chosen}, {**known.days, **kept}
        made.seen = {name: days[name] for name in _young(made) if name in days}
        return made


def _is_of(held: Known, grids: Sequence[FeatureGrid], past: PastDays | None, now_us: int) -> bool:
    """Whether it is of these grids and this reference, and not so old that all is read again."""
    same = [(each.feature, each.grid.id) for each in held.grids] == [(each.feature, each.grid.id) for each in grids]
    return same and held.past == past and 0 <= now_us - held.read_all_us < _ALL_US


def _is_fresh(held: Known, now_us: int) -> bool:
    """Whether no day has ended since it was read, nor much time passed, or nothing of it is waited for."""
    is_same_day = now_us // US_PER_DAY == held.read_us // US_PER_DAY
    return not _young(held) or (is_same_day and 0 <= now_us - held.read_us < _FRESH_US)


def _young(held: Known) -> list[str]:
    """Features whose reference is not whole, or so lately that late events may change it."""
    if held.past is not None:
        return []
    return [
        name
        for name, baseline in held.baselines.items()
        if not baseline.is_whole or held.read_us - baseline.ends_us < _LATE_US
    ]


def _spans(days: AbstractSet[int]) -> list[Window]:
    """Days that follow each other, as windows: what lies between them is not read."""
    first = sorted(day for day in days if day - US_PER_DAY not in days)
    last = sorted(day for day in days if day + US_PER_DAY not in days)
    return [Window(start, end + US_PER_DAY) for start, end in zip(first, last, strict=True)]
