"""Counters never fall, begin at zero with the process, and lose nothing that is folded meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.web import tallies
from evenkeel.web.tallies import Series, Tallies

KEY = ServiceKey("production", "bot")
GOOD, BAD = Series(tallies.REQUESTS, KEY, "outcome", "good"), Series(tallies.REQUESTS, KEY, "outcome", "bad")
SLOW = Series(tallies.SLOWER, KEY, "threshold", "2")
BAD_MINUTES, GOOD_MINUTES = Series(tallies.MINUTES, KEY, "state", "bad"), Series(tallies.MINUTES, KEY, "state", "good")


@pytest.fixture
def feeder(tmp_path: Path) -> Iterator[Feeder]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield Feeder(telemetry)
    telemetry.close()


def feed(feeder: Feeder, at_us: int, *, good: int = 0, bad: int = 0, **more: Any) -> None:
    outcomes = ["good"] * good + ["bad"] * bad
    feeder.fold(
        *(
            feeder.event(at=at_us + n * US_PER_SECOND // 100, outcome=outcome, caller=n + 1, **more)
            for n, outcome in enumerate(outcomes)
        )
    )


def test_counting_begins_at_zero_with_the_process(feeder: Feeder) -> None:
    feed(feeder, NOON_US, good=10, bad=3)
    counted = Tallies(feeder.telemetry, NOON_US + US_PER_MINUTE)
    read = counted.read(NOON_US + US_PER_MINUTE)
    assert (read[GOOD], read[BAD]) == (0.0, 0.0)
    feed(feeder, NOON_US + 2 * US_PER_MINUTE, good=4, bad=1, latency_s=2.5)
    read = counted.read(NOON_US + 3 * US_PER_MINUTE)
    assert (read[GOOD], read[BAD], read[SLOW], read[Series(tallies.TIMED, KEY)]) == (4.0, 1.0, 5.0, 5.0)


def test_a_service_that_appears_later_is_counted_from_its_first_event(feeder: Feeder) -> None:
    counted = Tallies(feeder.telemetry, NOON_US)
    assert counted.read(NOON_US) == {}
    feed(feeder, NOON_US, good=2)
    assert counted.read(NOON_US + US_PER_MINUTE)[GOOD] == 2.0


def test_a_known_service_that_is_quiet_has_its_counters(feeder: Feeder) -> None:
    feed(feeder, NOON_US - 30 * US_PER_HOUR, good=5)
    counted = Tallies(feeder.telemetry, NOON_US)
    assert set(counted.read(NOON_US).values()) == {0.0}
    assert {GOOD, BAD, SLOW, GOOD_MINUTES} <= counted.read(NOON_US).keys()
    feed(feeder, NOON_US, bad=2)
    assert counted.read(NOON_US + US_PER_MINUTE)[BAD] == 2.0


def test_events_that_come_late_are_counted_when_they_come(feeder: Feeder) -> None:
    counted = Tallies(feeder.telemetry, NOON_US)
    feed(feeder, NOON_US - US_PER_HOUR, good=5)
    assert counted.read(NOON_US + US_PER_MINUTE)[GOOD] == 5.0


def test_a_correction_never_lowers_a_counter(feeder: Feeder) -> None:
    """An attempt failed; then comes the request it was part of, and that was a success."""
    counted = Tallies(feeder.telemetry, NOON_US)
    request_id = (7).to_bytes(16, "big")
    attempt = feeder.event(request_id=request_id, solo=False, outcome="bad", span_id=2, parent_id=1)
    feeder.fold(attempt)
    assert counted.read(NOON_US + US_PER_SECOND)[BAD] == 1.0
    feeder.fold(feeder.event(request_id=request_id, solo=False, role="request", span_id=1, latency_s=1.0))
    read = counted.read(NOON_US + 2 * US_PER_SECOND)
    assert (read[BAD], read[GOOD]) == (1.0, 1.0)
    feed(feeder, NOON_US + US_PER_MINUTE, bad=2)
    assert counted.read(NOON_US + US_PER_MINUTE)[BAD] == 2.0


def test_minutes_are_counted_when_they_are_over(feeder: Feeder) -> None:
    counted = Tallies(feeder.telemetry, NOON_US)
    feed(feeder, NOON_US, bad=5)
    feed(feeder, NOON_US + US_PER_MINUTE, good=5)
    assert counted.read(NOON_US + US_PER_MINUTE)[BAD_MINUTES] == 0.0
    assert counted.read(NOON_US + 2 * US_PER_MINUTE)[BAD_MINUTES] == 1.0
    read = counted.read(NOON_US + 3 * US_PER_MINUTE)
    assert (read[BAD_MINUTES], read[GOOD_MINUTES]) == (1.0, 1.0)


def test_days_on_end_lose_nothing_and_read_little(feeder: Feeder) -> None:
    counted = Tallies(feeder.telemetry, NOON_US)
    total, before = 0, 0.0
    for hour in range(40):
        now_us = NOON_US + hour * US_PER_HOUR
        feed(feeder, now_us, good=3)
        total += 3
        read = counted.read(now_us + US_PER_MINUTE)[GOOD]
        assert read == total and read >= before
        before = read
        assert now_us - counted._since_us <= tallies.WINDOW_MAX_US + tallies.LATE_US
    assert counted.read(NOON_US + 40 * US_PER_HOUR)[GOOD_MINUTES] == 40.0


def test_runs_of_the_probes_that_slos_name_are_counted_and_no_others(feeder: Feeder) -> None:
    counted = Tallies(feeder.telemetry, NOON_US)
    wanted = ((KEY, "returns"),)
    good, bad = (Series(tallies.RUNS, KEY, "outcome", outcome, "returns") for outcome in ("good", "bad"))
    assert counted.read(NOON_US, (), wanted) == {good: 0.0, bad: 0.0}
    golden = {"kind": "probe", "role": "none", "operation": "golden"}
    feed(feeder, NOON_US, good=2, bad=1, subject="returns", **golden)
    feed(feeder, NOON_US, bad=4, subject="other", **golden)
    read = counted.read(NOON_US + US_PER_MINUTE, (), wanted)
    assert (read[good], read[bad], read[Series(tallies.PROBES, KEY, "outcome", "bad")]) == (2.0, 1.0, 0.0)
    assert {series.probe for series in read} == {"", "returns"}
