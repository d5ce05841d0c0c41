"""One request, as it comes, and its answer, as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from evenkeel.gateway.http.framing import CLOSE, CONTINUE, answer_lines, has_body, split_target
from evenkeel.gateway.http.model import Fields

#: An answer that must not even say that its body is empty (RFC 9110 §8.6).
_NO_CONTENT: Final = 204
#: An answer to a body that did not come.
_TOO_SLOW: Final = 408


class CallerGoneError(Exception):
    """The caller went away before its request was complete."""


class Line(Protocol):
    """The connection of a request, as the request sees it."""

    is_paused: bool  # the caller takes nothing at the moment

    @property
    def date(self) -> bytes:
        """The header that says how late it is, as a line."""
        ...

    @property
    def skip_bytes(self) -> int:
        """How much of a body that nobody reads is taken for the sake of the next request."""
        ...

    def send(self, data: bytes) -> None:
        """Send; never waits."""
        ...

    async def drained(self) -> None:
        """Return when the caller takes more, or has gone."""
        ...

    def read_on(self) -> None:
        """Take more of the body."""
        ...

    def finished(self, incoming: Incoming) -> None:
        """The answer is out."""
        ...


class Incoming:
    """One request. Its body comes with `more`; its answer goes with `begin`, `write` and `end`."""

    __slots__ = (
        "_arrival", "_head", "_is_chunked", "_line", "_parts", "_when_gone", "expects_continue", "fields", "has_begun",
        "has_body", "has_ended", "headers", "is_complete", "is_gone", "is_http_10", "keeps_alive", "length", "method",
        "path", "query", "size", "target", "unseen",
    )  # fmt: skip

    def __init__(self, line: Line, method: str, target: bytes, headers: Fields, fields: dict[bytes, bytes]) -> None:
        self._line = line
        self.method = method
        self.target = target
        self.path, self.query = split_target(target)
        self.headers = headers  # names in lower case
        self.fields = fields  # the same; of those that came twice, the last
        length = fields.get(b"content-length")
        self.length = 0 if length is None else int(length)  # as declared; 0 where nothing is
        self.is_http_10 = False
        self.keeps_alive = True
        self.expects_continue = False
        self.is_complete = False  # all of the body is here
        self.size = 0  # of the body, so far
        self.unseen = 0  # of it, since anybody looked
        self.is_gone = False
        self.has_begun = False
        self.has_ended = False
        self.has_body = True  # of the answer
        self._parts: list[bytes] = []
        self._arrival: asyncio.Future[None] | None = None
        self._when_gone: Callable[[], None] | None = None
        self._head = b""  # of the answer, until its first piece goes
        self._is_chunked = False

    # The body.

    def take(self) -> bytes:
        """What has come of the body."""
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def more(self) -> None:
        """Return when more of the body is here, or all. Raises CallerGoneError."""
        if self.is_gone:
            raise CallerGoneError
        if self.expects_continue and not self.size:
            self.expects_continue = False
            self._line.send(CONTINUE)
        self.unseen = 0
        self._arrival = asyncio.get_running_loop().create_future()
        self._line.read_on()
        try:
            await self._arrival
        finally:
            self._arrival = None
        if self.is_gone and not self.is_complete:
            raise CallerGoneError

    def when_gone(self, callback: Callable[[], None] | None) -> None:
        """Call that when the caller goes; at once, if it has."""
        self._when_gone = callback
        if self.is_gone and callback is not None:
            callback()

    # What the connection tells.

    def feed(self, data: bytes) -> None:
        """A piece of the body is here."""
        self._parts.append(data)
        self.size += len(data)
        self.unseen += len(data)
        self._wake()

    def complete(self) -> None:
        """The body is here."""
        self.is_complete = True
        self._wake()

    def lose(self) -> None:
        """The caller has gone."""
        self.is_gone = True
        self._wake()
        if self._when_gone is not None:
            self._when_gone()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    # The answer.

    @property
    def is_paused(self) -> bool:
        """Whether the caller takes nothing at the moment: wait for `drained` before the next piece."""
        return self._line.is_paused and not self.is_gone

    def begin(self, status: int, headers: Fields) -> None:
        """The head; it goes with the first piece."""
        self.has_begun = True
        self.has_body = has_body(self.method, status)
        if status == _NO_CONTENT:
            headers = [field for field in headers if field[0] != b"content-length"]
        lines = answer_lines(status, headers)
        ours = b"" if b"\ndate: " in lines else self._line.date
        if self.has_body and b"\ncontent-length: " not in lines:
            if self.is_http_10:
                self.keeps_alive = False  # the end of the connection is the end of the answer
            else:
                self._is_chunked = True
                ours += b"transfer-encoding: chunked\r\n"
        if not self.is_complete and (status == _TOO_SLOW or not self._can_be_skipped()):
            self.keeps_alive = False
        if not self.keeps_alive:
            ours += CLOSE
        self._head = b"%b%b\r\n" % (lines, ours)

    def write(self, data: bytes) -> None:
        """A piece."""
        if self.is_gone:
            return
        head, self._head = self._head, b""
        if not self.has_body or not data:
            made = head
        elif self._is_chunked:
            made = b"%b%x\r\n%b\r\n" % (head, len(data), data)
        else:
            made = head + data if head else data
        if made:
            self._line.send(made)

    def end(self, last: bytes = b"") -> None:
        """The last piece."""
        if self.has_ended:
            return
        self.has_ended = True
        if self.is_gone:
            return
        head, self._head = self._head, b""
        if not self.has_body:
            made = head
        elif not self._is_chunked:
            made = head + last if head else last
        elif last:
            made = b"%b%x\r\n%b\r\n0\r\n\r\n" % (head, len(last), last)
        else:
            made = head + b"0\r\n\r\n"
        if made:
            self._line.send(made)
        self._line.finished(self)

    async def drained(self) -> None:
        """Return when the caller takes more, or has gone."""
        await self._line.drained()

    def _can_be_skipped(self) -> bool:
        """Whether the rest of the body comes for sure, and soon: then the next request is found behind it."""
        return not self.expects_continue and 0 < self.length - self.size <= self._line.skip_bytes
