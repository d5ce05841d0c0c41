"""Requests and attempts as a real fold counts them: one request, N attempts, whoever else saw them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.gateway.metering.record import Served, Trace, name_request, record
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.ids import derive_id
from evenkeel.observe.events.context import Usage
from evenkeel.observe.pricing.book import OwnPrice, PriceBook
from evenkeel.store.journal.codec import decode_payload, encode_batch
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.feeder import NOON_US, Feeder

BOOK = PriceBook.load([OwnPrice("house", tokens_in=1_000_000_000, tokens_out=2_000_000_000)])
USED = Metered(
    Usage(1_000, 0, 0, 100),
    UsageSource.PROVIDER,
    model="house",
    finish="stop",
    response_id="resp-1",
    tokens_reasoning=5,
)


@dataclass(frozen=True)
class Caller:
    trace_id: bytes = b"t" * 16
    span_id: bytes = b"\0" * 7 + b"\x09"


GOOD = Attempt(
    "eu", "v1", "openai", "house", NOON_US - 900_000, NOON_US - 100_000, NOON_US - 800_000, 200, metered=USED
)
FAILED = replace(GOOD, ended_us=NOON_US - 800_000, first_byte_us=None, status=503, metered=Metered.nothing())
SERVED = Served(
    names=name_request("production", "bot", b"r" * 16, None),
    environment="production",
    service="bot",
    operation="chat",
    model_asked="house",
    key_id="k1",
    team="shop",
    user=7,
    session=8,
    began_us=NOON_US - 1_000_000,
    ended_us=NOON_US,
    status=200,
    is_streaming=True,
)
TRACED = replace(SERVED, names=name_request("production", "bot", b"r" * 16, Caller()))
GROUP = derive_id(b"production", b"bot", b"t" * 16)  # as the OTLP door names it


def other_request(trace: Trace) -> Served:
    """Another one of the same caller."""
    return replace(SERVED, names=name_request("production", "bot", b"s" * 16, trace))


@pytest.fixture
def telemetry(tmp_path: Path) -> Iterator[DuckTelemetry]:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: DuckTelemetry) -> Feeder:
    return Feeder(telemetry)


def rows(served: Served, *attempts: Attempt) -> list[dict[str, Any]]:
    batch = EventBatch()
    batch.add_all(record(served, attempts, BOOK, NOON_US + 5))
    return [batch.row(index) for index in range(len(batch))]


def fold(telemetry: DuckTelemetry, *requests: tuple[Served, tuple[Attempt, ...]]) -> None:
    batch = EventBatch()
    for served, attempts in requests:
        batch.add_all(record(served, attempts, BOOK, NOON_US + 5))
    payload = decode_payload(encode_batch(batch), SCHEMA_ID)
    telemetry.fold([payload], {"g0": JournalOffset(0, 1)}, now_us=NOON_US)


def seen(feeder: Feeder, **more: Any) -> dict[str, Any]:
    """A span of the caller's own instrumentation of the same call."""
    base = {
        "request_id": GROUP, "solo": False, "span_id": 9, "parent_id": 1, "response_id": "resp-1", "provider": "openai",
        "dialect": "otel-genai", "at": NOON_US + 1_000, "latency_s": 1.002, "tokens_in": 1_000, "tokens_out": 100,
        "cost_nano": 1_200_000, "model": "house",
    }  # fmt: skip
    return feeder.event(**base | more)


def counted(telemetry: DuckTelemetry) -> tuple[list[str], list[str], int]:
    """(sources of the logical requests, of the attempts, cost of the attempts)."""
    events = telemetry.events(EventFilter(), limit=1_000).events
    attempts = [event for event in events if event["counts_attempt"]]
    requests = sorted(event["source"] for event in events if event["counts_request"])
    return requests, sorted(e["source"] for e in attempts), sum(e.get("cost_nano") or 0 for e in attempts)


