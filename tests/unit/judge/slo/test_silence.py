"""Silences of a service, told by its counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from evenkeel.judge.slo.ledger import find_silences
from evenkeel.judge.slo.silence import AT_ONCE_MAX, KEPT_US, Silences, Wanted, read_silences
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import CountSeries
from evenkeel.testing.feeder import NOON_US, Feeder

M = US_PER_MINUTE
KEY = ServiceKey("production", "bot")


class CountingStore(DuckTelemetry):
    """Knows how often it was asked."""

    asked = 0
    feeder: Feeder

    def counts(self, *given: Any, **more: Any) -> Mapping[ServiceKey, CountSeries]:
        self.asked += 1
        return super().counts(*given, **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    """Three days of a request a minute, silent for twenty minutes inside an hour, of each day the ninth."""
    made = CountingStore(str(tmp_path / "telemetry.duckdb"), threads=1)
    made.feeder = feeder = Feeder(made)
    moments = range(NOON_US - 3 * US_PER_DAY, NOON_US, M)
    feeder.fold(*(feeder.event(at=at) for at in moments if not 9 * 60 + 20 <= at // M % 1_440 < 9 * 60 + 40))
    yield made
    made.close()


def test_a_silence_inside_an_hour_is_one_however_long_ago(store: CountingStore) -> None:
    window = Window(NOON_US - 3 * US_PER_DAY, NOON_US)
    (found,) = read_silences(store, [Wanted(KEY, window.start_us, 60.0)], window.end_us)
    assert [span.start_us // M % 1_440 // 60 for span in found] == [9, 9, 9]
    assert all(18 * M <= span.end_us - span.start_us <= 22 * M for span in found)


def test_who_speaks_less_often_is_not_silent_in_between(store: CountingStore) -> None:
    assert read_silences(store, [Wanted(KEY, NOON_US - 3 * US_PER_DAY, 1_800.0)], NOON_US) == [()]


def test_where_nothing_was_ever_heard_all_is_silence(store: CountingStore) -> None:
    window = Window(NOON_US - 30 * US_PER_HOUR, NOON_US)
    wanted = Wanted(ServiceKey("production", "nobody"), window.start_us, 60.0)
    assert read_silences(store, [wanted], window.end_us) == [(window,)]


@pytest.fixture
def many(store: CountingStore) -> list[ServiceKey]:
    """Services that are heard from now and then, each in a way of its own; more than are read at once."""
    feeder = store.feeder
    keys = [ServiceKey("production", f"svc-{place}") for place in range(AT_ONCE_MAX + 5)]
    feeder.fold(
        *(
            feeder.event(at=at, service=key.service)
            for place, key in enumerate(keys)
            for at in range(NOON_US - (1 + place % 3) * US_PER_DAY, NOON_US, (7 + 13 * (place % 7)) * M)
        )
    )
    return [*keys, KEY]


def test_read_together_they_are_what_the_minutes_of_each_tell(store: CountingStore, many: list[ServiceKey]) -> None:
    wanted = [
        Wanted(key, NOON_US - (1 + place % 4) * US_PER_DAY, 300.0 * (1 + place % 9)) for place, key in enumerate(many)
    ]
    for each, found in zip(wanted, read_silences(store, wanted, NOON_US), strict=True):
        window = Window(each.start_us, NOON_US)
        heard = [Window(row.at, row.at + M) for row in store.minutes(each.key, window)]
        assert found == find_silences(heard, window, each.cadence_s), each


def test_what_many_services_ask_is_read_in_a_few_readings_and_remembered(
    store: CountingStore, many: list[ServiceKey]
) -> None:
    silences = Silences(store, lambda _: 600.0)
    window = Window(NOON_US - 2 * US_PER_DAY, NOON_US)
    silences.read([(key, window.start_us) for key in many], NOON_US)
    asked = store.asked
    assert asked < 20, "two pieces of the services, each by its hours, its last day, and the few days before"
    together = [silences.of(key, window) for key in many]
    silences.read([(key, window.start_us) for key in many], NOON_US + KEPT_US)
    assert store.asked == asked
    assert together == [Silences(store, lambda _: 600.0).of(key, window) for key in many]
    silences.read([(KEY, window.start_us)], NOON_US + KEPT_US + 1)
    assert store.asked > asked + len(many), "read anew after a while"
