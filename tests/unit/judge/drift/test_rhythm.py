"""Days weighted by the hours of the window that is compared; and that a night is no drift, which it was."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore

from evenkeel.judge.drift import ready
from evenkeel.judge.drift.heat_map import State
from evenkeel.judge.drift.model import Detected, Reason
from evenkeel.judge.drift.past import PastDays
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.rhythm import of_same_rhythm
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Apart, Counts, Grid
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window

DAYS = [day * US_PER_DAY for day in range(7)]


def _hours(rows: int) -> dict[int, Counts]:
    """At each hour as many of two buckets, one more rare level, and some that hold nothing."""
    each = Counts("g", (rows, rows), Apart(missing=rows), {"new": 1}, 1)
    return {day + hour * US_PER_HOUR: each for day in DAYS for hour in range(24)}


def test_days_of_the_same_rhythm_are_left_as_they_are() -> None:
    window = {at + 9 * US_PER_DAY: counts.n for at, counts in _hours(10).items() if at < US_PER_DAY}
    assert of_same_rhythm(_hours(10), DAYS, window, np.random.default_rng(1)) is None
    assert of_same_rhythm({}, DAYS, window, np.random.default_rng(1)) == ()  # nobody knows
    assert of_same_rhythm(_hours(10), DAYS, {}, np.random.default_rng(1)) is None


def test_rows_are_as_many_as_weighted_ones_are_worth_and_rare_ones_are_not_lost() -> None:
    window = {9 * US_PER_DAY + hour * US_PER_HOUR: 50 if hour < 12 else 150 for hour in range(24)}
    days = of_same_rhythm(_hours(10), DAYS, window, np.random.default_rng(1))
    assert days is not None
    assert len(days) == 7
    whole = 24 * 32
    for day in days:
        assert day.n == pytest.approx(0.8 * whole, rel=0.02)  # (1 / 2 + 3 / 2)² / 2 / (1 / 4 + 9 / 4) of the rows
        assert day.buckets[0] == pytest.approx(day.apart.missing, abs=1)
    assert np.mean([day.new["new"] for day in days]) == pytest.approx(0.8 * 24, abs=1)


def _alarms(many: int) -> int:
    """Days of which only the night has come in, of a feature whose mean goes up and down with the hour."""
    found = 0
    for number in range(many):
        store = CountedStore()
        rng = np.random.default_rng([5, number])
        store.grid("age", _grid(), made_at=US_PER_DAY)

        def rows(_: Any, hour: int, rng: np.random.Generator = rng) -> Any:
            return rng.normal(np.sin(2.0 * np.pi * hour / 24.0), 1.0, size=60)

        store.fill("age", range(8), rows)
        store.fill("age", range(9, 10), lambda each, hour: rows(each, hour) if hour < 8 else [])
        window = Window(9 * US_PER_DAY, 10 * US_PER_DAY)
        drift = DriftJudge(cast("Any", store), lambda _: None).judge(KEY, window)
        found += drift.features[0].finding.detected is Detected.YES
    return found


def _grid() -> Grid:
    return build_profile(np.random.default_rng(9).normal(size=2_000)).grid


def test_a_night_is_no_drift_and_was_one_beside_whole_days(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _alarms(40) <= 1

    def as_they_are(*_: Any) -> None:
        """Whole days."""

    monkeypatch.setattr(ready, "of_same_rhythm", as_they_are)
    assert _alarms(5) == 5


def _growing(hours: int, seed: int = 0) -> DriftJudge:
    """A service of so many hours, whose feature's mean is highest at midnight."""
    store, rng = CountedStore(), np.random.default_rng([6, seed])
    store.grid("age", _grid(), made_at=US_PER_DAY)
    store.fill("age", range(hours // 24 + 1), lambda _, hour: rng.normal(np.cos(2.0 * np.pi * hour / 24.0), 1.0, 60))
    store.hours = {name: counts for name, counts in store.hours.items() if name[2] < hours * US_PER_HOUR}
    return DriftJudge(cast("Any", store), lambda _: None)


@pytest.mark.parametrize("hours", [8 * 24 + 23, 9 * 24, 9 * 24 + 10])
def test_the_first_day_after_the_reference_is_no_drift_in_a_week_that_is_asked_for(hours: int) -> None:
    found = [
        _growing(hours, seed).judge(KEY, Window((hours - 168) * US_PER_HOUR, hours * US_PER_HOUR)).features[0].finding
        for seed in range(5)
    ]
    assert sum(each.detected is Detected.YES for each in found) <= 1
    assert found[0].comparison.m == (hours - 8 * 24) * 60


def test_a_day_that_is_not_over_is_unknown_on_the_map_of_days() -> None:
    hours = 20 * 24 + 3
    (row,) = _growing(hours).map(KEY, Window((hours - 168) * US_PER_HOUR, hours * US_PER_HOUR))
    assert (row.cells[-1].state, row.cells[-1].n) == (State.UNKNOWN, 180)
    assert {cell.state for cell in row.cells[:-1]} <= {State.NO, State.UNKNOWN}


def _of_chosen_days(gone: range, *, hours: int = 24) -> Any:
    """A night beside ten days that somebody chose, of which the hours of some are kept no longer."""
    store = CountedStore()
    rng = np.random.default_rng(5)
    store.grid("age", _grid(), made_at=US_PER_DAY)

    def rows(_: Any, hour: int) -> Any:
        return rng.normal(np.sin(2.0 * np.pi * hour / 24.0), 1.0, size=60)

    store.fill("age", range(10), rows)
    store.fill("age", range(100, 101), lambda each, hour: rows(each, hour) if hour < 8 else [])
    store.days_without_hours = {day * US_PER_DAY for day in gone}
    past = PastDays(0, 10 * US_PER_DAY)
    given = GivenReference("r", KEY, 0, "jo", "season", past=past)
    judge = DriftJudge(cast("Any", store), lambda _: given)
    return judge.judge(KEY, Window(100 * US_PER_DAY, 100 * US_PER_DAY + hours * US_PER_HOUR)).features[0].finding


def test_a_night_beside_days_whose_hours_are_kept_no_longer_is_unknown_and_no_alarm() -> None:
    gone = _of_chosen_days(range(10))
    assert (gone.detected, gone.comparison.reason) == (Detected.UNKNOWN, Reason.HOURS_GONE)
    assert "known by the day only" in describe_finding(gone)
    few = _of_chosen_days(range(6))
    assert (few.detected, few.comparison.reason) == (Detected.UNKNOWN, Reason.HOURS_GONE)
    assert _of_chosen_days(range(2)).detected is Detected.NO  # eight days tell
    hour = _of_chosen_days(range(10), hours=3)
    assert (hour.detected, hour.comparison.reason) == (Detected.UNKNOWN, Reason.HOURS_GONE)
