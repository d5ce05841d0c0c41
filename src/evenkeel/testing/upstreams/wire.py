"""One connection of a double: reads requests, and can do to the client what no decent server does.

An own protocol of asyncio around httptools, as ASGI servers have: through ASGI nobody could reset a connection,
promise a wrong length or answer with something that is not HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, cast

import httptools

from evenkeel.testing.upstreams.dialect import Seen
from evenkeel.testing.upstreams.tally import Tally

BODY_BYTES_MAX: Final = 50_000_000
_TOO_LARGE: Final = b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_NOT_HTTP: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class GoneError(Exception):
    """The client has left."""


class Wire(asyncio.Protocol):
    """One connection; requests are served one after the other, also when they come all at once."""

    def __init__(self, serve: Callable[[Wire, Seen], Awaitable[None]], tally: Tally, wires: set[Wire]) -> None:
        self._serve = serve
        self._tally = tally
        self._wires = wires  # those that are open
        self._writable = asyncio.Event()
        self._waiting: deque[tuple[Seen, bool]] = deque()
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._target = b""
        self.gone = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        # What `write` has sent has left us: resets are exact to the byte. TLS takes a limit of 0 for reached while
        # nothing waits, and then may never say that there is room.
        is_tls = transport.get_extra_info("sslcontext") is not None
        self._transport.set_write_buffer_limits(high=1 if is_tls else 0, low=0)
        self._number = self._tally.connect()
        self._wires.add(self)
        self._parser = httptools.HttpRequestParser(self)
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; who writes or waits is told."""
        del exc
        self._tally.disconnect()
        self._wires.discard(self)
        self.gone.set()
        self._writable.set()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError):
            self._refuse(_NOT_HTTP)

    # what httptools calls

    def on_message_begin(self) -> None:
        """A request begins."""
        self._headers, self._body, self._target = [], bytearray(), b""

    def on_url(self, url: bytes) -> None:
        """Its target, or a piece of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body += body
        if len(self._body) > BODY_BYTES_MAX:
            self._refuse(_TOO_LARGE)

    def on_message_complete(self) -> None:
        """It is whole."""
        headers: dict[str, str] = {}
        for name, value in self._headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        method = self._parser.get_method().decode("ascii")
        seen = Seen(method, self._target.decode("latin-1"), headers, bytes(self._body), self._number)
        self._waiting.append((seen, self._parser.should_keep_alive()))
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._waiting and not self.gone.is_set():
            seen, keeps_alive = self._waiting.popleft()
            try:
                await self._serve(self, seen)
            except BaseException:  # a fault of the double's own: the client is not left to wait
                self.reset()
                raise
            if not keeps_alive:
                self.close()

    def _refuse(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)
            self._transport.close()

    # what an answer needs

    async def write(self, data: bytes) -> None:
        """Send, and wait while the client does not keep up. Raises GoneError."""
        if self.gone.is_set() or self._transport.is_closing():
            raise GoneError
        self._transport.write(data)
        await self._writable.wait()

    async def pause(self, seconds: float) -> None:
        """Wait, unless the client leaves. Raises GoneError."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self.gone.wait(), seconds)
            except TimeoutError:
                return
        if self.gone.is_set():
            raise GoneError

    def close(self) -> None:
        """End the connection when all is sent."""
        self._transport.close()

    def reset(self) -> None:
        """End the connection at once, with RST."""
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:  # the client may have left just now
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
