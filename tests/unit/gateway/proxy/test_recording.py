"""From an exchange to its record."""

from __future__ import annotations

from typing import Any

from evenkeel.gateway.metering.record import request_span
from evenkeel.gateway.proxy.recording import Opened
from evenkeel.gateway.proxy.tracing import TraceParent
from evenkeel.testing.upstreams import openai_upstream

REQUEST = bytes(range(16))


def test_upstreams_are_told_of_the_callers_trace_or_of_a_new_one() -> None:
    theirs = TraceParent(b"t" * 16, b"s" * 8, b"00")
    span = request_span(REQUEST).hex()
    assert Opened(REQUEST, theirs, 0).traceparent == f"00-{theirs.trace_id.hex()}-{span}-00"
    assert Opened(REQUEST, None, 0).traceparent == f"00-{REQUEST.hex()}-{span}-01"


def test_a_record_says_who_asked_without_naming_a_person(gateway: Any) -> None:
    gateway.allow(service="bot", team="care")
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        _, headers, _ = gateway.ask(x_evenkeel_user="ada", x_evenkeel_session="s-1")
        gateway.ask(x_evenkeel_user="ada")
        one, other = gateway.ledger.rows("request", 2)
    assert one["caller"] == other["caller"]
    assert (one["session"] is not None, other.get("session")) == (True, None)
    assert '"evenkeel.team":"care"' in one["attributes"]
    assert "ada" not in str(one)
    assert headers["x-evenkeel-request-id"] == one["request_id"].hex()
    assert one["request_id"] != other["request_id"]
