"""Drift by feature and time."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift import heat_map
from evenkeel.judge.drift.heat_map import HeatRow, State
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window


def _map(store: CountedStore, window: Window, given: GivenReference | None = None) -> HeatRow:
    rows = DriftJudge(cast("Any", store), lambda _: given).map(KEY, window)
    return next(row for row in rows if row.feature == "age")


def test_the_days_of_the_reference_are_marked_and_the_others_judged(store: CountedStore) -> None:
    store.fill("age", range(9), normal(0.0))
    store.fill("age", range(9, 12), normal(1.5))
    row = _map(store, Window(0, 12 * US_PER_DAY))
    states = [cell.state for cell in row.cells]
    assert states[0] is State.UNKNOWN  # the day in which it appeared
    assert states[1:8] == [State.REFERENCE] * 7
    assert states[8] is State.NO
    assert states[9:] == [State.BREACH] * 3
    assert row.cells[9].psi is not None


def test_hours_are_compared_with_the_same_hour_of_other_days(store: CountedStore) -> None:
    store.fill("age", range(12), lambda rng, hour: rng.normal(0.2 * hour, 1.0, size=600))
    row = _map(store, Window(11 * US_PER_DAY, 12 * US_PER_DAY))
    assert {cell.state for cell in row.cells} == {State.NO}


def test_too_few_rows_are_unknown_and_none_are_empty(store: CountedStore) -> None:
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), lambda rng, hour: rng.normal(size=3 if hour < 12 else 0))
    row = _map(store, Window(11 * US_PER_DAY, 12 * US_PER_DAY))
    assert [cell.state for cell in row.cells] == [State.UNKNOWN] * 12 + [State.EMPTY] * 12
    assert row.cells[0].n == 3


def test_a_young_service_is_unknown_but_for_the_days_that_will_be_its_reference(store: CountedStore) -> None:
    store.fill("age", range(4), normal(0.0))
    states = [cell.state for cell in _map(store, Window(0, 4 * US_PER_DAY)).cells]
    assert states == [State.UNKNOWN, *[State.REFERENCE] * 3]


def test_beside_a_given_reference_no_day_is_taken_for_it(store: CountedStore) -> None:
    store.fill("age", range(9), normal(0.0))
    grid = store.grids["age"].grid
    whole = merge([store.hours["age", "1", hour * US_PER_HOUR] for hour in range(24 * 9)])
    table = TableProfile(whole.n, {"age": Profile(grid, whole)})
    row = _map(store, Window(0, 9 * US_PER_DAY), GivenReference("r1", KEY, 0, "jo", "why", table))
    assert {cell.state for cell in row.cells} == {State.NO}


def test_only_what_has_changed_is_judged_again(store: CountedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    whole = heat_map.compare_in_season

    def noted(*given: Any) -> Any:
        judged.append(given[1].window_n)
        return whole(*given)

    monkeypatch.setattr(heat_map, "compare_in_season", noted)
    store.fill("age", range(12), normal(0.0))
    judge = DriftJudge(cast("Any", store), lambda _: None)
    window = Window(2 * US_PER_DAY, 12 * US_PER_DAY)
    judge.map(KEY, window)
    assert len(judged) == 4  # the days after the reference
    assert judge.map(KEY, window) == judge.map(KEY, window)
    assert len(judged) == 4
    store.fill("age", range(9, 10), normal(0.0, rows=50))
    judge.map(KEY, window)
    assert judged[4:] == [1_200]
    store.fill("age", range(3, 4), normal(0.0, rows=50))  # a day of the reference
    judge.map(KEY, window)
    assert judged[5:] == [2_400, 1_200, 2_400, 2_400]
