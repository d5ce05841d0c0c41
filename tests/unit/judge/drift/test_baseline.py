"""What a feature of a running service is compared with."""

from __future__ import annotations

from evenkeel.judge.drift.baseline import Baseline, by_feature, choose_baseline, judged_window, of_same_hours
from evenkeel.kernel.profile.model import Apart, Counts
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FeatureCounts

DAY = Counts("g", (5,))
GAPS = Counts("g", (0,), Apart(missing=5))


def _days(found: Baseline) -> list[int]:
    return [day // US_PER_DAY for day in found.days]


def test_days_without_rows_are_left_out_and_others_take_their_place() -> None:
    days = {n * US_PER_DAY: DAY for n in range(20) if n % 7 not in (5, 6)}
    assert _days(choose_baseline(days, 20 * US_PER_DAY)) == [1, 2, 3, 4, 7, 8, 9]


def test_days_before_the_first_value_tell_nothing() -> None:
    days = {n * US_PER_DAY: GAPS if n < 4 else DAY for n in range(20)}
    assert _days(choose_baseline(days, 20 * US_PER_DAY))[0] == 5
    assert choose_baseline({0: GAPS}, 20 * US_PER_DAY).days == ()


def test_a_day_that_is_not_over_is_no_reference() -> None:
    days = {n * US_PER_DAY: DAY for n in range(4)}
    assert _days(choose_baseline(days, 4 * US_PER_DAY - 1)) == [1, 2]


def test_while_there_is_no_week_what_lies_before_the_window_is_taken() -> None:
    young = Baseline(tuple(n * US_PER_DAY for n in range(1, 5)))
    found, window = judged_window(young, Window(4 * US_PER_DAY, 5 * US_PER_DAY))
    assert (_days(found), window.start_us) == ([1, 2, 3], 4 * US_PER_DAY)


def test_hours_of_a_window_across_midnight_are_found_on_each_day() -> None:
    hours = {day * US_PER_DAY + hour * US_PER_HOUR: Counts("g", (hour,)) for day in (1, 2) for hour in (0, 5, 23)}
    window = Window(9 * US_PER_DAY - US_PER_HOUR, 9 * US_PER_DAY + US_PER_HOUR // 2)
    found = of_same_hours(hours, [US_PER_DAY, 2 * US_PER_DAY, 3 * US_PER_DAY], window)
    assert [counts.buckets for counts in found] == [(23,), (23,)]


def test_versions_are_added_up_or_told_apart() -> None:
    rows = [FeatureCounts("age", version, 0, DAY) for version in ("1", "2")]
    assert by_feature(rows)["age"][0].n == 10
    assert by_feature(rows, "2")["age"][0].n == 5
