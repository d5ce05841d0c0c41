"""References out of a service's own past."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.judged import JudgedFeature
from evenkeel.judge.drift.model import Detected, Material, Reason
from evenkeel.judge.drift.past import (
    LastWeeks,
    Past,
    PastDays,
    choose_days,
    choose_weeks,
    past_from_json,
    past_to_json,
)
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window


def _age(store: CountedStore, past: Past, window: Window) -> JudgedFeature:
    given = GivenReference("r", KEY, 0, "jo", "why", past=past)
    return DriftJudge(cast("Any", store), lambda _: given).judge(KEY, window).features[0]


@pytest.fixture
def yearly(store: CountedStore) -> CountedStore:
    """A feature that is another one in its second month, and again as it was then a while later."""
    del store.grids["language"]
    store.fill("age", range(30), normal(0.0))
    store.fill("age", range(30, 60), normal(1.0))
    store.fill("age", range(60, 90), normal(0.0))
    store.fill("age", range(90, 92), normal(1.0))
    return store


def test_the_same_season_is_no_drift_where_the_first_week_is(yearly: CountedStore) -> None:
    window = Window(91 * US_PER_DAY, 92 * US_PER_DAY)
    season = PastDays(30 * US_PER_DAY, 60 * US_PER_DAY)
    found = _age(yearly, season, window)
    assert found.finding.detected is Detected.NO
    assert (len(found.baseline.days), found.finding.comparison.n) == (30, 30 * 2_400)
    judge = DriftJudge(cast("Any", yearly), lambda _: None)
    assert judge.judge(KEY, window).features[0].finding.material is Material.BREACH
    hours = _age(yearly, season, Window(window.end_us - 3 * US_PER_HOUR, window.end_us))
    assert (hours.finding.detected, hours.finding.comparison.n) == (Detected.NO, 30 * 300)


def test_the_same_weekday_is_compared_where_the_days_hold_seven_of_it(store: CountedStore) -> None:
    del store.grids["language"]
    for day in range(64):
        store.fill("age", range(day, day + 1), normal(2.0 if day % 7 == 3 else 0.0))
    window = Window(59 * US_PER_DAY + 5 * US_PER_HOUR, 59 * US_PER_DAY + 9 * US_PER_HOUR)  # as day 3 of the week
    found = _age(store, PastDays(0, 56 * US_PER_DAY), window)
    assert (found.finding.detected, found.finding.comparison.n) == (Detected.NO, 8 * 400)
    weeks = _age(store, LastWeeks(8), window)
    assert (weeks.finding.detected, weeks.finding.comparison.n) == (Detected.NO, 8 * 400)
    whole = _age(store, LastWeeks(8), Window(59 * US_PER_DAY, 60 * US_PER_DAY))
    assert (whole.finding.detected, whole.finding.comparison.n) == (Detected.NO, 8 * 2_400)


def test_weeks_before_move_along_and_see_what_is_new(store: CountedStore) -> None:
    del store.grids["language"]
    store.fill("age", range(70), normal(0.0))
    store.fill("age", range(70, 71), normal(1.0))
    window = Window(70 * US_PER_DAY, 71 * US_PER_DAY)
    given = GivenReference("r", KEY, 0, "jo", "why", past=LastWeeks(8))
    judge = DriftJudge(cast("Any", store), lambda _: given)
    drift = judge.judge(KEY, window)
    assert drift.features[0].finding.material is Material.BREACH
    assert judge.since(drift)["age"].at_us == 70 * US_PER_DAY
    (row,) = judge.map(KEY, window)
    assert {cell.state.value for cell in row.cells} <= {"breach", "warning", "small"}
    week = judge.judge(KEY, Window(64 * US_PER_DAY, 71 * US_PER_DAY)).features[0]
    assert week.finding.comparison.n == 8 * 7 * 2_400
    month = judge.judge(KEY, Window(41 * US_PER_DAY, 71 * US_PER_DAY)).features[0]
    assert month.finding.comparison.reason is not Reason.FEW_SEASONS


def test_what_has_no_counts_of_that_time_waits(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    given = GivenReference("r", KEY, 0, "jo", "why", past=PastDays(20 * US_PER_DAY, 30 * US_PER_DAY))
    drift = DriftJudge(cast("Any", store), lambda _: given).judge(KEY, Window(31 * US_PER_DAY, 32 * US_PER_DAY))
    assert drift.waiting["age"] == "there are no counts of it of the days from 1970-01-21 to 1970-01-30"


def test_what_cannot_be_compared_with_is_refused() -> None:
    now_us = 400 * US_PER_DAY
    for start, end in ((0, 6), (0, 93), (10, 3)):
        with pytest.raises(InvalidInputError, match="cannot be compared with"):
            choose_days(start * US_PER_DAY, end * US_PER_DAY, now_us)
    with pytest.raises(InvalidInputError, match="not over yet"):
        choose_days(395 * US_PER_DAY, 402 * US_PER_DAY, now_us)
    for weeks in (6, 13):
        with pytest.raises(InvalidInputError, match=f"{weeks} weeks"):
            choose_weeks(weeks)


def test_it_is_stored_as_plain_values() -> None:
    for past in (PastDays(0, 7 * US_PER_DAY), LastWeeks(9)):
        assert past_from_json(past_to_json(past)) == past
