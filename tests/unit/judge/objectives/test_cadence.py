"""Silence: told from a habit, and never counted as good."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.judge.objectives.cadence import (
    BUSY_SIGNALS,
    CADENCE_MAX_S,
    CADENCE_MIN_S,
    CADENCE_NEW_S,
    CADENCE_UNKNOWN_S,
    Activity,
    find_coverage,
    has_shown_life,
    is_silent,
    learn_cadence_s,
)
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window

M = US_PER_MINUTE


def heard(*minutes: int, signals: float = 60.0) -> list[Activity]:
    return [Activity(minute * M, signals) for minute in minutes]


class TestLearning:
    @pytest.mark.parametrize("activity", [[], heard(5, signals=BUSY_SIGNALS - 1)])
    def test_from_too_little_an_hours_silence_is_a_hole(self, activity: list[Activity]) -> None:
        assert learn_cadence_s(activity) == CADENCE_UNKNOWN_S

    def test_a_busy_first_minute_does_not_stay_green_for_an_hour(self) -> None:
        assert learn_cadence_s(heard(5, signals=BUSY_SIGNALS)) == CADENCE_NEW_S

    def test_a_quiet_night_does_not_make_the_morning_deaf(self) -> None:
        night = heard(*range(0, 600, 20), signals=1)
        morning = heard(*range(600, 660), signals=120)
        assert learn_cadence_s(night) >= 5 * 1_200
        assert learn_cadence_s([*night, *morning]) == CADENCE_MIN_S

    @pytest.mark.parametrize(("per_minute", "cadence_s"), [(1_000, CADENCE_MIN_S), (12, 60.0), (1, 720.0)])
    def test_the_rarer_the_traffic_the_longer_the_silence_that_is_chance(
        self, per_minute: float, cadence_s: float
    ) -> None:
        assert learn_cadence_s(heard(*range(120), signals=per_minute)) == pytest.approx(cadence_s)

    def test_the_last_hour_counts_and_not_the_night_before(self) -> None:
        night = heard(*range(600), signals=1)
        morning = heard(*range(600, 660), signals=120)
        assert learn_cadence_s(night) == 720.0
        assert learn_cadence_s([*night, *morning]) == CADENCE_MIN_S

    def test_bursts_are_bounded_by_their_gaps(self) -> None:
        """A job every 30 minutes with 500 requests each: a busy minute is no promise for the next."""
        assert learn_cadence_s(heard(*range(0, 1_440, 30), signals=500)) == pytest.approx(5 * 1_800)

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 1_440), st.floats(0.5, 1e6)), max_size=50, unique_by=lambda pair: pair[0]))
    def test_it_keeps_within_its_bounds(self, pairs: list[tuple[int, float]]) -> None:
        activity = [Activity(minute * M, signals) for minute, signals in sorted(pairs)]
        assert CADENCE_MIN_S <= learn_cadence_s(activity) <= CADENCE_MAX_S

    def test_ordinary_traffic_has_no_holes_by_its_own_cadence(self) -> None:
        """Thirty days of Poisson traffic, from 1 to 600 requests an hour: silence is never declared."""
        chance = np.random.default_rng(12)
        for per_hour in (1, 10, 60, 600):
            counts = chance.poisson(per_hour / 60, 30 * 1_440)
            activity = [Activity(minute * M, float(n)) for minute, n in enumerate(counts) if n]
            for start in range(1_440, 30 * 1_440, 1_440):
                day = [each for each in activity if (start - 1_440) * M <= each.at_us < start * M]
                window = Window((start - 60) * M, start * M)
                last = max((each.at_us for each in day), default=0)
                cadence_s = learn_cadence_s(day)
                assert not is_silent(last, cadence_s, start * M), (per_hour, start)
                assert find_coverage(day, window, cadence_s, heard_until_us=last).share == 1.0


class TestCoverage:
    def test_a_three_hour_hole_is_missing_and_not_good(self) -> None:
        activity = heard(*range(60), *range(240, 300))
        found = find_coverage(activity, Window(0, 300 * M), 20.0, heard_until_us=300 * M)
        assert found.holes == (Window(60 * M, 240 * M),)
        assert found.missing_s == 3 * 3_600
        assert found.share == pytest.approx(0.4)

    def test_silence_up_to_twice_the_cadence_is_no_hole(self) -> None:
        window = Window(0, 60 * M)
        calm = find_coverage(heard(*range(0, 60, 5)), window, 150.0, heard_until_us=60 * M)
        assert (calm.share, calm.holes) == (1.0, ())
        assert find_coverage(heard(*range(0, 60, 5)), window, 60.0, heard_until_us=60 * M).share < 1

    def test_an_open_end_counts_from_the_last_sign_of_life_to_the_second(self) -> None:
        activity = heard(*range(60))
        until = 59 * M + 10 * US_PER_SECOND
        now = 59 * M + 51 * US_PER_SECOND
        found = find_coverage(activity, Window(0, now), 20.0, heard_until_us=until)
        assert found.holes == (Window(until, now),)
        quiet = find_coverage(activity, Window(0, now - US_PER_SECOND), 20.0, heard_until_us=until)
        assert quiet.share == 1.0

    def test_nothing_heard_at_all_covers_nothing(self) -> None:
        found = find_coverage([], Window(0, US_PER_HOUR), 20.0, heard_until_us=0)
        assert (found.share, found.missing_s) == (0.0, 3_600)

    def test_what_came_after_the_window_does_not_fill_it(self) -> None:
        found = find_coverage(heard(200, 201), Window(0, 60 * M), 20.0, heard_until_us=0)
        assert found.share == 0.0

    def test_an_empty_window_misses_nothing(self) -> None:
        assert find_coverage([], Window(5, 5), 20.0, heard_until_us=5).share == 1.0

    @settings(deadline=None, max_examples=200)
    @given(st.sets(st.integers(0, 400), max_size=60), st.integers(0, 300), st.integers(1, 100), st.floats(20, 3_600))
    def test_holes_lie_apart_in_the_window_and_add_up(
        self, minutes: set[int], start: int, length: int, cadence_s: float
    ) -> None:
        activity = heard(*sorted(minutes))
        window = Window(start * M, (start + length) * M)
        found = find_coverage(activity, window, cadence_s, heard_until_us=max(minutes, default=0) * M)
        assert 0.0 <= found.share <= 1.0
        assert found.missing_s == pytest.approx((1 - found.share) * window.seconds, abs=1e-6)
        edges = [edge for hole in found.holes for edge in (hole.start_us, hole.end_us)]
        assert edges == sorted(edges)
        assert all(window.start_us <= edge <= window.end_us for edge in edges)
        for hole in found.holes:
            assert hole.seconds > 2 * cadence_s
            assert not any(
                hole.start_us < minute * M + M - 1 and minute * M < hole.end_us
                for minute in minutes
                if minute * M > hole.start_us
            )


def test_silence_begins_after_twice_the_cadence() -> None:
    assert not is_silent(0, 20.0, 40 * US_PER_SECOND)
    assert is_silent(0, 20.0, 40 * US_PER_SECOND + 1)


def test_of_a_service_that_only_sends_ratings_no_silence_is_missed() -> None:
    assert not has_shown_life(frozenset(("feedback", "outcome")))
    assert has_shown_life(frozenset(("feedback", "chat")))
