"""Named probes: since when they run, and what of their runs is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.slo.probed import Pace, ProbeRunsReader, no_probe
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
M, H = US_PER_MINUTE, US_PER_HOUR


@pytest.fixture
def feeder(tmp_path: Path) -> Iterator[Feeder]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield Feeder(telemetry)
    telemetry.close()


def ran(feeder: Feeder, name: str, *minutes: int, outcome: str = "good") -> None:
    golden = {"kind": "probe", "role": "none", "operation": "golden", "subject": name, "outcome": outcome}
    feeder.fold(*(feeder.event(at=NOON_US + minute * M, **golden) for minute in minutes))


def reader(feeder: Feeder, vantages: int = 1) -> ProbeRunsReader:
    return ProbeRunsReader(feeder.telemetry, lambda _name: Pace(300.0, vantages))


def window(first: int, last: int) -> Window:
    return Window(NOON_US + first * M, NOON_US + last * M)


def test_runs_are_missing_where_a_probe_is_silent_for_two_of_its_intervals(feeder: Feeder) -> None:
    ran(feeder, "returns", *range(0, 60, 5), *range(120, 180, 5))
    ran(feeder, "other", *range(0, 180, 5))
    found = reader(feeder)
    assert found.missing(BOT, ("other",), window(0, 180), ()) == 0.0
    silent_minutes = 120 - 56  # from the end of the minute of the last run before
    assert found.missing(BOT, ("returns",), window(0, 180), ()) == pytest.approx(silent_minutes / 5)
    assert found.missing(BOT, ("returns", "other"), window(0, 180), ()) == pytest.approx(silent_minutes / 5)
    assert reader(feeder, 3).missing(BOT, ("returns",), window(0, 180), ()) == pytest.approx(3 * silent_minutes / 5)


def test_maintenance_is_no_time_in_which_runs_are_missed(feeder: Feeder) -> None:
    ran(feeder, "returns", *range(0, 60, 5), *range(120, 180, 5))
    assert reader(feeder).missing(BOT, ("returns",), window(0, 180), (window(50, 120),)) == 0.0


def test_runs_that_say_nothing_of_the_service_are_missing(feeder: Feeder) -> None:
    ran(feeder, "returns", 0)
    ran(feeder, "returns", *range(5, 60, 5), outcome="none")
    assert reader(feeder).missing(BOT, ("returns",), window(0, 60), ()) == pytest.approx(59 / 5)


def test_nothing_is_missing_before_the_first_run_and_all_is_after_the_last(feeder: Feeder) -> None:
    ran(feeder, "returns", 100, 105)
    found = reader(feeder)
    assert found.began_us(BOT, ("returns", "never"), NOON_US + 110 * M) == NOON_US + 100 * M
    assert found.missing(BOT, ("returns",), window(0, 110), ()) == 0.0
    assert found.missing(BOT, ("returns",), window(0, 166), ()) == pytest.approx(60 / 5)
    assert found.missing(BOT, ("never",), window(0, 166), ()) == 0.0
    assert found.began_us(BOT, ("never",), NOON_US) is None


def test_a_probe_that_ran_last_month_is_missed_from_the_start_of_this_one(feeder: Feeder) -> None:
    ran(feeder, "returns", -40 * 1_440)
    ran(feeder, "returns", 120)
    assert reader(feeder).missing(BOT, ("returns",), window(0, 121), ()) == pytest.approx(120 / 5)


def test_what_ran_meanwhile_is_read_within_a_minute(feeder: Feeder) -> None:
    found = reader(feeder)
    ran(feeder, "returns", *range(0, 30, 5))
    assert found.missing(BOT, ("returns",), window(0, 30), ()) == 0.0
    ran(feeder, "returns", *range(30, 60, 5))
    assert found.missing(BOT, ("returns",), window(0, 60), ()) == 0.0


def test_where_minutes_are_kept_no_longer_hours_tell(feeder: Feeder) -> None:
    once = [hour * 60 + 7 for hour in range(36) if hour not in (10, 11, 12)]
    ran(feeder, "returns", *once, *range(36 * 60, 72 * 60, 5))
    feeder.telemetry.apply_retention({"events": 1, "counters_minute": 1}, NOON_US + 3 * US_PER_DAY)
    whole = Window(NOON_US + 7 * M, NOON_US + 3 * US_PER_DAY)
    assert reader(feeder).missing(BOT, ("returns",), whole, ()) == pytest.approx(3 * 60 / 5)


def test_what_was_missed_within_an_hour_is_not_forgotten_a_day_later(feeder: Feeder) -> None:
    ran(feeder, "returns", *(minute for minute in range(0, 3 * 1_440, 5) if not 70 <= minute < 110))
    for end in (180, 3 * 1_440):
        assert reader(feeder).missing(BOT, ("returns",), window(0, end), ()) == pytest.approx((110 - 66) / 5), end


def test_a_probe_that_is_not_configured_has_no_pace() -> None:
    assert no_probe("returns") is None
