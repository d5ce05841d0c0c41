"""Time: microseconds, UTC, half-open windows, durations as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.time import (
    US_PER_HOUR,
    US_PER_MINUTE,
    Window,
    floor_hour,
    floor_minute,
    format_duration,
    isoformat,
    parse_duration_s,
    to_datetime,
    to_us,
)

MOMENTS = st.integers(-(10**16), 10**16)  # years 1653 to 2286


@settings(deadline=None)
@given(MOMENTS)
def test_a_moment_survives_the_way_to_a_datetime_and_back(at_us: int) -> None:
    assert to_us(to_datetime(at_us)) == at_us
    assert to_datetime(at_us).tzinfo is UTC


def test_other_time_zones_mean_the_same_moment() -> None:
    noon = datetime(2024, 10, 4, 12, 0, 0, 1, tzinfo=UTC)
    assert to_us(noon.astimezone(timezone(timedelta(hours=-9, minutes=-30)))) == to_us(noon) == 1_728_043_200_000_001


def test_a_time_without_a_zone_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"2024-10-04T12:00:00 has no time zone; write it as 2024-10-04T12:00:00\+00:"):
        to_us(datetime(2024, 10, 4, 12))


def test_what_is_written_has_milliseconds_and_a_z() -> None:
    assert isoformat(1_728_043_200_000_000) == "2024-10-04T12:00:00.000Z"
    assert isoformat(-1) == "1969-12-31T23:59:59.999Z"


@settings(deadline=None)
@given(MOMENTS)
def test_floors_are_multiples_at_most_one_unit_before(at_us: int) -> None:
    for floor, unit in ((floor_minute, US_PER_MINUTE), (floor_hour, US_PER_HOUR)):
        start = floor(at_us)
        assert start % unit == 0
        assert start <= at_us < start + unit


class TestWindow:
    def test_a_window_has_its_start_and_not_its_end(self) -> None:
        window = Window(10, 20)
        assert [window.contains(at) for at in (9, 10, 19, 20)] == [False, True, True, False]

    def test_windows_that_touch_share_no_moment(self) -> None:
        first, second = Window(0, 10), Window(10, 20)
        assert all(first.contains(at) != second.contains(at) for at in range(20))

    def test_lengths_are_in_seconds_and_minutes(self) -> None:
        assert (Window(0, 90_000_000).seconds, Window(0, 90_000_000).minutes) == (90.0, 1.5)
        assert Window(5, 5).seconds == 0
        assert not Window(5, 5).contains(5)

    def test_a_window_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"cannot end \(1\) before it starts \(2\)"):
            Window(2, 1)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), (" 1h ", 3_600), ("30d", 2_592_000), ("2w", 1_209_600)]
)
def test_durations_are_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "0m", "-5m", "1.5h", "5 m", "5y", "²m", "٣m", "5M"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a whole number and one of s m h d w"):
        parse_duration_s(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.25, "0.2 s"), (7, "7 s"), (45.4, "45 s"), (60, "1 min"), (90, "1.5 min"), (300, "5 min"),
        (3_600, "1 h"), (5_400, "90 min"), (9_000, "2.5 h"), (21_600, "6 h"), (86_400, "1 d"), (100_000, "28 h"),
        (216_000, "2.5 d"), (2_592_000, "30 d"),
    ],
)  # fmt: skip
def test_lengths_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
