"""What is read once of a service."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.baseline_cache import KnownServices
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR


def test_another_grid_is_read_anew(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    del store.grids["language"]
    known = KnownServices(cast("Any", store))
    first = known.of(KEY, 12 * US_PER_DAY)
    assert known.of(KEY, 12 * US_PER_DAY) is first
    store.grid("age", build_profile([1.0, 2.0, 3.0]).grid, made_at=US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    assert known.of(KEY, 12 * US_PER_DAY) is not first


def test_a_week_that_is_there_is_read_again_after_an_hour_and_a_younger_one_each_time(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(5), normal(0.0))
    known = KnownServices(cast("Any", store))
    assert known.of(KEY, 5 * US_PER_DAY) is not known.of(KEY, 5 * US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    first = known.of(KEY, 12 * US_PER_DAY)
    assert known.of(KEY, 12 * US_PER_DAY + US_PER_HOUR) is not first


def test_a_season_is_measured_once(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    known = KnownServices(cast("Any", store)).of(KEY, 12 * US_PER_DAY)
    grid = known.grids[0]
    assert known.season(grid, None) is known.season(grid, None)
    hour = known.season(grid, 3)
    assert hour is not None
    assert (hour.whole.n, hour.spread.windows) == (700, 7)
    assert known.season(known.grids[1], None) is None  # it has no rows
