"""Asking upstreams: connections are kept between requests, the one that was used last is used first.

So those that a busy minute opened and a quiet one does not need grow old, and are closed before their other side
does it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Self

from evenkeel.gateway.http.dialling import Dialler
from evenkeel.gateway.http.model import Fields
from evenkeel.gateway.http.origin import Origin, locate
from evenkeel.gateway.http.outgoing import PIECE_BYTES, Outgoing
from evenkeel.gateway.http.reply import Reply, UpstreamError

#: A connection that nobody used for so long is closed: shorter than most servers keep theirs, so that a request
#: seldom meets one that the other side is just closing.
KEEP_ALIVE_S: Final = 15.0
_SWEEP_S: Final = 3.0
_FIELD: Final = b": ".join
#: URLs that are remembered as what they mean. Callers name parts of them, so there may be any number.
_TARGETS_MAX: Final = 256
#: What is cut at the end is gone after a turn of the loop; nobody waits for longer than this.
_END_S: Final = 1.0


class Idle:
    """The connections to one origin."""

    __slots__ = ("_client", "origin", "waiting")

    def __init__(self, client: Client, origin: Origin) -> None:
        self._client = client
        self.origin = origin
        self.waiting: list[Outgoing] = []  # the one that was used last comes last

    def take(self) -> Outgoing | None:
        """One that may be used, where there is one."""
        waiting = self.waiting
        while waiting:
            outgoing = waiting.pop()
            if self._client.now_s() - outgoing.idle_since_s > KEEP_ALIVE_S:
                waiting.append(outgoing)
                return None  # the others are older; the sweep takes them all
            if outgoing.is_usable:
                return outgoing
        return None

    def new(self) -> Outgoing:
        """One that is to be connected."""
        return Outgoing(self)

    def rest(self, outgoing: Outgoing) -> None:
        """It may be used again."""
        outgoing.idle_since_s = self._client.now_s()
        self.waiting.append(outgoing)
        self._client.sweep_later()

    def lost(self, outgoing: Outgoing) -> None:
        """It may not."""
        if outgoing in self.waiting:
            self.waiting.remove(outgoing)

    def gone(self, outgoing: Outgoing) -> None:
        """It is closed."""
        self._client.gone(outgoing)

    def sweep(self, now_s: float) -> None:
        """Close those that nobody has used for long."""
        old = [each for each in self.waiting if now_s - each.idle_since_s > KEEP_ALIVE_S]
        for outgoing in old:
            outgoing.close()


@dataclass(frozen=True, slots=True)
class _Target:
    """What a URL means."""

    idle: Idle
    line: bytes  # the rest of the first line, and Host


class Client:
    """Asks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.open: set[Outgoing] = set()
        self.now_s = loop.time
        self._loop = loop
        self._dialler = Dialler(loop)
        self._idle: dict[Origin, Idle] = {}  # origins are those of what is configured
        self._targets: dict[str, _Target] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._empty: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close every connection."""
        self._dialler.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        for outgoing in list(self.open):
            outgoing.abort()
        if self.open:
            self._empty = self._loop.create_future()
            await asyncio.wait([self._empty], timeout=_END_S)

    async def ask(self, method: bytes, url: str, headers: Fields, body: bytes | None, connect_s: float) -> Reply:
        """The answer, whose head is here. Raises UpstreamError."""
        target = self._targets.get(url) or self._locate(url)
        data = _head(method, target.line, headers, body)
        idle = target.idle
        outgoing = idle.take()
        if outgoing is None:
            outgoing = await self._dialler.dial(idle.origin, connect_s, idle.new)
            if outgoing.is_usable:
                self.open.add(outgoing)
            else:
                raise UpstreamError("connect", "it closed the connection at once", was_sent=False)
        reply = outgoing.ask(data + body[:PIECE_BYTES] if body else data, is_head=method == b"HEAD")
        try:
            if body and len(body) > PIECE_BYTES:
                await outgoing.send(reply, memoryview(body)[PIECE_BYTES:])
            await reply.head()
        except BaseException:
            reply.close()
            raise
        return reply

    def gone(self, outgoing: Outgoing) -> None:
        """A connection is closed."""
        self.open.discard(outgoing)
        if self._empty is not None and not self.open and not self._empty.done():
            self._empty.set_result(None)

    def sweep_later(self) -> None:
        """Look for connections that have become old, as long as there are any that may."""
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = None
        for idle in self._idle.values():
            idle.sweep(self.now_s())
        if any(idle.waiting for idle in self._idle.values()):
            self.sweep_later()

    def _locate(self, url: str) -> _Target:
        try:
            origin, line = locate(url)
        except ValueError as error:  # of Unicode, too
            raise UpstreamError("connect", "its URL cannot be used", was_sent=False) from error
        idle = self._idle.get(origin)
        if idle is None:
            idle = self._idle[origin] = Idle(self, origin)
        if len(self._targets) >= _TARGETS_MAX:
            self._targets.clear()
        target = self._targets[url] = _Target(idle, line)
        return target


def _head(method: bytes, line: bytes, headers: Fields, body: bytes | None) -> bytes:
    """A request's head. Raises UpstreamError for what would be more than a head."""
    end = b"\r\n" if body is None else b"content-length: %d\r\n\r\n" % len(body)
    made = b"%b %b%b" % (method, line, b"\r\n".join((*map(_FIELD, headers), end)))
    ends = len(headers) + (3 if body is None else 4)
    if made.count(b"\n") != ends or made.count(b"\r") != ends or b"\0" in made:
        raise UpstreamError("connection", "a header holds the end of a line", was_sent=False)
    return made
