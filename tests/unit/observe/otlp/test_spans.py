"""What one span says of itself is read, and what cannot be is a finding or a named reason to leave it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ({"openinference.span.kind": "CHAIN"}, "request"),
        ({"traceloop.span.kind": "workflow"}, "request"),
        ({"gen_ai.operation.name": "invoke_agent"}, "request"),
        ({"openinference.span.kind": "RETRIEVER"}, "retrieval"),
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"evenkeel.role": "request"}, "request"),
    ],
)
def test_roles_follow_what_a_span_does(spans: Any, attributes: dict[str, Any], role: str) -> None:
    assert spans.one(attributes)["role"] == role


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ({"start_time_unix_nano": 0}, "bad_latency"),
        ({"start_time_unix_nano": 1_790_000_001_000_000_000}, "bad_latency"),
    ],
)
def test_a_latency_that_cannot_be_is_a_finding(spans: Any, more: dict[str, int], finding: str) -> None:
    event = spans.one({"gen_ai.operation.name": "chat"}, **more)
    assert (event.get("latency_s"), event["finding"]) == (None, finding)


@pytest.mark.parametrize("tokens", [-5, math.nan, "many", 1 << 60])
def test_token_counts_that_cannot_be_are_findings(spans: Any, tokens: Any) -> None:
    event = spans.one({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": tokens})
    assert (event.get("tokens_in"), event["finding"]) == (None, "bad_tokens_in")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"trace_id": b"short"}, "trace_id"),
        ({"span_id": b""}, "span_id"),
        ({"end_time_unix_nano": (1_790_000_000_000_000 + 2 * US_PER_HOUR) * 1000}, "future"),
        ({"end_time_unix_nano": (1_790_000_000_000_000 - 401 * US_PER_DAY) * 1000}, "400 days"),
        ({"end_time_unix_nano": 0}, "missing"),
    ],
)
def test_what_cannot_be_kept_is_rejected_by_name_and_the_rest_kept(spans: Any, more: Any, why: str) -> None:
    bad = spans.span({"gen_ai.operation.name": "chat"}, **more)
    good = spans.span({"gen_ai.operation.name": "chat"}, span_id=b"g" * 8)
    events, rejected, _ = spans.read(spans.request(bad, good))
    assert len(events) == 1
    ((message, count),) = rejected.items()
    assert why in message
    assert count == 1


def test_sampling_weights_are_read_from_the_tracestate(spans: Any) -> None:
    event = spans.one({"gen_ai.operation.name": "chat"}, trace_state="ot=th:c")
    assert (event["weight"], event["sampled_unknown"]) == (4.0, False)
    event = spans.one({"gen_ai.operation.name": "chat", "SampleRate": 20})
    assert event["weight"] == 20.0
    event = spans.one({"gen_ai.operation.name": "chat", "sampling.probability": "often"})
    assert event["sampled_unknown"] is True


def test_time_to_the_first_token_is_read_from_span_events(spans: Any) -> None:
    event = Span.Event(name="First Token Stream Event", time_unix_nano=spans.now_us * 1000 - 1_200_000_000)
    assert spans.one({"openinference.span.kind": "LLM"}, events=[event])["ttft_s"] == pytest.approx(0.3)