class TestRows:
    def test_a_request_says_how_it_ended_and_an_attempt_what_it_used(self) -> None:
        request, attempt = rows(SERVED, GOOD)
        assert (request["role"], request["outcome"], request["status_code"], request["latency_s"]) == (
            "request", "good", 200, 1.0,
        )  # fmt: skip
        assert (request["caller"], request["session"], request["ttft_s"], request["version"]) == (7, 8, 0.2, "v1")
        assert "cost_nano" not in request
        assert "tokens_in" not in request
        assert (attempt["role"], attempt["tokens_in"], attempt["tokens_out"]) == ("attempt", 1_000, 100)
        assert (attempt["cost_nano"], attempt["cost_basis"], attempt["tokens_reasoning"]) == (1_200_000, "exact", 5)
        assert (attempt["latency_s"], attempt["ttft_s"], attempt["response_id"]) == (0.8, 0.1, "resp-1")
        assert json.loads(attempt["attributes"])["evenkeel.usage_source"] == "provider"
        assert json.loads(request["attributes"])["evenkeel.team"] == "shop"

    def test_the_same_record_has_the_same_identities(self) -> None:
        assert [row["event_id"] for row in rows(SERVED, GOOD)] == [row["event_id"] for row in rows(SERVED, GOOD)]
        assert len({row["event_id"] for row in rows(SERVED, FAILED, GOOD, replace(GOOD, is_shadow=True))}) == 4

    def test_upstreams_are_told_the_span_of_the_request(self) -> None:
        request, _attempt = rows(SERVED, GOOD)
        assert int.from_bytes(SERVED.names.span_id) == request["span_id"]

    def test_only_a_stream_has_a_first_token(self) -> None:
        assert all("ttft_s" not in row for row in rows(replace(SERVED, is_streaming=False), GOOD))

    @pytest.mark.parametrize(
        ("status", "error", "outcome", "reason"),
        [
            (499, "client_cancelled", "excluded", "client_cancelled"),
            (503, "kill_switch", "excluded", "kill_switch"),
            (200, "kill_switch", "excluded", "kill_switch"),
            (403, "guard_block", "excluded", "guard_block"),
            (429, "rate_limited", "excluded", "rate_limited"),
            (503, "upstream_unwell", "bad", "http_503"),
            (504, "upstream_timeout", "bad", "http_504"),
            (200, "timeout", "bad", "timeout"),
            (200, "reset", "bad", "reset"),
            (404, "", "excluded", "http_404"),
            (200, "", "good", None),
        ],
    )
    def test_how_a_request_ended(self, status: int, error: str, outcome: str, reason: str | None) -> None:
        (request,) = rows(replace(SERVED, status=status, error=error))
        assert (request["outcome"], request.get("reason")) == (outcome, reason)

    def test_an_attempt_that_was_refused_our_key_is_bad(self) -> None:
        attempt = rows(SERVED, replace(FAILED, status=401))[1]
        assert (attempt["outcome"], attempt["reason"]) == ("bad", "refused_credentials")

    def test_an_attempt_that_never_left_has_no_usage_and_no_cost(self) -> None:
        attempt = rows(SERVED, replace(FAILED, status=None, error="connect"))[1]
        assert (attempt["outcome"], attempt["reason"]) == ("bad", "connection")
        assert not attempt.keys() & {"tokens_in", "tokens_out", "cost_nano", "cost_basis", "finding"}

    def test_tokens_without_a_price_are_a_finding(self) -> None:
        metered = replace(USED, model="nobody-knows")
        attempt = rows(SERVED, replace(GOOD, model_asked="me-neither", metered=metered))[1]
        assert (attempt.get("cost_nano"), attempt["cost_basis"], attempt["finding"]) == (
            None, "unpriced", "unpriced_model",
        )  # fmt: skip

    def test_a_bound_is_called_one(self) -> None:
        attempt = rows(SERVED, replace(GOOD, metered=replace(USED, source=UsageSource.COUNTED)))[1]
        assert (attempt["cost_basis"], attempt["finding"]) == ("upper_bound", "usage_counted")
        unknown = Metered(Usage(tokens_in=9), UsageSource.UPPER_BOUND)
        attempt = rows(SERVED, replace(GOOD, metered=unknown))[1]
        assert (attempt.get("cost_nano"), attempt["finding"]) == (None, "usage_unknown usage_upper_bound")

    def test_a_cached_answer_costs_exactly_nothing_and_says_what_it_saved(self) -> None:
        attempt = rows(replace(SERVED, cache="hit"), replace(GOOD, is_cached=True))[1]
        assert (attempt["cost_nano"], attempt["currency"], attempt["cost_basis"]) == (0, "USD", "exact")
        assert "tokens_in" not in attempt
        saved = json.loads(attempt["attributes"])["evenkeel.saved"]
        assert saved == {"tokens_in": 1_000, "tokens_out": 100, "cost_nano": 1_200_000}

    def test_a_shadow_is_nobodys(self) -> None:
        request, shadow = rows(TRACED, replace(GOOD, is_shadow=True, version="v2"))
        assert request["version"] == ""
        assert not shadow.keys() & {"caller", "session"}
        assert shadow["parent_id"] == request["span_id"]
        assert "evenkeel.key" not in json.loads(shadow["attributes"])

    def test_a_model_that_there_is_none_of_names_no_series(self) -> None:
        attempt = replace(FAILED, status=404, model_asked="made-up")
        assert all("model" not in row for row in rows(SERVED, attempt))
        assert rows(SERVED, replace(attempt, status=503))[1]["model"] == "made-up"


