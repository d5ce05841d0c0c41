"""The HTTP of a double: what is kept open, what comes at once, what is no HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from evenkeel.testing.upstreams import Upstream, openai_upstream

MODELS = b"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream(models=("a",)) as upstream:
        yield upstream


def talk(up: Upstream, data: bytes) -> bytes:
    """Everything that is answered until the double closes."""
    with socket.create_connection(("127.0.0.1", up.port), timeout=10.0) as sock:
        sock.sendall(data)
        answered = b""
        while more := sock.recv(65536):
            answered += more
    return answered


def test_requests_that_come_at_once_are_answered_in_turn(up: Upstream) -> None:
    answered = talk(up, (MODELS + b"\r\n") * 2 + MODELS + b"connection: close\r\n\r\n")
    assert answered.count(b"HTTP/1.1 200 OK") == 3
    assert [seen.connection for seen in up.tally.requests] == [1, 1, 1]
    assert up.tally.connections == 1


def test_what_is_no_http_is_refused(up: Upstream) -> None:
    assert talk(up, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert up.tally.requests == []


def test_a_chunked_body_is_put_together(up: Upstream) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer k\r\ntransfer-encoding: chunked\r\n"
    talk(up, head + b'connection: close\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n')
    assert up.tally.requests[0].document == {"a": 1}


def test_headers_said_twice_are_joined(up: Upstream) -> None:
    talk(up, MODELS + b"X-A: 1\r\nx-a: 2\r\nconnection: close\r\n\r\n")
    assert up.tally.requests[0].headers["x-a"] == "1, 2"
