"""The fold: one transaction, nothing twice, nothing half, whatever a batch holds."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from evenkeel.kernel.errors import UnstorableError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import LATE_US, FoldResult, JournalOffset, ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
NOON = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_HOUR)


def requests(telemetry: DuckTelemetry, key: ServiceKey = BOT) -> float:
    return sum(row.requests for row in telemetry.minutes(key, NOON))


def test_the_result_says_what_was_done(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    telemetry.erase_caller(7, now_us=NOON_US)
    twice = feeder.event()
    result = feeder.fold(twice, twice, feeder.event(caller=7), feeder.event(service="lounge"))
    assert result == FoldResult(4, 3, 1, 1, frozenset({BOT, ServiceKey("production", "lounge")}))


def test_a_service_says_which_fold_last_brought_what_followers_do_not_reach(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    feeder.fold(feeder.event(at=NOON_US - LATE_US // 2))
    assert [state.folded_late for state in telemetry.services()] == [0]
    feeder.fold(feeder.event(at=NOON_US), feeder.event(at=NOON_US - LATE_US))
    feeder.fold(feeder.event(at=NOON_US))
    (state,) = telemetry.services()
    assert (state.folded, state.folded_late) == (3, 2)


def test_offsets_alone_move_too(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    result = telemetry.fold([], {"w0": JournalOffset(3, 40), "w1": JournalOffset(0, 8)}, now_us=NOON_US)
    assert result == FoldResult(0, 0, 0, 0, frozenset())
    feeder.fold(feeder.event())
    assert telemetry.offsets() == {"w0": JournalOffset(0, 1), "w1": JournalOffset(0, 8)}


def test_the_same_id_at_another_time_is_another_event(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    """A re-send carries its original time; what has another was made anew."""
    event = feeder.event()
    feeder.fold(event, event | {"at": NOON_US + 1})
    assert feeder.fold(event, event | {"at": NOON_US + 2}).stored == 1
    assert requests(telemetry) == 3


def test_a_re_sent_event_is_recognised_months_later(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    event = feeder.event()
    feeder.fold(event)
    late = event | {"arrived_at": NOON_US + 20 * US_PER_DAY}
    assert feeder.fold(late, feeder.event(at=NOON_US + 20 * US_PER_DAY)).duplicates == 1


def test_a_fold_that_fails_in_the_middle_changes_neither_file_nor_memory(
    feeder: Feeder, telemetry: DuckTelemetry, tmp_path: Path
) -> None:
    """A number beyond what one event may say is refused by the engine after events were staged and series made."""
    feeder.fold(feeder.event())
    before = copy.deepcopy(telemetry._state)
    with pytest.raises(UnstorableError, match="out of range"):
        feeder.fold(feeder.event(version="2", service="lounge", tokens_in=2**62, weight=1e9))
    assert telemetry._state == before
    assert telemetry.usage().events == 1
    feeder.fold(feeder.event(version="2", service="lounge"))
    assert requests(telemetry, ServiceKey("production", "lounge")) == 1
    assert telemetry.verify(NOON) == []
    telemetry.close()
    again = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    assert again.usage().events == 2
    again.close()


def test_what_is_taken_back_carries_its_weight(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    trace = {"request_id": b"t" * 16, "solo": False, "weight": 10.0}
    feeder.fold(feeder.event(**trace, span_id=3, parent_id=2, source_rank=20))
    assert requests(telemetry) == 10
    feeder.fold(feeder.event(**trace, span_id=2, parent_id=1, source_rank=10, outcome="bad"))
    (row,) = telemetry.minutes(BOT, NOON)
    assert (row.good, row.bad, row.attempts, row.tokens_in) == (0, 10, 10, 1_000)


def test_late_and_taken_back_events_correct_sketches_that_are_made_already(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    trace = {"request_id": b"t" * 16, "solo": False}
    feeder.fold(feeder.event(**trace, span_id=3, parent_id=2, source_rank=20, latency_s=3.0))
    telemetry.close_periods(NOON_US + 2 * US_PER_DAY)
    feeder.fold(feeder.event(**trace, span_id=2, parent_id=1, source_rank=10, latency_s=4.0), feeder.event())
    sketched = telemetry.latency_histogram(BOT, Window(NOON_US - US_PER_DAY, NOON_US + US_PER_DAY))
    clusters = telemetry.samples(BOT, [NOON], by="hour", thresholds=(2.0, 3.0))[0].clusters
    assert sketched.n == 2
    assert (sum(clusters.timed), sum(clusters.slow[2.0]), sum(clusters.slow[3.0])) == (2, 1, 1)


def test_dirt_rises_with_every_fold_that_touches_a_service_and_for_no_other(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    def folded() -> dict[str, int]:
        return {state.key.service: state.folded for state in telemetry.services()}

    feeder.fold(feeder.event(), feeder.event(service="lounge"))
    first = folded()
    feeder.fold(feeder.event())
    second = folded()
    assert second["bot"] > first["bot"]
    assert second["lounge"] == first["lounge"]
    event = feeder.event(service="lounge")
    feeder.fold(event)
    third = folded()
    feeder.fold(event)
    assert folded() == third, "what is sent again changes nothing"


def test_a_thousand_new_series_are_stored_in_one_fold(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(*(feeder.event(service=f"s{number}", version=str(number % 7)) for number in range(1_000)))
    assert len(telemetry.services()) == 1_000
    assert requests(telemetry, ServiceKey("production", "s999")) == 1


def test_names_may_hold_anything(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    odd = "b'; DROP TABLE events; -- \"ü\n\x1f"
    feeder.fold(feeder.event(service=odd, version=odd, model=odd, operation=odd))
    key = ServiceKey("production", odd)
    assert requests(telemetry, key) == 1
    assert telemetry.breakdown(key, NOON, by="model")[0].value == odd
