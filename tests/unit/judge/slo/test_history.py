"""An SLO's past for a backtest: dense minutes, from its first one on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.slo.history import backtest_slo, read_history, rule_set
from evenkeel.judge.slo.model import BurnRule, ErrorsSli, LatencySli, Severity, Slo
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
ERRORS = Slo(BOT, "error_rate", "Errors", ErrorsSli(), 0.999)
NOW_US = NOON_US + 3 * US_PER_HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckTelemetry]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    feeder = Feeder(telemetry)
    for minute in range(0, 180, 2):
        outcome = "bad" if 100 <= minute < 120 else "good"
        feeder.fold(*(feeder.event(at=NOON_US + minute * US_PER_MINUTE + n, outcome=outcome) for n in range(20)))
    yield telemetry
    telemetry.close()


def test_minutes_without_anything_are_zeros(store: DuckTelemetry) -> None:
    found = read_history(store, ERRORS, NOW_US)
    assert found.start_us == NOON_US
    assert found.total.size == 180
    assert found.total.tolist()[:4] == [20, 0, 20, 0]
    assert found.bad.sum() == 200
    assert found.at_us(100) == NOON_US + 100 * US_PER_MINUTE


def test_a_service_without_a_past_has_an_empty_one(store: DuckTelemetry) -> None:
    nobody = Slo(ServiceKey("production", "nobody"), "x", "x", ErrorsSli(), 0.999)
    assert read_history(store, nobody, NOW_US).total.size == 0
    with pytest.raises(InvalidInputError, match="too little to replay"):
        backtest_slo(store, nobody, NOW_US)


@pytest.mark.parametrize("days", [0, 41])
def test_days_that_are_not_kept_are_refused(store: DuckTelemetry, days: int) -> None:
    with pytest.raises(InvalidInputError, match=f"{days} days cannot be replayed"):
        read_history(store, ERRORS, NOW_US, days=days)


def test_the_past_is_replayed_against_the_rules_or_against_edited_ones(store: DuckTelemetry) -> None:
    _, found = backtest_slo(store, ERRORS, NOW_US)
    (page,) = found.pages
    assert 100 <= page.first <= 104
    _, deaf = backtest_slo(store, ERRORS, NOW_US, rules=(BurnRule(Severity.TICKET, 3_600, 300, 14.4),))
    assert {rule for each in deaf.pages for rule in each.rules} == {"hard-outage"}
    assert deaf.tickets


def test_only_slos_of_requests_and_minutes_carry_the_outage_rule() -> None:
    assert rule_set(ERRORS).with_outage
    assert not rule_set(Slo(BOT, "slow", "Slow", LatencySli(2.0), 0.95)).with_outage
