"""One connection to an upstream: a request goes out, its answer is read, then the next.

llhttp refuses what could be read in two ways: two lengths, a length beside chunks, a bare CR or LF. What it lets pass
and nobody sends in good faith is refused here.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, cast

import httptools

from evenkeel.gateway.http.model import Fields
from evenkeel.gateway.http.reply import UNREAD_BYTES, Reply, UpstreamError

#: Of an answer. The defaults of most servers are lower.
_LINE_BYTES: Final = 16 * 1024
_HEAD_BYTES: Final = 64 * 1024  # interim answers before it and trailers after it included
_HEADERS: Final = 100
#: A body is handed to the network in pieces of this size, each when the one before is gone.
PIECE_BYTES: Final = 256 * 1024
_SWITCHES: Final = 101  # to another protocol, which nobody asks for here
_NO_BODY: Final = (204, 304)


class Pool(Protocol):
    """Where connections wait for the next request."""

    def rest(self, outgoing: Outgoing) -> None:
        """It may be used again."""
        ...

    def lost(self, outgoing: Outgoing) -> None:
        """It may not."""
        ...

    def gone(self, outgoing: Outgoing) -> None:
        """It is closed."""
        ...


class _BadAnswerError(Exception):
    """What came is no answer that may be believed."""


class Outgoing(asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_came", "_drained", "_fed", "_head_bytes", "_headers", "_is_done", "_is_head", "_is_interim", "_is_paused",
        "_is_sending", "_is_until_close", "_keeps", "_parser", "_pieces", "_pool", "_reply", "_transport",
        "idle_since_s",
    )  # fmt: skip

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transport = cast("asyncio.Transport", None)
        self._parser = httptools.HttpResponseParser(self)
        self._reply: Reply | None = None
        self._headers: Fields = []
        self._pieces: list[bytes] = []  # of the body, that came in this read
        self._head_bytes = 0  # of heads before the one that comes
        self._came = 0  # bytes since the last one of a body
        self._fed = 0  # bytes of this read
        self._is_done = False
        self._keeps = False
        self._is_head = False  # what is asked for: an answer without a body
        self._is_interim = False
        self._is_until_close = False
        self._is_paused = False  # no more is read
        self._is_sending = False
        self._drained: asyncio.Future[None] | None = None
        self.idle_since_s = 0.0

    # What whoever asks calls.

    @property
    def is_usable(self) -> bool:
        """Whether the next request may go out."""
        return not self._transport.is_closing()

    def ask(self, data: bytes, *, is_head: bool = False) -> Reply:
        """Send a request, or its beginning."""
        reply = self._reply = Reply(self)
        self._is_head = is_head
        self._headers = []
        self._head_bytes = self._came = 0
        self._is_done = self._is_until_close = self._is_interim = False
        self._transport.write(data)
        return reply

    async def send(self, reply: Reply, body: memoryview) -> None:
        """Send the rest of a request, as fast as it is taken; returns early when the answer begins before its end."""
        self._is_sending = True
        for start in range(0, len(body), PIECE_BYTES):
            self._transport.write(body[start : start + PIECE_BYTES])
            while self._drained is not None and self._reply is reply and not reply.status:
                await self._drained
            if self._reply is not reply or reply.status:
                return  # it does not want the rest
        self._is_sending = False

    def close(self) -> None:
        """End it in good order: nothing is under way."""
        self._pool.lost(self)
        self._transport.close()

    def abort(self) -> None:
        """End it at once."""
        self._pool.lost(self)
        self._transport.abort()

    # What an answer calls.

    def read_on(self) -> None:
        """Take more of what comes."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def abandon(self) -> None:
        """What still comes of the answer is not wanted."""
        self._reply = None
        self._go_on_sending()
        self.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The upstream is there."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, or we let it go."""
        self._pool.lost(self)
        self._pool.gone(self)
        self._parser = cast("httptools.HttpResponseParser", None)  # it knows us, and we know it
        self._break("it closed the connection" if exc is None else type(exc).__name__)
        self._go_on_sending()

    def eof_received(self) -> bool:
        """The upstream sends no more: the end of an answer without a length, and of the connection."""
        reply = self._reply
        if reply is not None and self._is_until_close and reply.status:
            self._reply = None
            reply.complete()
            reply.wake()
        self._pool.lost(self)
        return False

    def pause_writing(self) -> None:
        """The upstream does not take what it is sent."""
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It does again."""
        self._go_on_sending()

    def data_received(self, data: bytes) -> None:
        """Bytes are here."""
        reply = self._reply
        if reply is None:  # nobody asked
            self.abort()
            return
        error, unread = None, reply.unread
        self._fed = len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as refused:
            error = refused
        pieces = self._pieces
        if pieces:
            reply.add(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            pieces.clear()
        if self._is_done:
            self._finish(reply, keeps=self._keeps and error is None)
        elif error is not None:
            self._spoil(reply, error)
        else:
            self._came = 0 if reply.unread > unread else self._came + len(data)
            self._go_on(reply)
        if reply.status and self._drained is not None:
            self._go_on_sending()
        reply.wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self._is_done:
            raise _BadAnswerError("more than was asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after the body, a trailer, which nobody is told of."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A head is here."""
        self._check_size()
        reply, status = cast("Reply", self._reply), self._parser.get_status_code()
        if self._parser.get_http_version() not in ("1.1", "1.0"):
            raise _BadAnswerError("another version of HTTP")
        if status < 200:
            if status < 100 or status == _SWITCHES:
                raise _BadAnswerError("a status that nobody asks for")
            self._is_interim = True
            self._headers = []
            return
        headers = self._headers
        fields = dict(headers)
        coding = fields.get(b"transfer-encoding")
        if coding is not None and (
            coding.strip().lower() != b"chunked" or [name for name, _ in headers].count(b"transfer-encoding") > 1
        ):
            raise _BadAnswerError("a transfer coding that nobody asks for")
        self._is_until_close = coding is None and b"content-length" not in fields and status not in _NO_BODY
        reply.status, reply.headers, reply.fields = status, headers, fields
        self._headers = []  # trailers
        self._is_done = self._is_head  # the parser would wait for a body; the connection ends with it

    def _check_size(self) -> None:
        """Raises for a head or trailers too large. Those of which all came in few bytes need not be counted."""
        headers = self._headers
        if len(headers) <= _HEADERS and self._head_bytes + self._came + self._fed <= _LINE_BYTES:
            return
        sizes = [len(name) + len(value) for name, value in headers]
        self._head_bytes += sum(sizes) + 4 * len(sizes)
        if len(sizes) > _HEADERS or self._head_bytes > _HEAD_BYTES or max(sizes, default=0) > _LINE_BYTES:
            raise _BadAnswerError("its headers are too large")

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if not self._is_head:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """An answer is here; an interim one is not the one that was asked for."""
        if self._headers:
            self._check_size()
        if self._is_interim:
            self._is_interim = False
            return
        self._is_done = True
        self._keeps = self._parser.should_keep_alive()

    # How it goes on.

    def _finish(self, reply: Reply, *, keeps: bool) -> None:
        self._reply = None
        reply.complete()
        self.read_on()
        if keeps and not self._is_sending and not self._transport.get_write_buffer_size():
            self._pool.rest(self)
        else:
            self._go_on_sending()
            self.abort()

    def _spoil(self, reply: Reply, error: Exception) -> None:
        cause = error.__context__
        self._reply = None
        reply.fail(UpstreamError("garbage", str(cause if isinstance(cause, _BadAnswerError) else error), was_sent=True))
        self._go_on_sending()
        self.abort()

    def _go_on(self, reply: Reply) -> None:
        """What came is not the end."""
        if reply.unread > UNREAD_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        if self._came > 2 * _HEAD_BYTES:  # blanks and first lines count here
            self._spoil(reply, _BadAnswerError("its headers are too large"))

    def _break(self, why: str) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.fail(UpstreamError("reset", why, was_sent=True))
            reply.wake()

    def _go_on_sending(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)
