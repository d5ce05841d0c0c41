"""The caller's side of an exchange: what it was sent so far, and how it is told that there is no (more) answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from evenkeel.gateway.cache.replay import Keeping
from evenkeel.gateway.proxy import refusals
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Held:
    """A whole answer that has not been sent yet."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Caller:
    """Sends, and knows what was sent."""

    __slots__ = ("_operation", "_send", "bytes_sent", "has_begun", "headers", "keeping", "status")

    def __init__(self, send: Send, operation: Operation) -> None:
        self._send = send
        self._operation = operation
        self.has_begun = False
        self.bytes_sent = 0
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.keeping: Keeping | None = None  # collects what is sent

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head."""
        self.has_begun = True
        self.status = status
        self.headers = headers
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def piece(self, data: bytes) -> None:
        """Send a piece of the body; returns when there is room for the next."""
        self.bytes_sent += len(data)
        if self.keeping is not None:
            self.keeping.add(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, last: bytes = b"") -> None:
        """Send the last piece."""
        self.bytes_sent += len(last)
        await self._send({"type": "http.response.body", "body": last})

    async def whole(self, held: Held) -> None:
        """Send head and body."""
        length = str(len(held.body)).encode()
        if self.keeping is not None:
            self.keeping.add(held.body)
        await self.begin(held.status, [*held.headers, (b"content-length", length)])
        await self.end(held.body)

    async def refuse(self, refusal: Refusal, headers: list[tuple[bytes, bytes]]) -> None:
        """Say why there is no answer, or no more of one that has begun."""
        dialect = self._operation.dialect
        if self.has_begun:
            await self.end(refusals.stream_event(refusal, dialect, self._operation.name))
            return
        body = refusals.body(refusal, dialect)
        await self.begin(refusal.status, [*refusals.headers(refusal, len(body)), *headers])
        await self.end(body)
