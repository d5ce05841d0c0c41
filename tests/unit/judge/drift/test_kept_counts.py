"""Counts that are read once."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift import kept_counts
from evenkeel.judge.drift.kept_counts import KeptCounts
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window


def _kept(store: CountedStore) -> KeptCounts:
    return KeptCounts(cast("Any", store))


@pytest.mark.parametrize("step", ["hour", "day"])
def test_what_is_kept_is_what_the_store_tells(store: CountedStore, step: Any) -> None:
    store.fill("age", range(4), normal(0.0))
    store.fill("language", range(2), lambda rng, _: ["en"] * 3, version="2")
    kept = _kept(store)
    for start, end in ((0, 96), (5, 30), (0, 96), (24, 25), (95, 96)):
        window = Window(start * US_PER_HOUR, end * US_PER_HOUR - 1)
        for features in (None, ["language"]):
            told = store.feature_counts(KEY, window, step=step, features=features)
            assert kept.read(KEY, window, step=step, features=features) == told


def test_only_days_that_changed_are_read_again(store: CountedStore) -> None:
    store.fill("age", range(5), normal(0.0))
    kept, week = _kept(store), Window(0, 5 * US_PER_DAY)
    kept.read(KEY, week, step="day")
    asked = store.asked
    kept.read(KEY, week, step="day", features=["age"])
    assert store.asked == asked
    store.fill("age", range(1, 2), normal(1.0, rows=7))
    store.fill("age", range(3, 5), normal(1.0, rows=7))
    store.told_max = 0
    told = kept.read(KEY, week, step="day")
    assert [row.counts.n // 24 for row in told] == [100, 7, 100, 7, 7]
    assert (store.asked, store.told_max) == (asked + 2, 2)


def test_what_is_kept_has_a_limit_and_the_days_asked_for_last_stay(
    store: CountedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "COUNTS_MAX", 6)  # three days of one feature, and one for each day
    store.fill("age", range(5), normal(0.0))
    kept = _kept(store)
    kept.read(KEY, Window(0, 5 * US_PER_DAY), step="day")
    asked = store.asked
    kept.read(KEY, Window(2 * US_PER_DAY, 5 * US_PER_DAY), step="day")
    assert store.asked == asked
    kept.read(KEY, Window(0, US_PER_DAY), step="day")
    assert store.asked == asked + 1
