"""What the adapter remembers: series with a cap, services that only grow, and the same after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey, ServiceState, Thresholds
from evenkeel.store.telemetry.state import (
    KINDS_MAX,
    OTHER,
    SERIES_PER_SERVICE_MAX,
    Dimensions,
    StoreState,
    merge_service,
)
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")


def version(number: int, service: str = "bot") -> Dimensions:
    return ("production", service, f"v{number}", "gpt-4o")


class TestSeries:
    def test_new_ones_are_numbered_after_the_known_and_remembered_only_when_told(self) -> None:
        state = StoreState()
        found, new = state.resolve([version(1), version(2)])
        assert found == new == {version(1): 0, version(2): 1}
        assert state.series == {}
        state.add_series((*dims, number) for dims, number in new.items())
        found, new = state.resolve([version(2), version(3)])
        assert (found, new) == ({version(2): 1, version(3): 2}, {version(3): 2})
        assert state.by_service == {BOT: [0, 1]}

    def test_beyond_the_cap_versions_share_one_series_and_other_services_are_not_affected(self) -> None:
        state = StoreState()
        found, new = state.resolve(version(number) for number in range(SERIES_PER_SERVICE_MAX + 50))
        other = ("production", "bot", OTHER, OTHER)
        assert len(new) == SERIES_PER_SERVICE_MAX + 1
        assert {found[version(number)] for number in range(SERIES_PER_SERVICE_MAX, SERIES_PER_SERVICE_MAX + 50)} == {
            new[other]
        }
        state.add_series((*dims, number) for dims, number in new.items())
        found, new = state.resolve([version(999), version(3), version(1, "lounge")])
        assert found[version(999)] == state.series[other]
        assert found[version(3)] == state.series[version(3)]
        assert list(new) == [version(1, "lounge")]

    def test_numbers_are_never_given_twice(self) -> None:
        state = StoreState()
        numbers: list[int] = []
        for service in ("bot", "lounge", "triage"):
            _, new = state.resolve(version(number, service) for number in range(SERIES_PER_SERVICE_MAX + 5))
            state.add_series((*dims, number) for dims, number in new.items())
            numbers += new.values()
        assert sorted(numbers) == list(range(len(numbers)))

    def test_thresholds_are_those_of_the_series_service(self) -> None:
        state = StoreState(thresholds=Thresholds((2.0,), {BOT: (1.0, 4.0)}))
        series = {version(1): 0, version(1, "lounge"): 1}
        assert state.thresholds_of(series) == [(0, 1.0), (0, 4.0), (1, 2.0)]


def seen(**more: Any) -> dict[str, Any]:
    row = {
        "first_at": 100, "last_at": 200, "last_arrived_at": 210, "beat_at": None, "beat_every_s": None,
        "kinds": ["chat", None],
    }  # fmt: skip
    return row | more


class TestServices:
    def test_a_new_service_is_what_was_seen_of_it(self) -> None:
        state = merge_service(None, BOT, seen(beat_at=150, beat_every_s=15.0), folded=3)
        assert state == ServiceState(BOT, 100, 200, 210, 150, 15.0, 3, frozenset({"chat"}))

    def test_one_that_only_had_outcomes_lived_when_it_first_was_heard_of(self) -> None:
        assert merge_service(None, BOT, seen(last_at=None), folded=1).last_at == 100

    def test_late_events_move_no_time_forward_and_no_beginning_back_but_their_own(self) -> None:
        old = ServiceState(BOT, 100, 200, 210, 150, 15.0, 1, frozenset({"chat"}))
        late = seen(first_at=50, last_at=60, last_arrived_at=500, beat_at=55, kinds=["embeddings"])
        merged = merge_service(old, BOT, late, folded=2)
        assert merged == ServiceState(BOT, 50, 200, 500, 150, 15.0, 2, frozenset({"chat", "embeddings"}))

    def test_the_newest_interval_between_heartbeats_counts_and_silence_keeps_the_old(self) -> None:
        old = ServiceState(BOT, 1, 2, 3, 2, 60.0, 1, frozenset())
        assert merge_service(old, BOT, seen(), folded=2).heartbeat_every_s == 60.0
        assert merge_service(old, BOT, seen(beat_at=300, beat_every_s=5.0), folded=2).heartbeat_every_s == 5.0
        assert merge_service(old, BOT, seen(last_at=None), folded=2).last_at == 2

    def test_kinds_are_capped(self) -> None:
        many = [f"kind-{number:03}" for number in range(100)]
        assert len(merge_service(None, BOT, seen(kinds=many), folded=1).kinds) == KINDS_MAX


def test_after_a_restart_all_is_remembered_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "telemetry.duckdb")
    store = DuckTelemetry(path, threads=1)
    feeder = Feeder(store)
    trace = {"request_id": b"t" * 16, "solo": False}
    feeder.fold(
        feeder.event(**trace, role="entry", span_id=1, operation="POST /ask"),
        feeder.event(**trace, span_id=2, parent_id=1),
        feeder.event(kind="heartbeat", role="none", outcome="none", value=15.0, latency_s=None, service="lounge"),
        feeder.event(version="2", environment="staging"),
    )
    store.erase_caller(7, now_us=NOON_US)
    store.close_periods(NOON_US + 2 * US_PER_DAY)
    before = store._state
    store.close()
    again = DuckTelemetry(path, threads=1)
    after = again._state
    again.close()
    assert after == before
    assert after.meta["sketched_through_hour"] > NOON_US + US_PER_HOUR
    assert after.routes == {("production", "bot", "POST /ask")}
    assert after.erased == {7}


@pytest.mark.parametrize("kinds", [frozenset[str](), frozenset({"a"}), frozenset({"a", "b c"})])
def test_kinds_survive_the_table_they_are_kept_in(tmp_path: Path, kinds: frozenset[str]) -> None:
    path = str(tmp_path / "telemetry.duckdb")
    store = DuckTelemetry(path, threads=1)
    feeder = Feeder(store)
    feeder.fold(*(feeder.event(operation=kind) for kind in sorted(kinds)), feeder.event(role="none", kind="feedback"))
    store.close()
    again = DuckTelemetry(path, threads=1)
    assert again.services()[0].kinds == kinds | {"feedback"}
    again.close()
