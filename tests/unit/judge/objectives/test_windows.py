"""The spans of time an objective is judged over."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.judge.objectives.windows import (
    VERDICT_MAX_S,
    group_by,
    page_window,
    report_window,
    since,
    verdict_windows,
)
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window, isoformat

NOON_US = 20_000 * US_PER_DAY + 12 * US_PER_HOUR  # 4 October 2024
MOMENTS = st.integers(NOON_US, NOON_US + 400 * US_PER_DAY)


@settings(deadline=None)
@given(st.integers(60, 86_400), MOMENTS)
def test_a_page_window_begins_with_a_minute_and_is_no_longer_than_asked_for(page_s: int, now_us: int) -> None:
    window = page_window(page_s, now_us)
    assert window.end_us == now_us
    assert window.start_us % US_PER_MINUTE == 0
    assert page_s - 60 <= window.seconds <= page_s


@settings(deadline=None)
@given(st.integers(1, 59), MOMENTS)
def test_one_shorter_than_a_minute_is_the_minute_that_runs(page_s: int, now_us: int) -> None:
    window = page_window(page_s, now_us)
    assert 0 <= window.seconds < 60
    assert window.start_us % US_PER_MINUTE == 0


def test_page_windows_of_a_month_have_as_many_starts_as_minutes() -> None:
    """What alpha is spent on: looking each second makes no more of them."""
    starts = {page_window(300, NOON_US + second * US_PER_SECOND).start_us for second in range(600)}
    assert len(starts) == 10


@settings(deadline=None)
@given(st.integers(60, VERDICT_MAX_S), MOMENTS)
def test_verdict_windows_double_up_to_a_day_and_each_holds_the_one_before(verdict_s: int, now_us: int) -> None:
    windows = verdict_windows(verdict_s, now_us)
    assert all(window.end_us == now_us and window.start_us % US_PER_MINUTE == 0 for window in windows)
    lengths = [window.seconds for window in windows]
    assert verdict_s <= lengths[0] < verdict_s + 60
    assert VERDICT_MAX_S <= lengths[-1] < VERDICT_MAX_S + 60
    assert lengths == sorted(lengths)
    assert all(after <= 2 * before + 60 for before, after in itertools.pairwise(lengths))


@pytest.mark.parametrize(
    ("timezone", "now", "start"),
    [
        ("UTC", NOON_US, "2024-10-01T00:00:00.000Z"),
        ("Europe/Berlin", NOON_US, "2024-09-30T22:00:00.000Z"),
        ("America/Los_Angeles", NOON_US - 3 * US_PER_DAY - 6 * US_PER_HOUR, "2024-09-01T07:00:00.000Z"),
        ("Pacific/Kiritimati", NOON_US - 4 * US_PER_DAY, "2024-09-30T10:00:00.000Z"),
        ("Europe/Berlin", NOON_US + 40 * US_PER_DAY, "2024-10-31T23:00:00.000Z"),  # after summer time
    ],
)
def test_a_report_covers_the_calendar_month_of_the_organisation(timezone: str, now: int, start: str) -> None:
    window = report_window(now, timezone)
    assert (isoformat(window.start_us), window.end_us) == (start, now)


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]))
def test_a_month_is_never_longer_than_31_days_and_an_hour(now_us: int, timezone: str) -> None:
    assert 0 <= report_window(now_us, timezone).seconds <= 31 * 86_400 + 3_600


@pytest.mark.parametrize(
    ("days", "caller_share", "by"),
    [(0.1, 0.9, "caller"), (0.1, 0.89, "minute"), (2.0, 1.0, "caller"), (2.1, 1.0, "hour"), (31, 0.0, "hour")],
)
def test_callers_are_the_unit_of_chance_where_nearly_all_name_theirs(days: float, caller_share: float, by: str) -> None:
    assert group_by(Window(0, int(days * US_PER_DAY)), caller_share=caller_share) == by


def test_before_a_service_was_first_seen_there_is_nothing_to_miss() -> None:
    window = Window(NOON_US, NOON_US + US_PER_HOUR)
    assert since(window, NOON_US - US_PER_DAY) == window
    assert since(window, NOON_US + 90 * US_PER_SECOND) == Window(NOON_US + US_PER_MINUTE, window.end_us)
    assert since(window, NOON_US + US_PER_DAY) == Window(window.end_us, window.end_us)
