"""The SLO engine on a real store: what fires when, what it reads, and what silence does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from evenkeel.judge.slo.engine import OUTAGE, SloEngine
from evenkeel.judge.slo.model import (
    BudgetWindow,
    CompositeSli,
    ErrorsSli,
    LatencySli,
    Method,
    MinutesSli,
    Observation,
    ProbesSli,
    RuleId,
    Severity,
    Slo,
)
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey, Telemetry, Thresholds
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
MONTH = BudgetWindow(calendar="month")
ERRORS = Slo(BOT, "error_rate", "Requests without error", ErrorsSli(), 0.999)
MINUTES = Slo(BOT, "availability", "Available minutes", MinutesSli(), 0.999, method=Method.TIMESLICES)
SLOW = Slo(BOT, "latency_p95", "Requests within 2 s", LatencySli(2.0), 0.95)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckTelemetry]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    telemetry.set_thresholds(Thresholds())
    yield telemetry
    telemetry.close()


class Bot:
    """A service that is asked at a steady rate."""

    def __init__(self, store: DuckTelemetry, *slos: Slo) -> None:
        self.feeder = Feeder(store)
        self.engine = SloEngine(store)
        self.engine.set_slos(slos)
        self.now_us = NOON_US

    def serve(self, seconds: int, *, every_s: float = 1.0, bad: int = 0, of: int = 1, latency_s: float = 0.5) -> None:
        """One request every `every_s`, `bad` of each `of` failing."""
        events = [
            self.feeder.event(
                at=self.now_us + int(number * every_s * US_PER_SECOND),
                outcome="bad" if number % of < bad else "good",
                latency_s=latency_s,
            )
            for number in range(int(seconds / every_s))
        ]
        if events:
            self.feeder.fold(*events)
        self.now_us += seconds * US_PER_SECOND

    def look(self) -> Observation:
        return self.engine.observe(self.now_us)

    def rules(self) -> set[str]:
        return {firing.id.rule for firing in self.look().firing}


def test_a_total_outage_pages_by_its_rule_within_seconds_and_ends_with_the_first_success(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS, MINUTES)
    bot.serve(1_800, every_s=0.5)
    assert bot.rules() == set()
    bot.serve(9, every_s=0.1, bad=1)
    assert OUTAGE not in bot.rules()
    bot.serve(3, every_s=0.1, bad=1)
    found = {firing.id: firing for firing in bot.look().firing}
    outage = found[RuleId(BOT, "availability", OUTAGE)]
    assert outage.sentence.startswith("Nothing succeeds: the last 120 requests failed")
    assert bot.now_us - outage.since_us <= 13 * US_PER_SECOND
    bot.serve(2, every_s=0.1)
    assert OUTAGE not in bot.rules()


def test_a_brown_out_pages_by_burn_rate_and_says_what_it_burns(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.serve(7_200, every_s=2)
    bot.serve(600, every_s=1, bad=1, of=5)
    (firing,) = [each for each in bot.look().firing if each.id.rule == "burn-1h-5m"]
    assert "20 % [" in firing.sentence
    assert "99.9 % allows" in firing.sentence
    assert firing.link == "/slos/production/bot/error_rate"
    bot.serve(600, every_s=1)
    assert "burn-1h-5m" not in bot.rules()


def test_one_error_of_a_quiet_service_pages_nobody(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS, MINUTES)
    bot.serve(6 * 3_600, every_s=360)
    bot.serve(360, every_s=360, bad=1)
    assert bot.rules() == set()


def test_slow_requests_burn_the_latency_budget(store: DuckTelemetry) -> None:
    bot = Bot(store, SLOW)
    bot.serve(3_600, every_s=2)
    bot.serve(3_600, every_s=2, latency_s=4.0)
    assert "burn-6h-30m" in bot.rules()


def test_silence_after_an_alert_neither_resolves_nor_repeats_it(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.serve(3_600)
    bot.serve(600, bad=1, of=4)
    assert "burn-1h-5m" in bot.rules()
    bot.now_us += 20 * US_PER_MINUTE
    observation = bot.look()
    rule = RuleId(BOT, "error_rate", "burn-1h-5m")
    assert rule in observation.undecided
    assert rule not in {firing.id for firing in observation.firing}


def test_events_that_come_late_are_counted_where_they_belong(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.serve(3_600)
    bot.look()
    late = [bot.feeder.event(at=bot.now_us - 10 * US_PER_MINUTE + n, outcome="bad") for n in range(120)]
    bot.feeder.fold(*late)
    (_, minutes) = (bot.look(), bot.engine.counted(ERRORS)[1])
    assert minutes.bad.sum() == 120
    assert minutes.total.sum() == 3_720


def test_what_comes_hours_late_is_counted_at_the_next_look(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.serve(4 * 3_600, every_s=60)
    bot.look()
    late = [bot.feeder.event(at=bot.now_us - hours * US_PER_HOUR, outcome="bad") for hours in (2, 50, 700)]
    bot.feeder.fold(*late)
    bot.look()
    hours, minutes = bot.engine.counted(ERRORS)
    assert (hours.bad.sum(), minutes.bad.sum()) == (3, 1)


def test_looking_again_finds_the_same_as_looking_for_the_first_time(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS, MINUTES, SLOW)
    for step in range(12):
        bot.serve(300, bad=int(step in (5, 6)), of=3)
        bot.look()
    fresh = SloEngine(store)
    fresh.set_slos((ERRORS, MINUTES, SLOW))
    first = fresh.observe(bot.now_us)
    again = bot.look()
    assert {firing.id for firing in first.firing} == {firing.id for firing in again.firing}
    for slo in (ERRORS, MINUTES, SLOW):
        assert fresh.burns(slo) == bot.engine.burns(slo)


def test_hours_before_the_last_day_count_in_the_tickets_long_window(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.now_us = NOON_US - 3 * US_PER_DAY
    for _ in range(3 * 24):
        bot.serve(3_600, every_s=30, bad=1, of=60)
    bot.look()
    long = next(result.long for result in bot.engine.burns(ERRORS) if result.rule.name == "burn-3d-6h")
    assert long.total == pytest.approx(3 * 24 * 120, rel=0.02)
    assert long.bad == pytest.approx(3 * 24 * 2, rel=0.05)


def test_slos_that_burn_together_add_up_by_weight(store: DuckTelemetry) -> None:
    both = Slo(BOT, "all", "All of it", CompositeSli((("error_rate", 0.5), ("latency_p95", 2.0))), 0.999)
    bot = Bot(store, ERRORS, SLOW, both)
    bot.serve(3_600, bad=1, of=50, latency_s=4.0)
    bot.look()
    for name in ("burn-1h-5m", "burn-6h-30m"):
        mine, errors = (
            next(result for result in bot.engine.burns(slo) if result.rule.name == name and result.burn_long)
            for slo in (both, ERRORS)
        )
        assert mine.burn_long == pytest.approx(0.5 * (errors.burn_long or 0) + 2.0 * 20.0, rel=1e-6)
        assert mine.fires
    assert (bot.engine.counted(both)[1]).at.size == 0


def test_a_service_whose_slos_change_is_judged_by_the_new_ones(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS)
    bot.serve(US_PER_HOUR // US_PER_SECOND, bad=1, of=50)
    assert bot.rules()
    bot.engine.set_slos([Slo(BOT, "error_rate", "Requests without error", ErrorsSli(), 0.9)])
    assert bot.rules() == set()
    bot.engine.set_slos([])
    assert bot.look().firing == ()


def test_an_outage_that_grows_old_in_silence_is_not_over_and_a_restart_does_not_end_it(store: DuckTelemetry) -> None:
    bot = Bot(store, ERRORS, MINUTES)
    bot.serve(1_845, every_s=0.5)
    bot.serve(30, every_s=0.5, bad=1)  # across the edge of two minutes
    rule = RuleId(BOT, "availability", OUTAGE)
    ended_us = bot.now_us
    assert OUTAGE in bot.rules()
    for seconds in (7_180, 7_195, 7_230, 10_000):
        bot.now_us = ended_us + seconds * US_PER_SECOND
        fresh = SloEngine(store)
        fresh.set_slos((ERRORS, MINUTES))
        for engine in (bot.engine, fresh):
            seen = engine.observe(bot.now_us)
            assert rule in seen.undecided or rule in {firing.id for firing in seen.firing}, seconds


def test_a_reading_that_fails_is_made_again_and_ends_no_alert(store: DuckTelemetry) -> None:
    class Failing:
        """The store, which fails when told to."""

        broken = False

        def __getattr__(self, name: str) -> Any:
            if self.broken and name == "counts":
                raise OSError("no room left")
            return getattr(store, name)

    bot = Bot(store, ERRORS)
    failing = Failing()
    bot.engine = SloEngine(cast(Telemetry, failing))
    bot.engine.set_slos((ERRORS,))
    bot.serve(3_600, bad=1, of=50)
    failing.broken = True
    with pytest.raises(OSError, match="no room left"):
        bot.look()
    failing.broken = False
    bot.now_us += US_PER_SECOND
    assert "burn-1h-5m" in bot.rules()
    assert bot.engine.counted(ERRORS)[1].total.sum() == 3_600


def test_a_known_question_that_gets_a_wrong_answer_fires_its_own_rule_and_no_other(store: DuckTelemetry) -> None:
    returns = Slo(BOT, "returns", "Returns", ProbesSli(("shop-returns",)), 0.95)
    bot = Bot(store, ERRORS, MINUTES, returns)
    golden = {"kind": "probe", "role": "none", "operation": "golden", "subject": "shop-returns"}
    for minute in range(240):
        at_us = bot.now_us
        bot.feeder.fold(bot.feeder.event(at=at_us, outcome="bad" if minute >= 200 else "good", **golden))
        bot.serve(60, every_s=10)
        if minute == 199:
            assert bot.look().firing == ()
    found = bot.look()
    assert {(firing.id.objective, firing.severity) for firing in found.firing} >= {("returns", Severity.PAGE)}
    assert {firing.id.objective for firing in found.firing} == {"returns"}
    assert "runs of shop-returns bad in" in found.firing[0].sentence
    _, minutes = bot.engine.counted(returns)
    assert (minutes.total.sum(), minutes.bad.sum()) == (240, 40)
