"""What does not change of a service's drift: the grids of its features and the counts of its first week, read once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.drift.baseline import Baseline, by_feature, choose_baseline, of_same_hours
from evenkeel.judge.drift.design import Spread, measure_spread
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FIRST_DAYS_BEFORE_GRID_US, FeatureGrid
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Days without rows are no days of a reference; a service that is used once a week has its seven after that long.
_AFTER_GRID_US: Final = 56 * US_PER_DAY
#: Late events may still change a week that is over; after this time it is read again.
_FRESH_US: Final = US_PER_HOUR
#: A service of 20 features takes about 5 MB.
_SERVICES_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Season:
    """Windows that are alike by the clock: what they hold together, and how much they differ."""

    whole: Counts
    spread: Spread


@dataclass
class Known:
    """The grids, the first days and the baseline of each feature; its hours once they are asked for."""

    key: ServiceKey
    telemetry: Telemetry
    grids: Sequence[FeatureGrid]
    days: Mapping[str, Mapping[int, Counts]]
    baselines: Mapping[str, Baseline]
    read_us: int
    _hours: Mapping[str, Mapping[int, Counts]] | None = None
    _seasons: dict[tuple[str, int | None], Season | None] = field(
        default_factory=dict[tuple[str, int | None], Season | None]
    )

    @property
    def is_whole(self) -> bool:
        """Whether each feature has its reference."""
        return all(baseline.is_whole for baseline in self.baselines.values())

    def hours(self, feature: str) -> Mapping[int, Counts]:
        """The hours of a feature's reference."""
        if self._hours is None:
            days = [day for baseline in self.baselines.values() for day in baseline.days]
            span = Window(min(days), max(days) + US_PER_DAY) if days else None
            rows = self.telemetry.feature_counts(self.key, span, step="hour") if span else ()
            self._hours = by_feature(rows)
        return self._hours.get(feature, {})

    def season(self, grid: FeatureGrid, hour: int | None) -> Season | None:
        """An hour of the day (0 to 23, UTC) of the reference's days, or these days; None where they are too few."""
        name = (grid.feature, hour)
        if name not in self._seasons:
            self._seasons[name] = self._measure(grid, hour)
        return self._seasons[name]

    def _measure(self, grid: FeatureGrid, hour: int | None) -> Season | None:
        days = self.baselines[grid.feature].days
        if hour is None:
            found = tuple(self.days[grid.feature][day] for day in days)
        else:
            span = Window(hour * US_PER_HOUR, (hour + 1) * US_PER_HOUR)
            found = of_same_hours(self.hours(grid.feature), days, span)
        spread = measure_spread(grid.grid, found)
        return None if spread is None else Season(merge(found), spread)


class KnownServices:
    """What is known of the services that were asked for last. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._held: OrderedDict[ServiceKey, Known] = OrderedDict()

    def of(self, key: ServiceKey, now_us: int) -> Known:
        """What is known of a service now."""
        grids = self._telemetry.feature_grids(key)
        with self._lock:
            held = self._held.get(key)
        if held is not None and _is_fresh(held, grids, now_us):
            return held
        made = self._read(key, grids, now_us)
        with self._lock:
            self._held[key] = made
            self._held.move_to_end(key)
            while len(self._held) > _SERVICES_MAX:
                self._held.popitem(last=False)
        return made

    def _read(self, key: ServiceKey, grids: Sequence[FeatureGrid], now_us: int) -> Known:
        if not grids:
            return Known(key, self._telemetry, (), {}, {}, now_us)
        made = [grid.made_at for grid in grids]
        start_us = (min(made) - FIRST_DAYS_BEFORE_GRID_US) // US_PER_DAY * US_PER_DAY
        span = Window(start_us, max(start_us, min(now_us, max(made) + _AFTER_GRID_US)))
        days = by_feature(self._telemetry.feature_counts(key, span, step="day"))
        baselines = {grid.feature: choose_baseline(days.get(grid.feature, {}), now_us) for grid in grids}
        kept = {
            grid.feature: {day: days[grid.feature][day] for day in baselines[grid.feature].days}
            if grid.feature in days
            else dict[int, Counts]()
            for grid in grids
        }
        return Known(key, self._telemetry, tuple(grids), kept, baselines, now_us)


def _is_fresh(held: Known, grids: Sequence[FeatureGrid], now_us: int) -> bool:
    same = [(each.feature, each.grid.id) for each in held.grids] == [(each.feature, each.grid.id) for each in grids]
    return same and held.is_whole and 0 <= now_us - held.read_us < _FRESH_US
