"""A store that holds counts of features made in the test: what a real one counts at its fold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pytest

from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Grid
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import (
    FeatureChanges,
    FeatureCounts,
    FeatureGrid,
    RefusedFeatures,
    WaitingFeature,
)
from evenkeel.store.telemetry.port import ServiceKey, VersionSpan

KEY: Final = ServiceKey("production", "bot")

Rows = Callable[[np.random.Generator, int], Any]


@dataclass
class CountedStore:
    """Hours of counts per feature and version; days are their sums."""

    grids: dict[str, FeatureGrid] = field(default_factory=dict[str, FeatureGrid])
    hours: dict[tuple[str, str, int], Counts] = field(default_factory=dict[tuple[str, str, int], Counts])
    waiting: Sequence[WaitingFeature] = ()
    refused: RefusedFeatures | None = None
    asked: int = 0  # how often counts were read
    told_max: int = 0  # counts of one answer at most
    days_without_hours: set[int] = field(default_factory=set[int])
    noted: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    noted_grids: tuple[Any, int] = ((), 0)
    number: int = 0

    def grid(self, feature: str, grid: Grid, *, made_at: int = 0, origin: str = "traffic") -> None:
        self.grids[feature] = FeatureGrid(KEY, feature, grid, made_at, origin)  # pyright: ignore[reportArgumentType]

    def fill(self, feature: str, days: range, rows: Rows, *, version: str = "1", seed: int = 1) -> None:
        """Whatever `rows` gives for each hour of these days."""
        rng = np.random.default_rng([seed, days.start])
        for day in days:
            for hour in range(24):
                counts = count_values(rows(rng, hour), self.grids[feature].grid)
                self.hours[feature, version, day * US_PER_DAY + hour * US_PER_HOUR] = counts

    def feature_grids(self, _: ServiceKey) -> Sequence[FeatureGrid]:
        return [self.grids[name] for name in sorted(self.grids)]

    def feature_counts(
        self, _: ServiceKey, window: Window, *, step: str = "hour", features: Sequence[str] | None = None
    ) -> Sequence[FeatureCounts]:
        self.asked += 1
        step_us = US_PER_HOUR if step == "hour" else US_PER_DAY
        parts: defaultdict[tuple[str, str, int], list[Counts]] = defaultdict(list)
        for (feature, version, at), counts in sorted(self.hours.items()):
            start = at // step_us * step_us
            is_gone = step == "hour" and at // US_PER_DAY * US_PER_DAY in self.days_without_hours
            if window.contains(start) and not is_gone and (features is None or feature in features):
                parts[feature, version, start].append(counts)
        self.told_max = max(self.told_max, len(parts))
        return [FeatureCounts(*name, merge(found)) for name, found in parts.items()]

    def feature_rows(
        self, key: ServiceKey, window: Window, version: str, features: Sequence[str]
    ) -> dict[str, dict[int, int]]:
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for row in self.feature_counts(key, window, features=features):
            if row.version == version:
                found[row.feature][row.at] = row.counts.n
        return dict(found)

    def feature_changes(self, _: ServiceKey) -> FeatureChanges:
        """Found by looking: a test changes hours as it likes."""
        self.noted = {
            day: self.noted[day] if day in self.noted and self.noted[day][0] == mark else (mark, self._next())
            for day, mark in self._marks().items()
        }
        grids = tuple((name, each.grid.id) for name, each in self.grids.items())
        if grids != self.noted_grids[0]:
            self.noted_grids = grids, self._next()
        return FeatureChanges(self.noted_grids[1], {day: number for day, (_, number) in self.noted.items()})

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _marks(self) -> dict[int, int]:
        found: defaultdict[int, int] = defaultdict(int)
        for (feature, version, at), counts in self.hours.items():
            day = at // US_PER_DAY * US_PER_DAY
            new = tuple(sorted(counts.new.items())), counts.new_rest, day in self.days_without_hours
            found[day] ^= hash((feature, version, at, counts.buckets, counts.apart, new))
        return found

    def waiting_features(self, _: ServiceKey) -> Sequence[WaitingFeature]:
        return self.waiting

    def refused_features(self, _: ServiceKey) -> RefusedFeatures | None:
        return self.refused

    def version_spans(self, _: ServiceKey) -> Sequence[VersionSpan]:
        first: dict[str, int] = {}
        for _feature, version, at in self.hours:
            first[version] = min(at, first.get(version, at))
        return [VersionSpan(version, at, at) for version, at in sorted(first.items(), key=lambda each: each[1])]


def normal(mean: float, rows: int = 100) -> Rows:
    """Independent rows around a mean."""
    return lambda rng, _hour: rng.normal(mean, 1.0, size=rows)


def level(share: float, rows: int = 100) -> Rows:
    """So many of the rows are es, few are de, the others en."""

    def draw(rng: np.random.Generator, _hour: int) -> Any:
        return ["es" if place < share else "de" if place > 0.98 else "en" for place in rng.uniform(size=rows)]

    return draw


def age_and_language() -> CountedStore:
    """A service with an age and a language whose grids come from its traffic."""
    made = CountedStore()
    rng = np.random.default_rng(9)
    made.grid("age", build_profile(rng.normal(size=2_000)).grid, made_at=US_PER_DAY)
    made.grid("language", build_profile(["en"] * 990 + ["de"] * 10).grid, made_at=US_PER_DAY)
    return made


@pytest.fixture
def store() -> CountedStore:
    return age_and_language()
