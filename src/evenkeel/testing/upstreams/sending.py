"""Sends an answer, with the trouble that is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress
from http.client import responses
from typing import Final

from evenkeel.testing.upstreams.dialect import Answer, Dialect, Event
from evenkeel.testing.upstreams.tally import Tally
from evenkeel.testing.upstreams.trouble import Trouble
from evenkeel.testing.upstreams.wire import GoneError, Wire

NOT_HTTP: Final = b"\x00\xfe\xfdSSH-2.0-not-http\r\n\r\n\x00"
NOT_JSON: Final = b"<html><body><h1>It works!</h1></body></html>"
_RELEASE_LOOKED_FOR_S: Final = 0.005
_GZIP: Final = 16 + zlib.MAX_WBITS


class EndedError(Exception):
    """The trouble has ended the connection: there is nothing more to send."""


class Sending:
    """One answer on its way. `events` and `tokens` are what was sent of a stream so far."""

    def __init__(self, wire: Wire, answer: Answer, trouble: Trouble, tally: Tally) -> None:
        self._wire = wire
        self._answer = answer
        self._trouble = trouble
        self._tally = tally
        self._sent = 0
        self._packer = zlib.compressobj(wbits=_GZIP) if trouble.gzip else None
        self.events = 0
        self.tokens = 0

    async def run(self, dialect: Dialect) -> None:
        """Send it to its end. Raises GoneError when the client leaves, EndedError when the trouble has ended it."""
        if self._trouble.garbage == "http":
            await self._put(NOT_HTTP)
            self._end()
        await self._hang("headers")
        await self._wire.pause(self._trouble.headers_delay_s)
        if self._answer.events is None:
            await self._send_plain(self._answer.body)
        else:
            await self._send_stream(self._answer.events, dialect)

    async def _send_plain(self, body: bytes) -> None:
        off = self._trouble.content_length_off
        if self._packer:
            body = self._packer.compress(body) + self._packer.flush()
        await self._send_head({"content-length": str(max(len(body) + off, 0))})
        await self._hang("body")
        await self._wire.pause(self._trouble.body_delay_s)
        await self._put(body)
        if off > 0:
            self._end()

    async def _send_stream(self, events: Iterable[Event], dialect: Dialect) -> None:
        await self._send_head({"transfer-encoding": "chunked"})
        await self._hang("body")
        await self._wire.pause(self._trouble.body_delay_s)
        for event in events:
            if self._trouble.error_at_event == self.events:
                await self._put_chunk(dialect.error_event("The server had an error while it processed your request."))
                break
            if self._trouble.close_at_event == self.events:
                self._end()
            await self._hang(self.events)
            await self._wire.pause(self._trouble.event_delay_s)
            await self._send_event(event)
        if self._packer:
            await self._put_chunk(self._packer.flush(), is_packed=True)
        with suppress(GoneError):  # clients leave at the last event, and have all they need
            await self._put(b"0\r\n\r\n")

    async def _send_event(self, event: Event) -> None:
        if event.tokens:  # generated, whether it arrives or not
            self._tally.give(self._answer.model, 0, event.tokens)
        await self._put_chunk(event.data)
        self.events += 1
        self.tokens += event.tokens

    async def _put_chunk(self, data: bytes, *, is_packed: bool = False) -> None:
        if self._packer and not is_packed:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        await self._put(b"%x\r\n%s\r\n" % (len(data), data))

    async def _send_head(self, framing: dict[str, str]) -> None:
        status = self._answer.status
        headers = {**(self._answer.headers or {}), **framing, **self._trouble.all_headers}
        if self._trouble.content_type is not None:
            headers["content-type"] = self._trouble.content_type
        if self._packer:
            headers["content-encoding"] = "gzip"
        lines = [
            f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if self._trouble.header_byte_delay_s <= 0:
            await self._put(head)
            return
        for index in range(len(head)):
            await self._put(head[index : index + 1])
            await self._wire.pause(self._trouble.header_byte_delay_s)

    async def _put(self, data: bytes) -> None:
        limit = self._trouble.reset_at_byte
        if limit is not None and self._sent + len(data) >= limit:
            if self._sent < limit:
                await self._wire.write(data[: limit - self._sent])
            self._wire.reset()
            raise EndedError
        await self._wire.write(data)
        self._sent += len(data)

    async def _hang(self, place: int | str) -> None:
        hang = self._trouble.hang
        if hang is not None and self._trouble.hang_at == place:
            while not hang.is_set():
                await self._wire.pause(_RELEASE_LOOKED_FOR_S)

    def _end(self) -> None:
        self._wire.close()
        raise EndedError
