"""Every stream cut at every byte gives the same events."""

from __future__ import annotations

import random

import pytest

from evenkeel.gateway.metering import sse
from evenkeel.gateway.metering.sse import SseScanner

STREAMS = {
    "plain": (b"data: {}\n\ndata: [DONE]\n\n", [b"{}", b"[DONE]"]),
    "no blank after the colon": (b"data:{}\n\n", [b"{}"]),
    "CRLF": (b"event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", [b"1", b"2"]),
    "CR": (b"data: 1\r\rdata: 2\r\r", [b"1", b"2"]),
    "all line ends": (b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\ndata: 4\n\n", [b"1", b"2", b"3", b"4"]),
    "comments": (b": ping\n\n:\n\ndata: 1\n: in between\n\n", [b"1"]),
    "many lines": (b"data: a\ndata: b\ndata\ndata:\n\n", [b"a\nb\n\n"]),
    "byte order mark": (b"\xef\xbb\xbfdata: 1\n\n", [b"1"]),
    "other fields": (b"id: 7\nretry: 10\nevent: x\ndatatype: 3\ndata: 1\n\n", [b"1"]),
    "no end": (b"data: 1\n\ndata: 2", [b"1", b"2"]),
    "no last blank line": (b"data: 1\n", [b"1"]),
    "text in UTF-8": ("data: é 😀\n\n".encode(), ["é 😀".encode()]),
    "nothing": (b"", []),
    "not a stream": (b"<html>\n\n</html>", []),
}


def scan(*chunks: bytes) -> list[bytes]:
    scanner = SseScanner()
    return [data for chunk in chunks for data in scanner.feed(chunk)] + scanner.finish()


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_cut_at_any_two_bytes_is_the_same(name: str) -> None:
    stream, events = STREAMS[name]
    for first in range(len(stream) + 1):
        for second in range(first, len(stream) + 1):
            assert scan(stream[:first], stream[first:second], stream[second:]) == events


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_comes_byte_by_byte_is_the_same(name: str) -> None:
    stream, events = STREAMS[name]
    assert scan(*(stream[i : i + 1] for i in range(len(stream)))) == events


def test_what_is_too_long_is_dropped_and_counted_and_the_next_event_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "EVENT_BYTES_MAX", 256)
    line = b"data: " + b"x" * 300
    for cut in (1, 7, 255, 256, 257, len(line), len(line) + 1):
        stream = line + b"\n\ndata: 1\n\n"
        scanner = SseScanner()
        assert scanner.feed(stream[:cut]) + scanner.feed(stream[cut:]) == [b"1"]
        assert scanner.dropped >= 300


def test_an_event_of_endless_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "EVENT_BYTES_MAX", 256)
    scanner = SseScanner()
    for _ in range(1_000):
        assert scanner.feed(b"data:\n") == []
        assert scanner.feed(b"data: 0123456789\n") == []
    (data,) = scanner.feed(b"\n")
    assert len(data) <= 256
    assert scanner.dropped > 9_000


def test_garbage_never_raises() -> None:
    chance = random.Random(7)
    for _ in range(300):
        scan(*(chance.randbytes(chance.randrange(40)) + chance.choice((b"\n", b"\r", b"data:")) for _ in range(20)))
