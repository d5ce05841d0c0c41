"""Silences of a service, told by its counters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.slo.silence import read_silences
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

M = US_PER_MINUTE
KEY = ServiceKey("production", "bot")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckTelemetry]:
    """Three days of a request a minute, silent for twenty minutes inside an hour, of each day the ninth."""
    made = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    feeder = Feeder(made)
    moments = range(NOON_US - 3 * US_PER_DAY, NOON_US, M)
    feeder.fold(*(feeder.event(at=at) for at in moments if not 9 * 60 + 20 <= at // M % 1_440 < 9 * 60 + 40))
    yield made
    made.close()


def test_a_silence_inside_an_hour_is_one_however_long_ago(store: DuckTelemetry) -> None:
    window = Window(NOON_US - 3 * US_PER_DAY, NOON_US)
    found = read_silences(store, KEY, window, 60.0)
    assert [span.start_us // M % 1_440 // 60 for span in found] == [9, 9, 9]
    assert all(18 * M <= span.end_us - span.start_us <= 22 * M for span in found)


def test_who_speaks_less_often_is_not_silent_in_between(store: DuckTelemetry) -> None:
    assert read_silences(store, KEY, Window(NOON_US - 3 * US_PER_DAY, NOON_US), 1_800.0) == ()


def test_where_nothing_was_ever_heard_all_is_silence(store: DuckTelemetry) -> None:
    window = Window(NOON_US - 30 * US_PER_HOUR, NOON_US)
    assert read_silences(store, ServiceKey("production", "nobody"), window, 60.0) == (window,)
