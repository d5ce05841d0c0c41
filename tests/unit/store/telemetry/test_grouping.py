"""Which rows count: logical requests and attempts of one trace, whatever instrumented it and in whatever order."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
NOON = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_HOUR)
TRACE: dict[str, Any] = {"request_id": b"t" * 16, "solo": False}
FREE: dict[str, Any] = {"cost_nano": None, "tokens_in": None, "tokens_out": None}


def ms(milliseconds: float) -> int:
    return NOON_US + int(milliseconds * 1_000)


def counted(telemetry: DuckTelemetry) -> tuple[set[int], set[int]]:
    """(spans that are logical requests, spans that are attempts)."""
    events = telemetry.events(EventFilter(), limit=1_000).events
    return (
        {event["span_id"] for event in events if event["counts_request"]},
        {event["span_id"] for event in events if event["counts_attempt"]},
    )


class TestRequests:
    def test_an_agent_run_with_calls_beneath_is_one_request(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE | FREE, role="request", span_id=1, latency_s=2.0),
            feeder.event(**TRACE, span_id=2, parent_id=1),
            feeder.event(**TRACE | FREE, role="tool", span_id=3, parent_id=1),
            feeder.event(**TRACE | FREE, role="retrieval", span_id=4, parent_id=1),
            feeder.event(**TRACE, span_id=5, parent_id=1),
        )
        assert counted(telemetry) == ({1}, {2, 5})

    def test_a_run_within_a_run_is_part_of_it_also_where_spans_between_are_missing(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        run = TRACE | FREE | {"role": "request"}
        feeder.fold(
            feeder.event(**run, span_id=1, at=ms(1_000), latency_s=1.0),
            feeder.event(**run, span_id=2, parent_id=1, at=ms(900), latency_s=0.5),
            feeder.event(**run, span_id=4, parent_id=99, at=ms(800), latency_s=0.1),
        )
        assert counted(telemetry)[0] == {1}

    def test_siblings_are_requests_of_their_own_even_when_one_lies_within_the_other(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        run = TRACE | FREE | {"role": "request", "parent_id": 50}
        feeder.fold(
            feeder.event(**run, span_id=1, at=ms(1_000), latency_s=1.0),
            feeder.event(**run, span_id=2, at=ms(900), latency_s=0.2),
        )
        assert counted(telemetry)[0] == {1, 2}

    def test_of_two_that_saw_the_same_time_one_counts(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        run = TRACE | FREE | {"role": "request", "at": ms(1_000), "latency_s": 1.0}
        feeder.fold(feeder.event(**run, span_id=1, parent_id=8), feeder.event(**run, span_id=2, parent_id=9))
        assert len(counted(telemetry)[0]) == 1

    def test_the_gateway_is_believed_before_the_framework(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        run = TRACE | FREE | {"role": "request"}
        feeder.fold(
            feeder.event(**run, span_id=1, source_rank=20, at=ms(1_000), latency_s=1.0, outcome="good"),
            feeder.event(**run, span_id=2, parent_id=1, source_rank=0, at=ms(900), latency_s=0.5, outcome="bad"),
        )
        assert counted(telemetry)[0] == {2}

    def test_without_a_run_every_call_that_is_no_duplicate_is_a_request(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(*(feeder.event(**TRACE, span_id=span, parent_id=1) for span in (2, 3, 4)))
        assert counted(telemetry) == ({2, 3, 4}, {2, 3, 4})


class TestRoutes:
    def test_a_route_is_ai_from_the_first_trace_that_shows_it(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        entry = FREE | {"role": "entry", "operation": "POST /ask"}
        feeder.fold(feeder.event(**entry, span_id=7))
        assert counted(telemetry)[0] == set()
        feeder.fold(
            feeder.event(**TRACE | entry, span_id=1), feeder.event(**TRACE, span_id=2, parent_id=1, latency_s=0.1)
        )
        feeder.fold(feeder.event(**entry, span_id=8, outcome="bad"))
        assert counted(telemetry)[0] == {1, 8}, "a request that failed before any call is a request"

    def test_another_route_of_the_same_service_is_not(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE | FREE, role="entry", operation="POST /ask", span_id=1),
            feeder.event(**TRACE, span_id=2, parent_id=1, latency_s=0.1),
            feeder.event(**FREE, role="entry", operation="GET /health", span_id=8),
        )
        assert counted(telemetry)[0] == {1}

    def test_the_same_route_elsewhere_is_not(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        entry = FREE | {"role": "entry", "operation": "POST /ask"}
        feeder.fold(
            feeder.event(**TRACE | entry, span_id=1), feeder.event(**TRACE, span_id=2, parent_id=1, latency_s=0.1)
        )
        feeder.fold(
            feeder.event(**entry, span_id=8, environment="staging"), feeder.event(**entry, span_id=9, service="x")
        )
        assert counted(telemetry)[0] == {1}


class TestDuplicates:
    def test_a_chain_of_three_reports_is_one_call(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE, span_id=2, parent_id=1, source_rank=20, cost_nano=None),
            feeder.event(**TRACE, span_id=3, parent_id=2, source_rank=10),
            feeder.event(**TRACE, span_id=4, parent_id=3, source_rank=20, cost_nano=None),
        )
        assert counted(telemetry) == ({3}, {3})

    def test_who_knows_the_cost_is_believed_among_equals(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE, span_id=2, parent_id=1, response_id="r"),
            feeder.event(**TRACE, span_id=3, parent_id=1, response_id="r", cost_nano=None),
        )
        assert counted(telemetry)[1] == {2}

    def test_the_inner_one_is_believed_when_nothing_else_tells_them_apart(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(feeder.event(**TRACE, span_id=2, parent_id=1), feeder.event(**TRACE, span_id=3, parent_id=2))
        assert counted(telemetry)[1] == {3}

    def test_retries_have_answers_of_their_own_and_are_paid_each(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(
            feeder.event(**TRACE, span_id=2, parent_id=1, response_id="r1"),
            feeder.event(**TRACE, span_id=3, parent_id=1, response_id="r2"),
            feeder.event(**TRACE, span_id=4, parent_id=1, outcome="bad"),
        )
        assert counted(telemetry)[1] == {2, 3, 4}

    def test_the_same_response_in_another_trace_is_another_call(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE, span_id=2, response_id="r"),
            feeder.event(request_id=b"u" * 16, solo=False, span_id=3, response_id="r"),
        )
        assert counted(telemetry)[1] == {2, 3}

    def test_outcomes_and_heartbeats_of_a_trace_never_count(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(**TRACE, span_id=2),
            feeder.event(**TRACE | FREE, span_id=3, kind="feedback", role="none", outcome="none"),
        )
        assert counted(telemetry) == ({2}, {2})


def _trace(chance: random.Random, number: int, feeder: Feeder) -> list[dict[str, Any]]:
    """Spans as instrumentations of all kinds leave them: nested, doubled, with parents missing."""
    identity = {"request_id": (50_000 + number).to_bytes(16, "big"), "solo": False}
    start = chance.randrange(0, 600)
    spans: list[dict[str, Any]] = []
    for span in range(1, 2 + chance.randrange(7)):
        role = "attempt" if span == 1 else chance.choice(["attempt", "attempt", "request", "entry", "tool"])
        length = chance.randrange(1, 400)
        spans.append(
            feeder.event(
                **identity,
                role=role,
                span_id=number * 100 + span,
                parent_id=number * 100 + chance.randrange(0, 8),
                at=ms(start + length + chance.randrange(50)),
                latency_s=length / 1_000,
                source_rank=chance.choice([0, 10, 20]),
                response_id=chance.choice([None, "r1", "r2"]),
                cost_nano=chance.choice([None, 350_000]),
                outcome=chance.choice(["good", "bad"]),
                operation="POST /ask" if role == "entry" else "chat",
            )
        )
    return spans


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_decides_nothing(tmp_path: Path, seed: int) -> None:
    """The same spans at once, and in shuffled pieces with some sent twice, count the same."""
    chance = random.Random(seed)
    at_once = DuckTelemetry(str(tmp_path / "once.duckdb"), threads=1)
    feeder = Feeder(at_once)
    events = [event for number in range(12) for event in _trace(chance, number, feeder)]
    feeder.fold(*events)
    in_pieces = DuckTelemetry(str(tmp_path / "pieces.duckdb"), threads=1)
    piecewise = Feeder(in_pieces)
    chance.shuffle(events)
    while events:
        piece, events = events[:5], events[5:]
        piecewise.fold(*piece, chance.choice(piece))
    assert counted(in_pieces) == counted(at_once)
    assert in_pieces.minutes(BOT, NOON) == at_once.minutes(BOT, NOON)
    for store in (at_once, in_pieces):
        assert store.verify(NOON) == []
        store.close()
