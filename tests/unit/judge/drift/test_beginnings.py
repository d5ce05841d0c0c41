"""Since when the features of a running service differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift import beginnings
from evenkeel.judge.drift.beginnings import Beginning
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window


def _find(store: CountedStore, window: Window, judge: DriftJudge | None = None) -> Mapping[str, Beginning]:
    judge = judge or DriftJudge(cast("Any", store), lambda _: None)
    return judge.since(judge.judge(KEY, window))


def _day(day: int, hours: int = 24) -> Window:
    return Window((day + 1) * US_PER_DAY - hours * US_PER_HOUR, (day + 1) * US_PER_DAY)


def test_the_hour_is_told_with_its_interval_for_whatever_shorter_window(store: CountedStore) -> None:
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), lambda rng, hour: rng.normal(1.0 if hour >= 9 else 0.0, 1.0, size=100))
    store.fill("language", range(12), lambda rng, _: ["en"] * 100)
    for hours in (24, 6):
        found = _find(store, _day(11, hours))
        assert set(found) == {"age"}
        age = found["age"]
        assert age.at_us == 11 * US_PER_DAY + 9 * US_PER_HOUR
        assert age.earliest_us <= age.at_us <= age.latest_us
        assert not age.may_be_older
        assert age.describe().startswith("since 1970-01-12 09:00 UTC (95 % interval: ")


def test_what_began_before_the_hours_is_looked_for_in_the_days(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(20), normal(0.0))
    store.fill("age", range(20, 30), normal(1.0))
    age = _find(store, _day(29))["age"]
    assert (age.step, age.at_us) == ("day", 20 * US_PER_DAY)
    assert age.describe() == "since 1970-01-21 (95 % interval: that one alone)"
    assert _find(store, Window(23 * US_PER_DAY, 30 * US_PER_DAY))["age"].at_us == 20 * US_PER_DAY


def test_what_differs_from_the_end_of_the_reference_on_may_have_begun_before(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(8), normal(0.0))
    store.fill("age", range(8, 12), normal(1.0))
    assert _find(store, _day(11))["age"].may_be_older


def test_a_rhythm_of_the_day_is_no_beginning(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(11), lambda rng, hour: rng.normal(1.5 * (hour >= 8), 1.0, size=100))
    store.fill("age", range(11, 12), lambda rng, hour: rng.normal(1.5 * (hour >= 8) + (hour >= 16), 1.0, size=100))
    assert _find(store, _day(11))["age"].at_us == 11 * US_PER_DAY + 16 * US_PER_HOUR


def test_nothing_is_read_where_nothing_differs_and_nothing_looked_for_twice(
    store: CountedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store.grids["language"]
    store.fill("age", range(12), normal(0.0))
    judge = DriftJudge(cast("Any", store), lambda _: None)
    drift = judge.judge(KEY, _day(11))
    asked = store.asked
    assert judge.since(drift) == {}
    assert store.asked == asked
    store.fill("age", range(11, 12), normal(1.0), seed=2)
    looked: list[int] = []
    real = beginnings.find_since

    def counted(*given: Any) -> Any:
        looked.append(1)
        return real(*given)

    monkeypatch.setattr(beginnings, "find_since", counted)
    first = _find(store, _day(11), judge)
    assert _find(store, _day(11), judge) == first
    assert len(looked) == 1
    last = ("age", "1", 12 * US_PER_DAY - US_PER_HOUR)
    store.hours[last] = store.hours["age", "1", 11 * US_PER_DAY]
    _find(store, _day(11), judge)
    assert len(looked) == 2


def test_a_change_in_the_last_hour_is_seen_by_a_window_of_an_hour(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), lambda rng, hour: rng.normal(2.0 * (hour == 23), 1.0, size=100))
    assert _find(store, _day(11, 1))["age"].at_us == 12 * US_PER_DAY - US_PER_HOUR


def test_missing_values_have_a_beginning(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(11), normal(0.0))
    nothing = np.full(100, np.nan)
    store.fill("age", range(11, 12), lambda rng, hour: nothing if hour >= 20 else rng.normal(size=100))
    assert _find(store, _day(11))["age"].at_us == 11 * US_PER_DAY + 20 * US_PER_HOUR
