"""A caller that reads streams: many at once on one loop, each event with the time it came at."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from bench.serving import Server, question

_EVENT = re.compile(rb'"id": ?"sent-(\d+)-ns"')
_END = b"data: [DONE]\n\n\r\n0\r\n\r\n"  # a stream that was cut ends with an error instead
_LAST = b"\r\n0\r\n\r\n"
#: Connections that are being made at once; fewer than a server's backlog.
_CONNECTING = 256


@dataclass(slots=True)
class Read:
    """What came of one stream; times in ns of the machine's clock."""

    asked_ns: int = 0
    status: int = 0
    sent_ns: list[int] = field(default_factory=list[int])  # of each event, by the provider
    came_ns: list[int] = field(default_factory=list[int])  # of each event, here
    is_whole: bool = False

    @property
    def first_ms(self) -> float:
        """From the question to the first event."""
        return (self.came_ns[0] - self.asked_ns) / 1e6

    def gaps_ms(self) -> list[float]:
        """The pauses between two events, as they came."""
        return [(self.came_ns[n] - self.came_ns[n - 1]) / 1e6 for n in range(1, len(self.came_ns))]

    def drifts_ms(self) -> list[float]:
        """Of each pause between two events, how much longer or shorter it came than it was sent."""
        sent, came = self.sent_ns, self.came_ns
        return [abs((came[n] - came[n - 1]) - (sent[n] - sent[n - 1])) / 1e6 for n in range(1, len(came))]


class Caller(asyncio.Protocol):
    """One connection that asks for `count` streams, one after the other."""

    def __init__(self, question: bytes, count: int = 1) -> None:
        self.reads: list[Read] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # the first event is here
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._question = question
        self._left = count
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: ask."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by its class
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Note what came, and when."""
        now_ns, read = time.monotonic_ns(), self.reads[-1]
        text = self._rest + data
        if not read.status:
            read.status = int(text[9:12])
        seen = 0
        for found in _EVENT.finditer(text):
            read.sent_ns.append(int(found[1]))
            read.came_ns.append(now_ns)
            seen = found.end()
        self._rest = text[max(seen, len(text) - 64) :]
        if read.came_ns and not self.opened.done():
            self.opened.set_result(None)
        if text.endswith(_LAST) or (read.status != 200 and text.endswith(b"}")):
            read.is_whole = read.status == 200 and text.endswith(_END)
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was asked for and has not come will not come."""
        del exc
        for waited in (self.opened, self.done):
            if not waited.done():
                waited.set_result(None)

    def close(self) -> None:
        """Go."""
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        if self._left:
            self._ask()
        elif not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        assert self._transport is not None
        self._left -= 1
        self._rest = b""
        self.reads.append(Read(time.monotonic_ns()))
        self._transport.write(self._question)


async def read_streams(server: Server, at_once: int, each: int, apart_s: float) -> Sequence[Read]:
    """All of `at_once` callers' streams, `each` of every one of them; they begin `apart_s` after one another."""
    loop = asyncio.get_running_loop()
    asked = question(server, stream=True)

    async def call(number: int) -> Caller:
        begin = loop.create_future()
        loop.call_later(number * apart_s, begin.set_result, None)
        await begin
        _, caller = await loop.create_connection(lambda: Caller(asked, each), "127.0.0.1", server.port)
        await caller.done
        caller.close()
        return caller

    callers = await asyncio.gather(*map(call, range(at_once)))
    return [read for caller in callers for read in caller.reads]


async def open_streams(server: Server, count: int) -> list[Caller]:
    """So many callers, once each has its first event or has been let down."""
    asked = question(server, stream=True)
    loop = asyncio.get_running_loop()
    callers: list[Caller] = []
    for first in range(0, count, _CONNECTING):
        more = [
            loop.create_connection(lambda: Caller(asked), "127.0.0.1", server.port)
            for _ in range(min(_CONNECTING, count - first))
        ]
        callers += [caller for _, caller in await asyncio.gather(*more)]
        await asyncio.gather(*(caller.opened for caller in callers[first:]))
    return callers
