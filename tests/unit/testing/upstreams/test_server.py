"""A double over real sockets: its life, its connections, and who cuts what."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.testing.upstreams import Certificate, Trouble, Upstream, Voice, openai_upstream

BODY = {"model": "m", "messages": [{"role": "user", "content": "a b"}]}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream() as upstream:
        yield upstream


def connect(up: Upstream) -> socket.socket:
    return socket.create_connection(("127.0.0.1", up.port), timeout=10.0)


def request(document: object = BODY, **headers: str) -> bytes:
    body = json.dumps(document).encode()
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        "host: x",
        "Authorization: Bearer k",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_until(sock: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        more = sock.recv(65536)
        assert more, data
        data += more
    return data


def test_what_comes_is_kept(up: Upstream) -> None:
    with connect(up) as sock:
        sock.sendall(request(**{"X-Mine": "1"}))
        assert read_until(sock, b"}").startswith(b"HTTP/1.1 200 OK\r\n")
    (seen,) = up.tally.requests
    assert (seen.method, seen.path, seen.document, seen.connection) == ("POST", "/v1/chat/completions", BODY, 1)
    assert (seen.headers["x-mine"], seen.headers["authorization"]) == ("1", "Bearer k")


def test_a_client_that_leaves_a_stream_is_counted_with_what_it_got(up: Upstream) -> None:
    up.trouble = Trouble(event_delay_s=0.02)
    with connect(up) as sock:
        sock.sendall(request({**BODY, "stream": True}))
        read_until(sock, b'"a "')
    up.tally.wait_until(lambda: bool(up.tally.cuts))
    (cut,) = up.tally.cuts
    assert 2 <= cut.events < 13
    assert cut.tokens == up.tally.tokens_out["m"] == cut.events - 1
    assert up.tally.answered == 0


def test_a_closed_port_refuses_and_opens_again(up: Upstream) -> None:
    with connect(up) as old:
        up.tally.wait_until(lambda: up.tally.connections_open == 1)
        with up.refusing():
            with pytest.raises(ConnectionRefusedError):
                connect(up)
            with pytest.raises(ConnectionResetError):
                old.recv(1)
    with connect(up) as sock:
        sock.sendall(request())
        assert read_until(sock, b"}")


def test_stopping_twice_is_harmless_and_ends_what_hangs() -> None:
    up = openai_upstream()
    up.trouble = Trouble(headers_delay_s=600.0)
    with connect(up) as sock:
        sock.sendall(request())
        up.tally.wait_for(1)
        up.stop()
        up.stop()
    assert up.tally.connections_open == 0


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates; it is not installed")
    made = Certificate(tmp_path / "own.pem", tmp_path / "own.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", made.key, "-out", made.file, "-days",
         "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def test_a_certificate_is_known_or_not(certificate: Certificate) -> None:
    with openai_upstream(certificate=certificate) as up:
        assert up.url == f"https://localhost:{up.port}/v1"
        with connect(up) as sock, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(sock, server_hostname="localhost")
        knowing = ssl.create_default_context(cafile=certificate.file)
        with connect(up) as sock, knowing.wrap_socket(sock, server_hostname="localhost") as safe:
            safe.sendall(request())
            assert read_until(safe, b"}").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_reset_reaches_through_tls(certificate: Certificate) -> None:
    with openai_upstream(certificate=certificate) as up:
        up.trouble = Trouble(reset_at_byte=20)
        knowing = ssl.create_default_context(cafile=certificate.file)
        with (
            connect(up) as sock,
            knowing.wrap_socket(sock, server_hostname="localhost", suppress_ragged_eofs=False) as safe,
        ):
            safe.sendall(request())
            assert safe.recv(100) == b"HTTP/1.1 200 OK\r\ncon"
            with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
                safe.recv(100)


def test_open_connections_are_reset_and_new_ones_taken(up: Upstream) -> None:
    with connect(up) as old:
        up.tally.wait_until(lambda: up.tally.connections_open == 1)
        up.drop()
        with pytest.raises(ConnectionResetError):
            old.recv(1)
    with connect(up) as sock:
        sock.sendall(request())
        assert read_until(sock, b"}")


def test_words_can_come_several_in_an_event(up: Upstream) -> None:
    up.voice = Voice(words=5, words_per_event=2)
    with connect(up) as sock:
        sock.sendall(request({**BODY, "stream": True}))
        answered = read_until(sock, b"[DONE]")
    assert answered.count(b'"content":"') == 1 + 3
    assert up.tally.tokens_out["m"] == 5


def test_the_trouble_that_comes_next_can_be_read(up: Upstream) -> None:
    first, second = Trouble(status=429, times=1), Trouble(status=500)
    up.trouble = [first, second]
    assert up.trouble == first
    with connect(up) as sock:
        sock.sendall(request())
        assert read_until(sock, b"}").startswith(b"HTTP/1.1 429")
    assert up.trouble == second
    up.trouble = None
    assert up.trouble == Trouble()


def test_many_at_once_are_counted_each(up: Upstream) -> None:
    socks = [connect(up) for _ in range(100)]
    for sock in socks:
        sock.sendall(request())
    for sock in socks:
        read_until(sock, b"}")
        sock.close()
    up.tally.wait_until(lambda: up.tally.answered == 100)
    assert (up.tally.tokens_out["m"], up.tally.connections) == (1200, 100)