class TestFold:
    def test_a_request_is_one_and_its_retries_are_attempts(self, telemetry: DuckTelemetry) -> None:
        fold(telemetry, (SERVED, (FAILED, GOOD)))
        assert counted(telemetry) == (["gateway"], ["gateway"] * 2, 1_200_000)

    def test_a_request_that_never_left_is_one(self, telemetry: DuckTelemetry) -> None:
        fold(telemetry, (replace(SERVED, status=429, error="limit"), ()))
        assert counted(telemetry) == (["gateway"], [], 0)

    def test_a_shadow_is_paid_for_and_no_request(self, telemetry: DuckTelemetry) -> None:
        shadow = replace(GOOD, is_shadow=True, version="v2", metered=replace(USED, response_id="resp-2"))
        fold(telemetry, (TRACED, (GOOD, shadow)))
        assert counted(telemetry) == (["gateway"], ["gateway"] * 2, 2_400_000)

    def test_a_shadow_that_ends_later_adds_no_request(self, telemetry: DuckTelemetry) -> None:
        shadow = replace(GOOD, is_shadow=True, ended_us=NOON_US + 9_000_000, metered=replace(USED, response_id="s"))
        fold(telemetry, (SERVED, (GOOD,)), (replace(SERVED, is_shadow=True), (shadow,)))
        assert counted(telemetry) == (["gateway"], ["gateway"] * 2, 2_400_000)

    @pytest.mark.parametrize(
        "span",
        [
            pytest.param({"response_id": None}, id="the parent, that names no response"),
            pytest.param({"span_id": 5}, id="further up, with the same response"),
            pytest.param({"span_id": 5, "parent_id": 9, "response_id": None}, id="a sibling with the same tokens"),
        ],
    )
    @pytest.mark.parametrize("is_first", [True, False])
    def test_what_the_caller_saw_of_the_call_is_not_counted_again(
        self, telemetry: DuckTelemetry, feeder: Feeder, span: dict[str, Any], *, is_first: bool
    ) -> None:
        if is_first:
            feeder.fold(seen(feeder, **span))
        fold(telemetry, (TRACED, (GOOD,)))
        if not is_first:
            feeder.fold(seen(feeder, **span))
        assert counted(telemetry) == (["gateway"], ["gateway"], 1_200_000)

    def test_a_caller_that_saw_one_call_where_there_were_two_attempts(
        self, telemetry: DuckTelemetry, feeder: Feeder
    ) -> None:
        fold(telemetry, (TRACED, (FAILED, GOOD)))
        feeder.fold(seen(feeder))
        assert counted(telemetry) == (["gateway"], ["gateway"] * 2, 1_200_000)

    def test_two_requests_of_one_trace_are_two_even_when_one_lies_within_the_other(
        self, telemetry: DuckTelemetry
    ) -> None:
        other = replace(
            other_request(Caller(span_id=b"\0" * 7 + b"\x0a")), began_us=NOON_US - 700_000, ended_us=NOON_US - 200_000
        )
        call = replace(
            GOOD, began_us=NOON_US - 600_000, ended_us=NOON_US - 300_000, metered=replace(USED, response_id="resp-2")
        )
        fold(telemetry, (TRACED, (GOOD,)), (other, (call,)))
        assert counted(telemetry) == (["gateway"] * 2, ["gateway"] * 2, 2_400_000)

    def test_a_replay_in_the_trace_of_the_answer_takes_nothing_from_it(self, telemetry: DuckTelemetry) -> None:
        replay = replace(other_request(Caller()), cache="hit")
        fold(telemetry, (TRACED, (GOOD,)), (replay, (replace(GOOD, is_cached=True),)))
        requests, _attempts, cost = counted(telemetry)
        assert (requests, cost) == (["gateway"] * 2, 1_200_000)

    def test_a_replay_that_the_caller_saw_costs_nothing(self, telemetry: DuckTelemetry, feeder: Feeder) -> None:
        fold(telemetry, (replace(TRACED, cache="hit"), (replace(GOOD, is_cached=True),)))
        feeder.fold(seen(feeder, span_id=5))
        assert counted(telemetry) == (["gateway"], ["gateway"], 0)

    def test_the_same_record_twice_counts_once(self, telemetry: DuckTelemetry) -> None:
        fold(telemetry, (SERVED, (GOOD,)), (SERVED, (GOOD,)))
        assert counted(telemetry) == (["gateway"], ["gateway"], 1_200_000)


def test_a_model_that_there_is_none_of_is_no_mistake_of_the_caller_where_we_named_it() -> None:
    unknown = replace(GOOD, status=404, error="http_404", metered=Metered.nothing())
    asked = replace(SERVED, status=404, error="http_404")
    assert [row["outcome"] for row in rows(asked, unknown)] == ["excluded", "excluded"]
    told = rows(replace(asked, rule="short", model_asked="large"), unknown)
    assert [(row["outcome"], row["reason"]) for row in told] == [("bad", "model_not_found")] * 2
    told = rows(asked, replace(unknown, model_asked="of-the-configuration"))  # an upstream with a model of its own
    assert [(row["outcome"], row["reason"]) for row in told] == [("bad", "model_not_found")] * 2
