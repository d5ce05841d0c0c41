"""What is read once of a service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, age_and_language, normal

from evenkeel.judge.drift import baseline_cache
from evenkeel.judge.drift.baseline_cache import KnownServices
from evenkeel.judge.drift.kept_counts import KeptCounts
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FeatureCounts
from evenkeel.store.telemetry.port import ServiceKey


@dataclass
class NotingStore(CountedStore):
    """Which days were read."""

    read: list[Any] = field(default_factory=list[Any])

    def feature_counts(
        self, _: ServiceKey, window: Window, *, step: str = "hour", features: Sequence[str] | None = None
    ) -> Sequence[FeatureCounts]:
        self.read.append((window.start_us // US_PER_DAY, window.end_us // US_PER_DAY))
        return super().feature_counts(_, window, step=step, features=features)


def _services(store: CountedStore) -> KnownServices:
    return KnownServices(cast("Any", store), KeptCounts(cast("Any", store)))


def test_another_grid_is_read_anew(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    del store.grids["language"]
    known = _services(store)
    first = known.of(KEY, 12 * US_PER_DAY)
    assert known.of(KEY, 12 * US_PER_DAY) is first
    store.grid("age", build_profile([1.0, 2.0, 3.0]).grid, made_at=US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    assert known.of(KEY, 12 * US_PER_DAY) is not first


def test_a_week_that_is_there_is_kept_and_a_younger_one_is_looked_for_when_a_day_has_ended(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(5), normal(0.0))
    known = _services(store)
    now_us = 5 * US_PER_DAY
    first = known.of(KEY, now_us)
    assert known.of(KEY, now_us + US_PER_HOUR // 2) is first
    assert (len(first.baselines["age"].days), store.asked) == (4, 1)
    store.fill("age", range(5, 6), normal(0.0))
    assert known.of(KEY, now_us + US_PER_DAY - 1) is first  # the day is not over
    whole = known.of(KEY, 6 * US_PER_DAY + US_PER_HOUR - 1)
    assert len(whole.baselines["age"].days) == 5
    store.fill("age", range(6, 12), normal(0.0))
    settled = known.of(KEY, 12 * US_PER_DAY)
    assert [day // US_PER_DAY for day in settled.baselines["age"].days] == [1, 2, 3, 4, 5, 6, 7]
    asked = store.asked
    store.fill("age", range(12, 14), normal(2.0))
    assert known.of(KEY, 14 * US_PER_DAY) is settled
    assert store.asked == asked
    assert len(known.of(KEY, 6 * US_PER_DAY).baselines["age"].days) == 5  # as it was known then


def test_what_comes_late_changes_a_week_and_only_its_day_is_read_and_measured_again() -> None:
    store = NotingStore(age_and_language().grids)
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(3, 12), lambda rng, _: ["en"] * 100)
    known = _services(store)
    first = known.of(KEY, 12 * US_PER_DAY)
    age, language = first.grids
    of_age, of_language = first.season(age, 0, "day"), first.season(language, 0, "day")
    store.fill("language", range(10, 11), lambda rng, _: ["en"] * 300)
    later = known.of(KEY, 12 * US_PER_DAY + 2 * US_PER_HOUR)
    assert store.read[1:] == [(10, 11), (12, 13)]  # what has changed, and a day that was not there
    assert later.days["language"][10 * US_PER_DAY].n == 24 * 300
    assert later.days["age"] == first.days["age"]
    assert later.season(age, 0, "day") is of_age
    assert later.season(language, 0, "day") is not of_language


def test_a_season_is_measured_once(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    known = _services(store).of(KEY, 12 * US_PER_DAY)
    grid = known.grids[0]
    assert known.season(grid, 0, "day") is known.season(grid, 0, "day")
    hour = known.season(grid, 3 * US_PER_HOUR, "hour")
    assert hour is not None
    assert (hour.whole.n, hour.spread.windows) == (700, 7)
    assert known.season(known.grids[1], 0, "day") is None  # it has no rows


def test_hours_are_read_of_some_features_at_a_time_and_not_all_are_held(
    store: CountedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 200 features and 92 days all hours at once are 440,000 counts of about a kilobyte."""
    names = [f"f{number}" for number in range(12)]
    for name in names:
        store.grid(name, store.grids["age"].grid, made_at=US_PER_DAY)
        store.fill(name, range(12), normal(0.0, rows=2))
    store.fill("f11", range(12, 40), normal(0.0, rows=2))
    for day in range(4, 30):  # a feature that has its days late, and between them none
        for hour in range(24):
            store.hours.pop(("f11", "1", day * US_PER_DAY + hour * US_PER_HOUR), None)
    monkeypatch.setattr(baseline_cache, "_HOURS_READ_MAX", 2 * 7 * 24)
    known = _services(store).of(KEY, 40 * US_PER_DAY)
    store.told_max = 0
    for name in (*names, *names):
        hours = known.hours(name)
        days = known.baselines[name].days
        assert {at // US_PER_DAY * US_PER_DAY for at in hours} == set(days)
        assert known.days_by_hour(name) == list(days)
    assert store.told_max <= 2 * 7 * 24
    assert len(known._hours) <= 8  # pyright: ignore[reportPrivateUsage] what is held
