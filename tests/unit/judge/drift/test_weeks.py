"""The same time of the weeks before."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.baseline_cache import KnownServices
from evenkeel.judge.drift.kept_counts import KeptCounts
from evenkeel.judge.drift.weeks import read_weeks
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window


def test_only_the_same_time_of_the_week_is_read(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(60), normal(0.0))
    known = KnownServices(cast("Any", store), KeptCounts(cast("Any", store))).of(KEY, 60 * US_PER_DAY)
    window = Window(59 * US_PER_DAY, 59 * US_PER_DAY + 2 * US_PER_HOUR)
    weeks = read_weeks(known, window, "hour", 8)
    seasons, parts = weeks.seasons(weeks.grids[0])
    assert ([counts.n for counts in seasons], parts) == ([200] * 8, 1)
    assert weeks.whole(weeks.grids[0]).n == 1_600
    first = weeks.season(weeks.grids[0], window.start_us, "hour")
    assert first is not None
    assert (first.whole.n, first.spread.windows) == (800, 8)
    assert weeks.season(weeks.grids[0], window.end_us, "hour") is None
    assert weeks.hours_from_us == window.start_us
    assert weeks.baselines["age"].days[-1] == 52 * US_PER_DAY


def test_of_a_month_the_days_before_it_are_compared(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(100), normal(0.0, rows=4))
    known = KnownServices(cast("Any", store), KeptCounts(cast("Any", store))).of(KEY, 100 * US_PER_DAY)
    weeks = read_weeks(known, Window(70 * US_PER_DAY, 100 * US_PER_DAY), "day", 8)
    seasons, parts = weeks.seasons(weeks.grids[0])
    assert (len(seasons), parts) == (56, 30)
