"""A request from its first byte to its record."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

import pytest

from evenkeel.kernel.errors import StorageFullError
from evenkeel.testing.upstreams import Trouble, openai_upstream

STREAM = {"stream": True}


def test_an_answer_passes_and_is_recorded_before_it_ends(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, body = gateway.ask(x_evenkeel_user="lovelace@example.org")
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
        (seen,) = double.tally.requests
    answer = json.loads(body)
    assert (status, answer["object"]) == (200, "chat.completion")
    assert seen.headers["authorization"] == "Bearer sk-provider"
    assert headers["x-evenkeel-version"] == "1"
    assert (request["environment"], request["service"], request["version"]) == ("production", "bot", "1")
    assert (request["outcome"], request["source"], request["status_code"]) == ("good", "gateway", 200)
    assert (attempt["tokens_in"], attempt["tokens_out"]) == (3, answer["usage"]["completion_tokens"])
    assert attempt["cost_nano"] > 0
    assert "lovelace" not in json.dumps([request, attempt], default=str)


def test_a_stream_passes_byte_by_byte_without_a_usage_event_nobody_asked_for(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, body = gateway.ask(document={**gateway.chat, **STREAM})
        (attempt,) = gateway.ledger.rows("attempt")
        assert double.tally.requests[0].document["stream_options"] == {"include_usage": True}
        asked = {**gateway.chat, **STREAM, "stream_options": {"include_usage": True}}
        with_usage = gateway.ask(document=asked)[2]
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert headers["x-evenkeel-request-id"] == attempt["request_id"].hex()
    assert (headers["x-evenkeel-version"], headers["x-evenkeel-upstream"]) == ("1", "u")
    assert body.endswith(b"data: [DONE]\n\n")
    assert b'"choices":[]' not in body.replace(b" ", b"")
    assert b'"choices":[]' in with_usage.replace(b" ", b"")
    assert (attempt["tokens_in"], attempt["tokens_out"]) == (3, 12)
    assert attempt["ttft_s"] is not None


def test_events_pass_as_they_come_not_when_all_are_there(gateway: Any) -> None:
    going_on = threading.Event()
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(hang=going_on, hang_at=3)
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        body = json.dumps({**gateway.chat, **STREAM})
        connection.request("POST", "/v1/chat/completions", body, {"authorization": "Bearer ek_test"})
        answer = connection.getresponse()
        assert answer.readline().startswith(b"data: ")  # while the upstream hangs
        going_on.set()
        assert answer.read().endswith(b"data: [DONE]\n\n")
        connection.close()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"{", 400, "invalid_request"), (b'{"messages": []}', 400, "invalid_request")],
)
def test_what_cannot_be_used_is_refused_recorded_and_nobodys_fault(
    gateway: Any, body: bytes, status: int, code: str
) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        found, _, answer = gateway.ask(document=body)
        (request,) = gateway.ledger.rows("request")
        assert double.tally.requests == []
    assert (found, json.loads(answer)["error"]["code"]) == (status, code)
    assert (request["outcome"], request["status_code"]) == ("excluded", status)


def test_a_body_beyond_the_limit_is_refused(gateway: Any) -> None:
    object.__setattr__(gateway.worker.app.limits, "body_bytes_max", 100)
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(document=b"x" * 101)[0] == 413


def test_an_answer_whose_record_cannot_be_kept_is_not_given(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        gateway.ledger.failure = StorageFullError("The disk is full.", retry_after_s=1)
        status, headers, body = gateway.ask()
        assert (status, headers["retry-after"]) == (503, "1")
        assert json.loads(body)["error"]["code"] == "record_not_kept"
        gateway.ledger.failure = None
        assert gateway.ask()[0] == 200


def test_a_trace_goes_through(gateway: Any) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        gateway.ask(traceparent=f"00-{trace}-b7ad6b7169203331-01", tracestate="v=1")
        assert double.tally.requests[0].headers["tracestate"] == "v=1"
        version, trace_id, span_id, flags = double.tally.requests[0].headers["traceparent"].split("-")
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
    assert (version, trace_id, flags) == ("00", trace, "01")
    assert int(span_id, 16) == request["span_id"]
    assert attempt["parent_id"] == 0xB7AD6B7169203331
    assert request["request_id"] == attempt["request_id"]


def test_a_caller_that_leaves_ends_the_call_and_pays_what_was_used(gateway: Any) -> None:
    going_on = threading.Event()
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(hang=going_on, hang_at=3)
        gateway.leave(document={**gateway.chat, **STREAM, "max_tokens": 12})
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
        going_on.set()
    assert (request["outcome"], request["reason"]) == ("excluded", "client_cancelled")
    assert attempt["tokens_out"] >= 2
    assert attempt["cost_basis"] == "upper_bound"
