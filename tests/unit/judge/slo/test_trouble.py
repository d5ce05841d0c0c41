"""Whether a service was in trouble at a time: decided by its own numbers, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.slo.model import CompositeSli, ErrorsSli, LatencySli, Slo
from evenkeel.judge.slo.trouble import find_trouble
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
ERRORS = Slo(BOT, "error_rate", "Requests without error", ErrorsSli(), 0.999)
SLOW = Slo(BOT, "latency_p95", "Requests within 2 s", LatencySli(2.0), 0.95)
HALF_HOUR = Window(NOON_US, NOON_US + 30 * US_PER_MINUTE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckTelemetry]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield telemetry
    telemetry.close()


def serve(store: DuckTelemetry, count: int, *, bad: int) -> None:
    feeder = Feeder(store)
    failing = {n * count // bad + 1 for n in range(bad)}
    outcomes = ["bad" if n in failing else "good" for n in range(count)]
    feeder.fold(*(feeder.event(at=NOON_US + n * US_PER_SECOND, outcome=each) for n, each in enumerate(outcomes)))


def test_many_failures_are_trouble_and_said_with_their_interval(store: DuckTelemetry) -> None:
    serve(store, 1_500, bad=150)
    found = find_trouble(store, [ERRORS, SLOW], HALF_HOUR)
    assert found.is_real is True
    assert found.sentence.startswith("Requests without error: 10 % [")
    assert found.sentence.endswith("of 1,500 requests bad, target 99.9 %.")


def test_one_failure_is_none(store: DuckTelemetry) -> None:
    serve(store, 300, bad=1)
    assert find_trouble(store, [ERRORS, SLOW], HALF_HOUR).is_real is False


def test_where_nothing_was_counted_nobody_knows(store: DuckTelemetry) -> None:
    assert find_trouble(store, [ERRORS], HALF_HOUR).is_real is None
    serve(store, 10, bad=0)
    earlier = Window(NOON_US - 60 * US_PER_MINUTE, NOON_US - 30 * US_PER_MINUTE)
    assert find_trouble(store, [ERRORS], earlier).sentence == "Nothing was counted at that time."


def test_a_service_without_an_slo_of_its_own_cannot_be_told(store: DuckTelemetry) -> None:
    both = Slo(BOT, "all", "All", CompositeSli((("error_rate", 1.0),)), 0.999)
    assert find_trouble(store, [], HALF_HOUR).is_real is None
    assert find_trouble(store, [both], HALF_HOUR).is_real is None
