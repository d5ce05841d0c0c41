"""One look at one service: which windows, what is read, how long the answer holds."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from evenkeel.judge.objectives.history import MinuteHistory
from evenkeel.judge.objectives.look import REPORT_VALID_US, VALID_US, Look, Subject, evidence_link
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.kernel.verdict import Status
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
ERRORS = Objective("error_rate", 0.001, 0.005)
LATENCY = Objective("latency_p95", 2.0, 3.0)
AVAILABLE = Objective("availability", 0.999, 0.995)
LOAD = Objective("throughput", 2 / 3, 0.8, capacity_per_minute=100.0)


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, telemetry: DuckTelemetry) -> None:
        self._telemetry = telemetry
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self._telemetry, name)


def traffic(feeder: Feeder, minutes: int, per_minute: int, **more: Any) -> None:
    step = US_PER_MINUTE // per_minute
    feeder.fold(
        *(feeder.event(at=NOON_US - US_PER_SECOND - n * step, caller=n, **more) for n in range(minutes * per_minute))
    )


def look_at(telemetry: Any, now_us: int = NOON_US, cadence_s: float = 60.0) -> Look:
    (state,) = telemetry.services()
    history = MinuteHistory(BOT)
    history.refresh(telemetry, now_us)
    return Look(telemetry, Subject(BOT, state, history, cadence_s, 1.0, "UTC", (2.0, 3.0)), now_us)


@pytest.mark.parametrize(
    ("per_minute", "hours"),
    [(20, 1), (10, 1), (8, 2), (4, 4), (1, 12)],
)
def test_the_verdict_window_grows_until_it_could_prove_an_ok(
    feeder: Feeder, telemetry: DuckTelemetry, per_minute: int, hours: int
) -> None:
    traffic(feeder, 12 * 60, per_minute)
    window = look_at(telemetry).judge(ERRORS, WindowName.VERDICT).estimate.window
    first = telemetry.services()[0].first_at // US_PER_MINUTE * US_PER_MINUTE
    assert window == Window(max(first, NOON_US - hours * US_PER_HOUR), NOON_US)


def test_no_window_begins_before_the_service_did(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    traffic(feeder, 3, 10)
    look = look_at(telemetry)
    for name in WindowName:
        estimate = look.judge(ERRORS, name).estimate
        assert estimate.window.start_us == NOON_US - 3 * US_PER_MINUTE
        assert estimate.coverage == 1.0


def test_each_piece_of_evidence_is_read_once(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    traffic(feeder, 70, 20)
    counting = Counting(telemetry)
    look = look_at(counting)
    p99 = Objective("latency_p99", 2.0, 3.0)
    for objective in (ERRORS, LATENCY, p99, AVAILABLE, LOAD):
        look.judge(objective, WindowName.PAGE)
    assert counting.asked["samples"] == 1
    assert counting.asked["minutes"] == 1


def test_what_is_read_together_is_judged_as_what_is_read_for_itself(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    traffic(feeder, 70, 20)
    feeder.fold(*(feeder.event(at=NOON_US - n * US_PER_HOUR, caller=n, outcome="bad") for n in range(1, 30)))
    together, apart = look_at(counting := Counting(telemetry)), look_at(telemetry)
    objectives = (ERRORS, LATENCY, AVAILABLE, LOAD)
    together.read(objectives, tuple(WindowName))
    assert counting.asked["samples"] == 1, "a month that is two days old is read with the shorter windows"
    for objective in objectives:
        for name in WindowName:
            assert together.judge(objective, name) == apart.judge(objective, name)
    assert counting.asked["samples"] == 1


def test_a_long_month_is_read_by_the_hour_and_only_its_last_day_again(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    later = NOON_US + 5 * US_PER_DAY  # the ninth of the month
    feeder.fold(*(feeder.event(at=later - n * US_PER_HOUR, caller=n, outcome="bad") for n in range(1, 6 * 24)))
    asked: list[tuple[str, int]] = []

    class Noting(Counting):
        def samples(self, key: ServiceKey, windows: list[Window], *, by: str, thresholds: tuple[float, ...]) -> Any:
            asked.extend((by, round(window.minutes / 60)) for window in windows)
            return telemetry.samples(key, windows, by=by, thresholds=thresholds)

    noting = Noting(telemetry)
    first = look_at(noting, later, cadence_s=3_600.0)
    estimate = first.judge(ERRORS, WindowName.REPORT).estimate
    assert (estimate.n, estimate.bad) == (6 * 24 - 1, 6 * 24 - 1)
    assert [by for by, _ in asked] == ["hour", "hour"]
    del asked[:]
    again = Look(noting, first._subject, later + US_PER_MINUTE)  # the same history
    again.judge(ERRORS, WindowName.REPORT)
    assert asked == [("hour", 22)]


class TestHowLongItHolds:
    def test_good_news_no_longer_than_twice_the_cadence_after_the_last_sign_of_life(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        traffic(feeder, 70, 20)
        verdict = look_at(telemetry, cadence_s=60.0).judge(ERRORS, WindowName.VERDICT)
        assert verdict.status is Status.OK
        assert verdict.valid_until_us == NOON_US - US_PER_SECOND + 120 * US_PER_SECOND

    def test_no_longer_than_the_judge_is_trusted_either(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        traffic(feeder, 70, 20)
        verdict = look_at(telemetry, cadence_s=3_600.0).judge(ERRORS, WindowName.VERDICT)
        assert verdict.valid_until_us == NOON_US + VALID_US

    def test_after_that_it_is_stale_at_once(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        traffic(feeder, 70, 20)
        later = NOON_US + 121 * US_PER_SECOND
        verdict = look_at(telemetry, later, cadence_s=60.0).judge(ERRORS, WindowName.VERDICT)
        assert verdict.status is Status.STALE
        assert {"silent", "expired"} <= set(verdict.reasons)

    def test_a_breach_does_not_end_because_the_service_died_of_it(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        traffic(feeder, 70, 20, outcome="bad")
        later = NOON_US + 130 * US_PER_SECOND
        verdict = look_at(telemetry, later, cadence_s=60.0).judge(ERRORS, WindowName.VERDICT)
        assert verdict.status is Status.BREACH
        assert verdict.valid_until_us == later + VALID_US

    def test_a_report_holds_until_the_next_ones_are_late(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        traffic(feeder, 70, 20)
        verdict = look_at(telemetry).judge(ERRORS, WindowName.REPORT)
        assert verdict.valid_until_us == NOON_US + REPORT_VALID_US


def test_a_report_counts_the_month_and_the_last_day_once(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(*(feeder.event(at=NOON_US - n * US_PER_HOUR, caller=n) for n in range(1, 3 * 24)))
    look = look_at(telemetry, cadence_s=3_600.0)
    assert look.judge(AVAILABLE, WindowName.REPORT).estimate.n == 3 * 24 - 1
    assert look.judge(ERRORS, WindowName.REPORT).estimate.n == 3 * 24 - 1
    assert look.judge(LATENCY, WindowName.REPORT).estimate.n == 3 * 24 - 1


def test_the_busiest_minutes_of_the_month_are_its_load(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    at = NOON_US - 2 * US_PER_DAY
    feeder.fold(*(feeder.event(at=at + n) for n in range(200)), feeder.event(at=NOON_US - US_PER_MINUTE))
    look = look_at(telemetry)
    assert look.judge(LOAD, WindowName.REPORT).estimate.value == pytest.approx(200 / 500)
    assert look.judge(LOAD, WindowName.PAGE).estimate.value == pytest.approx(1 / 500)


def test_the_minute_that_runs_is_no_evidence_of_availability_yet(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(feeder.event(at=NOON_US - US_PER_MINUTE), feeder.event(at=NOON_US + 10 * US_PER_SECOND, outcome="bad"))
    estimate = look_at(telemetry, NOON_US + 30 * US_PER_SECOND).judge(AVAILABLE, WindowName.PAGE).estimate
    assert (estimate.n, estimate.bad) == (1, 0)
    assert estimate.window.end_us == NOON_US


@pytest.mark.parametrize(
    ("objective", "more"),
    [
        (ERRORS, {"outcome": ["bad"]}),
        (AVAILABLE, {"outcome": ["bad"]}),
        (LATENCY, {"slower_than_s": ["2.0"]}),
        (LOAD, {}),
    ],
)
def test_the_evidence_is_a_link_to_the_very_events(objective: Objective, more: dict[str, list[str]]) -> None:
    odd = ServiceKey("production", "bot & co/ü")
    link = urlsplit(evidence_link(odd, objective, Window(10, 20)))
    assert link.path == "/events"
    assert parse_qs(link.query) == {
        "environment": ["production"], "service": ["bot & co/ü"], "from": ["10"], "to": ["20"], "counted": ["true"],
        **more,
    }  # fmt: skip
