"""One service's minutes in memory: what the store says, at the price of what is new."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from evenkeel.judge.indicators.minutes import MinuteCounts
from evenkeel.judge.objectives.cadence import find_coverage
from evenkeel.judge.objectives.history import (
    MONTH_RELOAD_US,
    RELOAD_US,
    MinuteHistory,
    activity_of,
    by_peak,
    joined,
    peak_load,
    per_hour,
)
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import LATE_US, MinuteRow, ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
M, H, D = US_PER_MINUTE, US_PER_HOUR, US_PER_DAY


@pytest.fixture
def history() -> MinuteHistory:
    return MinuteHistory(BOT)


class Watched:
    """A store that notes which windows were read."""

    def __init__(self, telemetry: DuckTelemetry) -> None:
        self._telemetry = telemetry
        self.read: list[Window] = []

    def minutes(self, key: ServiceKey, window: Window) -> Sequence[MinuteRow]:
        self.read.append(window)
        return self._telemetry.minutes(key, window)


def test_at_any_look_the_windows_are_those_of_the_store(
    feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
) -> None:
    """Three hours of looks at a store that grows, with events up to 25 minutes late."""
    chance = random.Random(1)
    now_us = NOON_US
    for _ in range(40):
        feeder.fold(
            *(
                feeder.event(at=now_us - chance.randrange(25 * M), outcome=chance.choice(["good", "bad"]))
                for _ in range(5)
            )
        )
        history.refresh(telemetry, now_us)
        for _ in range(3):
            start = now_us - chance.randrange(M, D)
            window = Window(start // M * M, now_us)
            assert history.within(window) == list(telemetry.minutes(BOT, window))
            whole = find_coverage(history.activity(), window, 60.0, heard_until_us=now_us)
            assert history.coverage(window, 60.0, now_us).missing_s == pytest.approx(whole.missing_s)
        now_us += chance.randrange(1, 5 * M)


def test_only_the_end_is_read_again_and_the_whole_day_once_in_a_while(
    telemetry: DuckTelemetry, history: MinuteHistory
) -> None:
    watched = Watched(telemetry)
    for minutes in (0, 1, 14, 16):
        history.refresh(watched, NOON_US + minutes * M)  # type: ignore[arg-type]
    lengths = [window.end_us - window.start_us for window in watched.read]
    assert lengths[0] == lengths[3] == D
    assert all(length <= LATE_US + 15 * M for length in lengths[1:3])


def test_what_comes_later_than_late_is_found_when_the_day_is_read_again(
    feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
) -> None:
    history.refresh(telemetry, NOON_US)
    feeder.fold(feeder.event(at=NOON_US - 5 * H))
    history.refresh(telemetry, NOON_US + M)
    assert history.rows == {}
    history.refresh(telemetry, NOON_US + RELOAD_US + M)
    assert list(history.rows) == [NOON_US - 5 * H]


def test_what_the_store_says_came_late_is_found_at_the_next_look_and_not_looked_for_all_the_time(
    feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
) -> None:
    history.refresh(telemetry, NOON_US)
    feeder.fold(feeder.event(at=NOON_US - 5 * H))
    (state,) = telemetry.services()
    history.refresh(telemetry, NOON_US + M // 2, state.folded_late)
    assert history.rows == {}, "at most once a minute"
    history.refresh(telemetry, NOON_US + M, state.folded_late)
    assert list(history.rows) == [NOON_US - 5 * H]
    loaded_at_us = history.loaded_at_us
    history.refresh(telemetry, NOON_US + 3 * M, state.folded_late)
    assert history.loaded_at_us == loaded_at_us, "once for each that came late"


def test_a_clock_that_steps_back_reads_the_day_again(
    feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
) -> None:
    feeder.fold(feeder.event(at=NOON_US - 25 * H), feeder.event(at=NOON_US - M))
    history.refresh(telemetry, NOON_US)
    history.refresh(telemetry, NOON_US - 2 * H)
    assert list(history.rows) == [NOON_US - 25 * H]


def test_a_minute_whose_requests_were_taken_back_is_no_sign_of_life(history: MinuteHistory) -> None:
    class Store:
        good = 1.0

        def minutes(self, key: ServiceKey, window: Window) -> list[MinuteRow]:
            return [minute(NOON_US - 2 * M, good=1.0), minute(NOON_US - M, good=self.good)]

    store = Store()
    for store.good, active in ((1.0, 2), (0.0, 1), (3.0, 2)):
        history.refresh(store, NOON_US)  # type: ignore[arg-type]
        assert len(history.activity()) == active
        assert history.activity()[-1].signals == (store.good or 1.0)


def test_minutes_older_than_a_day_are_let_go(feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory) -> None:
    feeder.fold(feeder.event(at=NOON_US - D + M))
    history.refresh(telemetry, NOON_US)
    assert len(history.activity()) == 1
    history.refresh(telemetry, NOON_US + 5 * M)
    assert history.activity() == []
    assert history.rows == {}


class TestMonth:
    MONTH = Window(NOON_US - 3 * D - 12 * H, NOON_US)

    def test_it_is_read_once_in_half_an_hour(self, telemetry: DuckTelemetry, history: MinuteHistory) -> None:
        watched = Watched(telemetry)
        for minutes in (0, 10, 29, 31):
            now_us = NOON_US + minutes * M
            history.month_before_today(watched, Window(self.MONTH.start_us, now_us), 60.0, now_us)  # type: ignore[arg-type]
        assert len(watched.read) == 2

    def test_a_new_month_is_read_at_once_and_has_nothing_before_today(
        self, telemetry: DuckTelemetry, history: MinuteHistory
    ) -> None:
        history.month_before_today(telemetry, self.MONTH, 60.0, NOON_US)
        month = history.month_before_today(telemetry, Window(NOON_US - H, NOON_US), 60.0, NOON_US)
        assert (month.window, month.minutes, month.missing_s) == (Window(NOON_US - H, NOON_US - H), [], 0.0)

    @pytest.mark.parametrize("minute", [0, 1, 29, 30, 31, 59])
    def test_between_two_readings_no_minute_falls_between_the_month_and_the_last_day(
        self, feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory, minute: int
    ) -> None:
        first = NOON_US - 3 * D
        feeder.fold(*(feeder.event(at=first + n * M) for n in range(2 * 1_440, 3 * 1_440 + 120)))
        loaded = NOON_US + minute * M
        for now_us in (loaded, loaded + MONTH_RELOAD_US - M):
            history.refresh(telemetry, now_us)
            month = history.month_before_today(telemetry, Window(first, now_us), 60.0, now_us)
            rest = history.within(Window(month.window.end_us, now_us))
            counted = sum(part.known for part in month.minutes) + len(rest)
            assert counted == len(telemetry.minutes(BOT, Window(first, now_us)))


class TestMonthByTheHour:
    MONTH = Window(NOON_US - 5 * D, NOON_US)
    LIMITS = (2.0, 3.0)

    def test_before_today_and_today_are_the_month_whatever_was_read_earlier(
        self, feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
    ) -> None:
        chance = random.Random(2)
        for now_us in (NOON_US, NOON_US + 29 * M, NOON_US + 61 * M):
            feeder.fold(
                *(
                    feeder.event(
                        at=now_us - chance.randrange(20 * H if now_us > NOON_US else 5 * D),
                        outcome=chance.choice(["good", "bad", "excluded"]),
                        latency_s=chance.choice([None, 0.0, 1.0, 2.5, 9.0]),
                        sampled_unknown=now_us > NOON_US,
                    )
                    for _ in range(200)
                )
            )
            window = Window(self.MONTH.start_us, now_us)
            month = history.month_before_today(telemetry, window, 60.0, now_us)
            before = history.sample_before_today(telemetry, month, self.LIMITS)
            rest = Window(month.window.end_us, now_us)
            (today,) = telemetry.samples(BOT, [rest], by="hour", thresholds=self.LIMITS)
            (whole,) = telemetry.samples(BOT, [window], by="hour", thresholds=self.LIMITS)
            both = joined(before, today)
            for name in ("total", "bad", "timed"):
                assert list(getattr(both.clusters, name)) == list(getattr(whole.clusters, name))
            slow = {limit: list(counts) for limit, counts in both.clusters.slow.items()}
            assert slow == {limit: list(counts) for limit, counts in whole.clusters.slow.items()}
            assert both.clusters.sampled_unknown == whole.clusters.sampled_unknown
            assert both.latencies == whole.latencies

    def test_it_is_read_once_with_the_month_and_again_when_other_limits_count(
        self, feeder: Feeder, telemetry: DuckTelemetry, history: MinuteHistory
    ) -> None:
        feeder.fold(feeder.event(at=NOON_US - 4 * D, latency_s=2.5))
        month = history.month_before_today(telemetry, self.MONTH, 60.0, NOON_US)
        first = history.sample_before_today(telemetry, month, (2.0,))
        feeder.fold(feeder.event(at=NOON_US - 4 * D))
        assert history.sample_before_today(telemetry, month, (2.0,)) is first
        other = history.sample_before_today(telemetry, month, (3.0,))
        assert (sum(other.clusters.total), sum(other.clusters.slow[3.0])) == (2, 0)


def minute(at: int, **more: float) -> MinuteRow:
    base = {"good": 0, "bad": 0, "excluded": 0, "attempts": 0, "tokens_in": 0, "tokens_out": 0, "tokens_cached": 0,
            "cost_nano": 0, "unpriced": 0, "heartbeats": 0}  # fmt: skip
    return MinuteRow(at=at, **base | more)  # type: ignore[arg-type]


def test_requests_calls_heartbeats_and_probes_are_signs_of_life_and_costs_are_not() -> None:
    alive = ("good", "bad", "excluded", "attempts", "heartbeats", "probes_good", "probes_bad", "undetermined")
    rows = [minute(n * M, **{name: 2.0}) for n, name in enumerate(alive)] + [minute(99 * M, cost_nano=5)]
    assert [(each.at_us, each.signals) for each in activity_of(rows)] == [(n * M, 2.0) for n in range(len(alive))]


def test_hours_hold_the_minutes_that_began_in_them() -> None:
    rows = [minute(0, good=1), minute(59 * M, bad=1), minute(60 * M, bad=1), minute(61 * M, heartbeats=1)]
    assert per_hour(rows) == [MinuteCounts(2, 1), MinuteCounts(1, 1)]


def test_probes_that_fail_around_the_hour_make_both_minutes_bad() -> None:
    rows = [minute(59 * M, probes_bad=1.0), minute(60 * M, probes_bad=1.0), minute(61 * M, probes_good=1.0)]
    assert per_hour(rows) == [MinuteCounts(1, 1), MinuteCounts(2, 1)]


def test_a_windows_first_minute_is_judged_beside_the_one_before_it() -> None:
    history = MinuteHistory(ServiceKey("production", "shop"))
    history.rows = {n * M: minute(n * M, probes_bad=1.0) for n in (9, 10)}
    history._order = sorted(history.rows)
    assert history.minutes(Window(10 * M, 20 * M)) == [MinuteCounts(1, 1)]
    assert history.minutes(Window(0, 10 * M)) == [MinuteCounts(1, 0)]  # what comes after the window does not count yet


def test_peaks_are_stretches_of_five_minutes_by_the_clock() -> None:
    rows = [minute(n * M, good=n, excluded=1) for n in range(12)]
    assert [(row.at // M, row.good, row.excluded) for row in by_peak(rows)] == [(0, 10, 5), (5, 35, 5), (10, 21, 2)]
    assert peak_load(rows) == 40
    assert peak_load([]) == 0.0
