"""A provider of streams: `python -m bench.streamer PORT EVENTS GAP_MS`.

Each event carries the time it was sent at, so that whoever reads it knows how long it was under way. With no events
it sends one, and the rest of the answer on SIGUSR1: streams that stay open.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import cast

import uvloop

from evenkeel.gateway.http.server import raise_file_limit

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Stream(asyncio.Protocol):
    """One connection, one stream at a time on it."""

    def __init__(self, events: int, gap_s: float, held: set[Stream]) -> None:
        self._events = events
        self._gap_s = gap_s
        self._held = held
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._got = b""
        self._sent = 0
        self._due_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is here."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        del exc
        self._transport = None
        self._held.discard(self)

    def data_received(self, data: bytes) -> None:
        """Begin the answer once the request is here."""
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or len(body) < length(head):
            return
        self._got, self._sent, self._due_s = b"", 0, self._loop.time()
        self._write(_HEAD + event())
        if not self._events:
            self._held.add(self)
            return
        self._go_on()

    def finish(self) -> None:
        """The rest of the answer."""
        why = (
            b'{"id":"last","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
        )
        usage = {"prompt_tokens": 180, "completion_tokens": 20, "total_tokens": 200}
        last = json.dumps({"id": "last", "object": "chat.completion.chunk", "choices": [], "usage": usage}).encode()
        ends = (_chunk(b"data: %b\n\n" % each) for each in (why, last, b"[DONE]"))
        self._write(b"".join(ends) + b"0\r\n\r\n")

    def _go_on(self) -> None:
        """An event at its own time, however late the one before it was."""
        self._sent += 1
        self._due_s += self._gap_s
        self._loop.call_at(self._due_s, self._send)

    def _send(self) -> None:
        if self._sent < self._events:
            self._write(event())
            self._go_on()
        else:
            self.finish()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def length(head: bytes) -> int:
    """The declared length of a body."""
    _, found, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r")[0]) if found else 0


def event() -> bytes:
    """One event, with the time it is sent at as its identity."""
    delta = b'"choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]'
    known = b'"object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini"'
    return _chunk(b'data: {"id":"sent-%d-ns",%b,%b}\n\n' % (time.monotonic_ns(), known, delta))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _serve(port: int, events: int, gap_s: float) -> None:
    raise_file_limit()
    held: set[Stream] = set()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: [each.finish() for each in held])
    await loop.create_server(lambda: Stream(events, gap_s, held), "127.0.0.1", port, backlog=2048)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1e3))
