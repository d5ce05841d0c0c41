"""The time a budget is for: days and months of a time zone, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.slo.budget import MINUTES_30D
from evenkeel.judge.slo.model import BudgetWindow
from evenkeel.judge.slo.periods import budget_minutes, months_before, period_at
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import Window, isoformat, to_us


def moment(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type]


def said(window: Window) -> tuple[str, str]:
    return isoformat(window.start_us)[:16], isoformat(window.end_us)[:16]


@pytest.mark.parametrize(
    ("calendar", "start", "end"),
    [
        ("day", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours: the clocks go back
        ("week", "2026-10-18T22:00", "2026-10-25T23:00"),
        ("month", "2026-09-30T22:00", "2026-10-31T23:00"),
        ("quarter", "2026-09-30T22:00", "2026-12-31T23:00"),
        ("year", "2025-12-31T23:00", "2026-12-31T23:00"),
    ],
)
def test_a_period_begins_and_ends_at_midnight_where_the_organisation_is(calendar: str, start: str, end: str) -> None:
    window = BudgetWindow(calendar=calendar, timezone="Europe/Berlin")
    assert said(period_at(window, moment(2026, 10, 25, 12))) == (start, end)


def test_the_last_moment_of_a_month_is_in_it_and_the_next_is_not() -> None:
    window = BudgetWindow(calendar="month", timezone="Asia/Kolkata")  # midnight is no whole hour of UTC
    edge = moment(2026, 10, 31, 18, 30)
    assert said(period_at(window, edge - 1))[1] == "2026-10-31T18:30"
    assert said(period_at(window, edge))[0] == "2026-10-31T18:30"


def test_a_rolling_period_ends_now() -> None:
    now = moment(2026, 3, 1)
    assert period_at(BudgetWindow(rolling_s=86_400), now) == Window(moment(2026, 2, 28), now)


def test_months_have_their_own_lengths_and_follow_each_other() -> None:
    months = months_before(moment(2024, 4, 15), "Europe/Berlin", 5)
    assert [month.minutes for month in months] == [43_200.0, 44_640.0 - 60, 41_760.0, 44_640.0, 44_640.0]
    assert all(later.start_us == earlier.end_us for later, earlier in pairwise(months))


@pytest.mark.parametrize(("days", "month"), [(28, 2), (30, 4), (31, 3)])
def test_a_fixed_month_has_30_days_and_other_periods_keep_their_length(days: int, month: int) -> None:
    window = BudgetWindow(calendar="month")
    period = period_at(window, moment(2026, month, 10))
    assert budget_minutes(window, period, fixed_30d=False) == days * 1_440
    assert budget_minutes(window, period, fixed_30d=True) == MINUTES_30D
    rolling = BudgetWindow(rolling_s=7 * 86_400)
    assert budget_minutes(rolling, period_at(rolling, 10**15), fixed_30d=True) == 7 * 1_440


def test_a_calendar_that_nobody_has_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="fortnight"):
        period_at(BudgetWindow(calendar="fortnight"), 0)


@given(
    st.integers(0, moment(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
def test_every_moment_lies_in_its_own_period(now: int, timezone: str, calendar: str) -> None:
    period = period_at(BudgetWindow(calendar=calendar, timezone=timezone), now)
    assert period.contains(now)
