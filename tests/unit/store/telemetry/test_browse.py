"""Lists of events: every filter alone, pages without gaps, words that cannot become SQL."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.event import COLUMN_NAMES
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.browse import PAGE_MAX, is_uuid
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.testing.feeder import NOON_US, Feeder

ODD: dict[str, Any] = {
    "environment": "staging",
    "service": "lounge",
    "version": "9",
    "model": "gpt-4o-mini",
    "kind": "prediction",
    "role": "request",
    "outcome": "bad",
    "reason": "timeout",
}


def found(telemetry: DuckTelemetry, **where: Any) -> list[str]:
    return [event["event_id"] for event in telemetry.events(EventFilter(**where)).events]


@pytest.mark.parametrize("name", ODD)
def test_each_column_filters_alone(feeder: Feeder, telemetry: DuckTelemetry, name: str) -> None:
    feeder.fold(feeder.event(), feeder.event(**{name: ODD[name]}), feeder.event())
    (event,) = telemetry.events(EventFilter(**{name: ODD[name]})).events
    assert event[name] == ODD[name]
    assert found(telemetry, **{name: "' OR true --"}) == []


@pytest.mark.parametrize(
    ("where", "odd"),
    [
        ({"window": Window(NOON_US + 5, NOON_US + 6)}, {"at": NOON_US + 5}),
        ({"finding": "clock"}, {"finding": "unpriced_model clock"}),
        ({"probes": ("front", "cert")}, {"kind": "probe", "role": "none", "operation": "tls", "subject": "cert"}),
        ({"slower_than_s": 0.5}, {"latency_s": 0.6}),
        ({"counted": False}, {"role": "tool"}),
        ({"model": ""}, {"model": None}),
        ({"text": "PAYROLL"}, {"operation": "run payroll"}),
        ({"text": "100%_"}, {"subject": "100%_sure"}),
        ({"text": "'; DROP TABLE events; --"}, {"label": "'; drop table events; --"}),
    ],
)
def test_other_filters_find_the_odd_one(
    feeder: Feeder, telemetry: DuckTelemetry, where: dict[str, Any], odd: dict[str, Any]
) -> None:
    feeder.fold(feeder.event(finding="clock_skew", subject="100 sure"), feeder.event(**odd), feeder.event())
    assert found(telemetry, **where) == ["00000000-0000-0000-0000-000000000002"]


def test_filters_together_must_all_hold(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(feeder.event(outcome="bad"), feeder.event(outcome="bad", version="2"), feeder.event(version="2"))
    assert len(found(telemetry, outcome="bad", version="2")) == 1
    assert len(found(telemetry, counted=True)) == 3


def test_an_event_is_found_by_the_beginning_of_its_id_or_of_its_request(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    feeder.fold(feeder.event(event_id=b"\xab" * 16), feeder.event(request_id=b"\xcd" * 16), feeder.event())
    assert len(found(telemetry, text="ABABABAB-abab")) == 1
    assert len(found(telemetry, text="cdcdcdcd")) == 1


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_follow_each_other_without_gap_or_repetition_also_within_one_moment(
    feeder: Feeder, telemetry: DuckTelemetry, limit: int
) -> None:
    chance = random.Random(limit)
    feeder.fold(*(feeder.event(at=NOON_US + chance.randrange(3)) for _ in range(60)))
    seen: list[tuple[int, str]] = []
    cursor: str | None = None
    while True:
        page = telemetry.events(EventFilter(service="bot"), limit=limit, cursor=cursor)
        seen += [(event["at"], event["event_id"]) for event in page.events]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.events) == limit
    assert seen == sorted(seen, reverse=True)
    assert len({*seen}) == 60


def test_the_total_is_said_only_where_one_page_holds_all(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(*(feeder.event() for _ in range(3)))
    assert telemetry.events(EventFilter()).total == 3
    assert telemetry.events(EventFilter(), limit=2).total is None


def test_a_page_has_at_least_one_row_and_at_most_what_a_reader_can_use(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    feeder.fold(*(feeder.event() for _ in range(PAGE_MAX + 5)))
    assert len(telemetry.events(EventFilter(), limit=0).events) == 1
    assert len(telemetry.events(EventFilter(), limit=10**9).events) == PAGE_MAX


@pytest.mark.parametrize(
    "cursor", ["x", "1~", "~00000000-0000-0000-0000-000000000000", "-1~00000000-0000-0000-0000-000000000000", "1~1"]
)
def test_a_cursor_we_did_not_give_is_refused(telemetry: DuckTelemetry, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a cursor"):
        telemetry.events(EventFilter(), cursor=cursor)


@pytest.mark.parametrize(
    "cursor", ["1~" + "z" * 36, "²~00000000-0000-0000-0000-000000000000", "9" * 40 + "~" + "0" * 36]
)
def test_a_cursor_that_only_looks_like_ours_is_refused_too(telemetry: DuckTelemetry, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a cursor"):
        telemetry.events(EventFilter(), cursor=cursor)


def test_an_event_has_every_column_and_how_it_was_counted(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(feeder.event(caller=2**64 - 1, value=-0.5))
    event = telemetry.event("00000000-0000-0000-0000-000000000001")
    assert event is not None
    assert set(event) == {*COLUMN_NAMES, "counts_request", "counts_attempt"}
    assert (event["caller"], event["value"], event["at"], event["counts_request"]) == (2**64 - 1, -0.5, NOON_US, True)


def test_a_request_is_read_earliest_first_and_near_the_time_given(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    trace = {"request_id": b"\x07" * 16, "solo": False}
    feeder.fold(*(feeder.event(**trace, at=NOON_US + offset, span_id=offset + 9) for offset in (5, -5, 0)))
    name = "07070707-0707-0707-0707-070707070707"
    assert [event["at"] - NOON_US for event in telemetry.request_events(name, NOON_US)] == [-5, 0, 5]
    assert telemetry.request_events(name, NOON_US + 3 * US_PER_HOUR) == []
    assert telemetry.request_events("nonsense", NOON_US) == []
    assert telemetry.event("00000000-0000-0000-0000-00000000000g") is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("00000000-0000-0000-0000-000000000000", True),
        ("ABCDEF00-0000-0000-0000-000000000000", True),
        ("00000000000000000000000000000000", False),
        ("0000000-00000-0000-0000-000000000000", False),
        ("00000000-0000-0000-0000-00000000000²", False),
        ("", False),
    ],
)
def test_uuids_are_told_from_other_words(text: str, is_one: bool) -> None:
    assert is_uuid(text) is is_one
