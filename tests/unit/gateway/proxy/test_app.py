"""The gateway from outside: what is no request to a model, and who is refused."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

import pytest

from evenkeel.testing.upstreams import openai_upstream


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_says_that_it_lives(gateway: Any, path: str) -> None:
    status, headers, body = gateway.ask(path, method="GET", authorization="")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert headers["cache-control"] == "no-store"


def test_its_numbers_are_for_prometheus(gateway: Any) -> None:
    gateway.ask("/v1/nothing", method="GET")
    status, headers, body = gateway.ask("/metrics", method="GET", authorization="")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b'evenkeel_gateway_refusals_total{code="unknown_path"} 1' in body
    assert b"evenkeel_gateway_open 0" in body


def test_it_says_which_upstreams_it_leaves_alone(gateway: Any) -> None:
    gateway.route(gateway.upstream('eu "1"', "http://127.0.0.1:9/v1"))
    assert {gateway.ask("/v1/chat/completions", gateway.chat)[0] for _ in range(5)} == {502}
    _, _, body = gateway.ask("/metrics", method="GET", authorization="")
    assert rb'evenkeel_gateway_breaker{upstream="eu \"1\"",state="open"} 1' in body


def test_an_unknown_path_is_answered_in_the_clients_words_with_what_there_is(gateway: Any) -> None:
    status, _, body = gateway.ask("/v1/files", {})
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (404, "unknown_path")
    assert "/v1/chat/completions" in error["message"]
    status, _, body = gateway.ask("/v1/files", {}, anthropic_version="2023-06-01")
    assert json.loads(body)["type"] == "error"


def test_without_a_key_nothing_is_asked(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, body = gateway.ask(authorization="Bearer ek_wrong")
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert "ek_wrong" not in body.decode()
        assert double.tally.requests == []


def test_a_service_without_a_route_is_said_with_those_that_have_one(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, _, body = gateway.ask("/services/bott/v1/chat/completions")
        assert (status, json.loads(body)["error"]["code"]) == (404, "no_route")
        assert "bot" in json.loads(body)["error"]["message"]


def test_a_service_may_be_named_in_the_path_or_by_a_header(gateway: Any) -> None:
    gateway.allow()  # no service of its own
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask("/services/bot/v1/chat/completions")[0] == 200
        assert gateway.ask(x_evenkeel_service="bot")[0] == 200
        assert gateway.ask()[0] == 400
        assert all("x-evenkeel-service" not in seen.headers for seen in double.tally.requests)


def test_what_lists_models_passes_and_is_no_request_to_one(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, _, body = gateway.ask("/v1/models", method="GET")
        assert status == 200
        assert json.loads(body)["object"] == "list"
        gateway.ask()
        gateway.ledger.rows("request")
        assert [row["operation"] for row in gateway.ledger.rows("request")] == ["chat"]


def raw(gateway: Any, data: bytes) -> tuple[int, dict[str, str], Any]:
    """(status, headers, document) of what is answered to bytes."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())


@pytest.mark.parametrize(
    ("path", "more", "shape"),
    [
        (b"/v1/chat/completions", b"", {"error"}),
        (b"/v1/messages", b"", {"type", "error"}),
        (b"/services/bot/v1/messages", b"", {"type", "error"}),
        (b"/v1/files", b"anthropic-version: 2023-06-01\r\n", {"type", "error"}),
        (b"/invocations", b"", {"error_code", "message", "code"}),
        (b"/nowhere", b"", {"error"}),
    ],
)
def test_what_is_no_request_is_refused_in_the_callers_words(
    gateway: Any, path: bytes, more: bytes, shape: set[str]
) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nhost: a\r\n" + more + b"content-length: 1\r\ncontent-length: 2\r\n\r\n"
    status, headers, document = raw(gateway, head)
    assert (status, headers["connection"], headers["x-should-retry"]) == (400, "close", "false")
    assert headers["x-evenkeel-error"] == "malformed_request"
    assert set(document) == shape
    _, _, body = gateway.ask("/metrics", method="GET", authorization="")
    assert b'evenkeel_gateway_requests_total{operation="unknown",status="400"} 1' in body


def test_a_body_that_does_not_come_is_not_waited_for(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ek_test\r\n"
        status, headers, document = raw(gateway, head + b"content-length: 10\r\n\r\n{")
        (request,) = gateway.ledger.rows("request")
        assert double.tally.requests == []
    assert (status, headers["connection"], document["error"]["code"]) == (408, "close", "body_timeout")
    assert request["status_code"] == 408
    assert gateway.worker.app.open.held_bytes == 0


def test_it_lives_for_those_who_ask_for_the_head_alone(gateway: Any) -> None:
    status, headers, body = gateway.ask("/healthz", method="HEAD", authorization="")
    assert (status, headers["content-length"], body) == (200, "15", b"")
