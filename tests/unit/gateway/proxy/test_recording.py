"""From an exchange to its record."""

from __future__ import annotations

from typing import Any

from evenkeel.testing.upstreams import openai_upstream

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_upstreams_are_told_of_the_callers_trace_or_of_a_new_one(gateway: Any) -> None:
    gateway.allow(service="bot")
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        gateway.ask(traceparent=f"00-{TRACE}-b7ad6b7169203331-00")
        gateway.ask()
        rows = gateway.ledger.rows("request", 2)
        told = [request.headers["traceparent"].split("-") for request in double.tally.requests]
    assert [int(span, 16) for _, _, span, _ in told] == [row["span_id"] for row in rows]
    assert (told[0][1], told[0][3], told[1][3]) == (TRACE, "00", "01")
    assert told[1][1] not in (TRACE, "0" * 32)


def test_a_record_says_who_asked_without_naming_a_person(gateway: Any) -> None:
    gateway.allow(service="bot", team="care")
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        _, headers, _ = gateway.ask(x_evenkeel_user="lovelace", x_evenkeel_session="s-1")
        gateway.ask(x_evenkeel_user="lovelace")
        one, other = gateway.ledger.rows("request", 2)
    assert one["caller"] == other["caller"]
    assert (one["session"] is not None, other.get("session")) == (True, None)
    assert '"evenkeel.team":"care"' in one["attributes"]
    assert "lovelace" not in str(one)
    assert headers["x-evenkeel-request-id"] == one["request_id"].hex()
    assert one["request_id"] != other["request_id"]
