"""Every trouble does what it says, at the socket."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import pytest

from evenkeel.testing.upstreams import Trouble, Upstream, openai_upstream

BODY = {"model": "m", "messages": [{"role": "user", "content": "a b"}]}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream() as upstream:
        yield upstream


class Talk:
    """One request over a socket."""

    def __init__(self, up: Upstream, is_stream: bool = False) -> None:
        body = json.dumps({**BODY, "stream": is_stream}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer k\r\ncontent-length: {len(body)}\r\n"
        self.socket = socket.create_connection(("127.0.0.1", up.port), timeout=10.0)
        self.began_s = time.monotonic()
        self.socket.sendall(head.encode() + b"connection: close\r\n\r\n" + body)

    def read(self, count: int | None = None) -> bytes:
        """So many bytes, or all until the end."""
        data = b""
        while (count is None or len(data) < count) and (more := self.socket.recv(65536 if count is None else 1)):
            data += more
        return data

    def read_all(self) -> tuple[bytes, bytes, float]:
        """Head, body, and seconds that it took."""
        with self.socket:
            head, _, body = self.read().partition(b"\r\n\r\n")
        return head.lower(), body, time.monotonic() - self.began_s


def unchunk(body: bytes) -> bytes:
    data = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return data
        data, body = data + body[: int(size, 16)], body[int(size, 16) + 2 :]


@pytest.mark.parametrize("at", [0, 1, 40, 300])
@pytest.mark.parametrize("is_stream", [False, True])
def test_a_connection_is_reset_at_the_very_byte(up: Upstream, at: int, is_stream: bool) -> None:
    up.trouble = Trouble(reset_at_byte=at)
    with (talk := Talk(up, is_stream)).socket:
        assert len(talk.read(at)) == at
        with pytest.raises(ConnectionResetError):
            talk.read(1)


def test_half_a_stream_ends_without_its_end(up: Upstream) -> None:
    up.trouble = Trouble(close_at_event=4)
    _, body, _ = Talk(up, is_stream=True).read_all()
    assert body.count(b"data: ") == 4
    assert not body.endswith(b"0\r\n\r\n")
    assert (up.tally.tokens_out["m"], up.tally.cuts, up.tally.answered) == (3, [], 0)


@pytest.mark.parametrize("off", [10, -10])
def test_a_wrong_length_is_promised(up: Upstream, off: int) -> None:
    up.trouble = Trouble(content_length_off=off)
    head, body, _ = Talk(up).read_all()
    assert f"content-length: {len(body) + off}".encode() in head


def test_garbage_instead_of_http(up: Upstream) -> None:
    up.trouble = Trouble(garbage="http")
    assert not Talk(up).read_all()[0].startswith(b"http/")


def test_garbage_instead_of_json(up: Upstream) -> None:
    up.trouble = [Trouble(garbage="json", times=1), Trouble(garbage="half_json", times=1)]
    head, body, _ = Talk(up).read_all()
    assert b"content-type: application/json" in head
    assert body.startswith(b"<html>")
    head, body, _ = Talk(up).read_all()
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        json.loads(body)


def test_a_stream_of_another_type(up: Upstream) -> None:
    up.trouble = [Trouble(content_type="application/json", times=1), Trouble(ignores_stream=True)]
    head, body, _ = Talk(up, is_stream=True).read_all()
    assert b"content-type: application/json" in head
    assert unchunk(body).startswith(b"data: ")
    head, body, _ = Talk(up, is_stream=True).read_all()
    assert json.loads(body)["object"] == "chat.completion"


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_body_is_packed(up: Upstream, is_stream: bool) -> None:
    up.trouble = Trouble(gzip=True)
    head, body, _ = Talk(up, is_stream).read_all()
    assert b"content-encoding: gzip" in head
    assert b"a b a b" in gzip.decompress(body) if not is_stream else b"[DONE]" in gzip.decompress(unchunk(body))


def test_each_event_of_a_packed_stream_can_be_read_at_once(up: Upstream) -> None:
    up.trouble = Trouble(gzip=True, hang=threading.Event(), hang_at=2)
    with (talk := Talk(up, is_stream=True)).socket:
        unpacker, seen = zlib.decompressobj(wbits=31), b""
        while b"\r\n\r\n" not in seen:
            seen += talk.read(1)
        while b'"a "' not in seen:
            size = b""
            while not size.endswith(b"\r\n"):
                size += talk.read(1)
            seen += unpacker.decompress(talk.read(int(size, 16)))
            talk.read(2)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(headers_delay_s=0.2),
        Trouble(body_delay_s=0.2),
        Trouble(event_delay_s=0.014),
        Trouble(header_byte_delay_s=0.002),
    ],
)
def test_an_answer_takes_its_time(up: Upstream, trouble: Trouble) -> None:
    up.trouble = trouble
    head, body, took_s = Talk(up, is_stream=True).read_all()
    assert head.startswith(b"http/1.1 200 ok")
    assert b"[DONE]" in body
    assert took_s > 0.19


@pytest.mark.parametrize(("hang_at", "got"), [("headers", b""), ("body", b"\r\n\r\n"), (3, b'"b "')])
def test_an_answer_hangs_until_it_is_released(up: Upstream, hang_at: int | str, got: bytes) -> None:
    release = threading.Event()
    up.trouble = Trouble(hang=release, hang_at=hang_at)  # pyright: ignore[reportArgumentType]
    with (talk := Talk(up, is_stream=True)).socket:
        up.tally.wait_for(1)
        before = b""
        while got not in before:
            before += talk.read(1)
        assert up.tally.answered == 0
        release.set()
        assert (before + talk.read()).endswith(b"0\r\n\r\n")


def test_who_leaves_what_hangs_is_counted(up: Upstream) -> None:
    up.trouble = Trouble(hang=threading.Event())
    Talk(up).socket.close()
    up.tally.wait_until(lambda: bool(up.tally.cuts))
    assert up.tally.cuts[0].events == 0


def test_another_body_and_headers(up: Upstream) -> None:
    up.trouble = Trouble(status=503, body=b"down", headers={"x-why": "night"}, content_type="text/plain")
    head, body, _ = Talk(up).read_all()
    assert head.startswith(b"http/1.1 503 service unavailable")
    assert b"x-why: night" in head
    assert b"text/plain" in head
    assert body == b"down"


def test_a_huge_answer_reaches_a_slow_reader_whole(up: Upstream) -> None:
    up.trouble = Trouble(words=200_000)
    _, body, _ = Talk(up).read_all()
    assert json.loads(body)["usage"]["completion_tokens"] == 200_000
