"""The caller's side of an exchange: what it was sent so far, and how it is told that there is no (more) answer."""

from __future__ import annotations

from evenkeel.gateway.cache.replay import Keeping
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.proxy import refusals
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.kernel.facts import fact


@fact
class Held:
    """A whole answer that has not been sent yet."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Caller:
    """Sends, and knows what was sent."""

    __slots__ = ("_incoming", "_operation", "bytes_sent", "has_begun", "headers", "keeping", "status")

    def __init__(self, incoming: Incoming, operation: Operation) -> None:
        self._incoming = incoming
        self._operation = operation
        self.has_begun = False
        self.bytes_sent = 0
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.keeping: Keeping | None = None  # collects what is sent

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head; it goes with the first piece."""
        self.has_begun = True
        self.status = status
        self.headers = headers
        self._incoming.begin(status, headers)

    async def piece(self, data: bytes) -> None:
        """Send a piece of the body; returns when there is room for the next."""
        self.bytes_sent += len(data)
        if self.keeping is not None:
            self.keeping.add(data)
        self._incoming.write(data)
        if self._incoming.is_paused:
            await self._incoming.drained()

    def end(self, last: bytes = b"") -> None:
        """Send the last piece."""
        self.bytes_sent += len(last)
        self._incoming.end(last)

    def whole(self, held: Held) -> None:
        """Send head and body."""
        length = str(len(held.body)).encode()
        if self.keeping is not None:
            self.keeping.add(held.body)
        self.begin(held.status, [*held.headers, (b"content-length", length)])
        self.end(held.body)

    def refuse(self, refusal: Refusal, headers: list[tuple[bytes, bytes]]) -> None:
        """Say why there is no answer, or no more of one that has begun."""
        dialect = self._operation.dialect
        if self.has_begun:
            self.end(refusals.stream_event(refusal, dialect, self._operation.name))
            return
        body = refusals.body(refusal, dialect)
        self.begin(refusal.status, [*refusals.headers(refusal, len(body)), *headers])
        self.end(body)
