"""A raw upstream plays its script."""

from __future__ import annotations

import socket

import pytest

from evenkeel.testing.upstreams import RawUpstream

GET = b"GET / HTTP/1.1\r\n\r\n"


def connect(up: RawUpstream) -> socket.socket:
    return socket.create_connection(("127.0.0.1", up.port), timeout=10.0)


def read(sock: socket.socket) -> bytes:
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def test_bytes_are_sent_after_a_request_on_each_connection() -> None:
    post = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    with RawUpstream(b"hello") as up:
        for request in (GET, post):
            with connect(up) as sock:
                sock.sendall(request)
                assert read(sock) == b"hello"
        assert up.requests == [GET, post]
        assert up.url.endswith(str(up.port))


def test_a_script_is_played_in_order() -> None:
    with RawUpstream([b"first ", 0.01, b"second", "half_close", "read"]) as up:
        with connect(up) as sock:
            assert read(sock) == b"first second"
            sock.sendall(GET)
            assert sock.recv(1) == b""
        with connect(up) as sock:  # accepted when the first script has been played
            assert sock.recv(1) == b"f"
        assert up.requests[0] == GET


def test_a_connection_is_reset() -> None:
    with RawUpstream(["read", b"some", "reset"]) as up, connect(up) as sock:
        sock.sendall(GET)
        with pytest.raises(ConnectionResetError):
            read(sock)


def test_it_stops_while_somebody_is_waiting() -> None:
    with RawUpstream([b"x", 600.0]) as up:
        sock = connect(up)
        assert sock.recv(1) == b"x"  # it was accepted
    with sock:
        assert sock.recv(1) == b""


def test_it_stops_while_it_reads() -> None:
    with RawUpstream([b"x", "read", b"never"]) as up:
        sock = connect(up)
        assert sock.recv(1) == b"x"
    with sock:
        assert sock.recv(10) == b""
