"""One answer of an upstream, as it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Final, Protocol

from evenkeel.gateway.http.model import Fields

#: Of a body that nobody takes yet: more is left to the network, and what comes then is asked for again at half of it.
UNREAD_BYTES: Final = 256 * 1024


class UpstreamError(Exception):
    """An upstream that gave no answer, or not all of it. The words are those of `routes.retry`."""

    def __init__(self, error: str, detail: str, *, was_sent: bool) -> None:
        super().__init__(f"{error}: {detail}")
        self.error = error
        self.detail = detail  # never what was sent or received
        self.was_sent = was_sent  # whether the request may have reached it


class Source(Protocol):
    """The connection of an answer, as the answer sees it."""

    def read_on(self) -> None:
        """Take more of what comes."""
        ...

    def abandon(self) -> None:
        """What still comes of the answer is not wanted."""
        ...


class Reply:
    """An answer. `status` is 0 until its head is here; each piece of its body is what came in one read."""

    __slots__ = ("_error", "_parts", "_source", "_waiter", "fields", "headers", "is_complete", "status", "unread")

    def __init__(self, source: Source) -> None:
        self._source: Source | None = source
        self._parts: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: UpstreamError | None = None
        self.status = 0
        self.headers: Fields = []  # names in lower case
        self.fields: Mapping[bytes, bytes] = {}  # the same; of those that came twice, the last
        self.is_complete = False
        self.unread = 0  # bytes of the body that nobody has taken

    # What its reader calls.

    async def head(self) -> None:
        """Return when the head is here. Raises UpstreamError."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._arrival()

    async def piece(self) -> bytes:
        """The next piece of the body; nothing at its end. Raises UpstreamError when it ends too early."""
        while not self._parts:
            if self.is_complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._arrival()
        part = self._parts.popleft()
        self.unread -= len(part)
        if self._source is not None and self.unread <= UNREAD_BYTES // 2:
            self._source.read_on()
        return part

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece. Raises UpstreamError when it ends too early."""
        while part := await self.piece():
            yield part

    def ready(self) -> bytes | None:
        """What is left of the body, taken, where all of it is here; None where it still comes."""
        if not self.is_complete:
            return None
        parts, self.unread = self._parts, 0
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        return body

    def close(self) -> None:
        """Let go. What was not read to its end is not read any more: its connection is closed."""
        source, self._source = self._source, None
        if source is not None:
            self._error = self._error or UpstreamError("reset", "it was closed here", was_sent=True)
            source.abandon()

    # What its connection tells; `wake` comes after it.

    def add(self, part: bytes) -> None:
        """A piece of the body."""
        self._parts.append(part)
        self.unread += len(part)

    def complete(self) -> None:
        """All is here: the connection is not ours any more."""
        self.is_complete = True
        self._source = None

    def fail(self, error: UpstreamError) -> None:
        """No more comes."""
        self._error = self._error or error
        self._source = None

    def wake(self) -> None:
        """Whoever waits may look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _arrival(self) -> asyncio.Future[None]:
        """What is done when something is here."""
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        return waiter
