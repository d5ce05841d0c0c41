"""A server that answers simple things, and callers that send whatever bytes they like."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import pytest
import uvloop

from evenkeel.gateway.http.incoming import CallerGoneError, Incoming
from evenkeel.gateway.http.model import Fault, Fields, ServerLimits
from evenkeel.gateway.http.server import Server
from evenkeel.store.system import SystemClock

PATIENCE_S = 10.0
BIG = 32_000_000


class Rooms:
    """Answers by path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.loop: Any = None
        self.seen: list[tuple[str, str, bytes]] = []
        self.gone = threading.Event()
        self.reached = threading.Event()  # a request for /hold or /stream waits
        self._going_on: asyncio.Event | None = None
        self.faults: list[Fault] = []
        self.most_unseen = 0
        self._after = {  # the body is here
            "/hold": self._held,
            "/stream": self._stream,
            "/settle": self._settle,
            "/half": self._half,
            "/flood": self._flood,
            "/big": self._big,
            "/none": self._none,
        }

    async def answer(self, incoming: Incoming) -> None:
        self._going_on = self._going_on or asyncio.Event()
        match incoming.path:
            case "/unread":
                self._whole(incoming, b"not read", status=403)
                return
            case "/broken":
                raise ValueError("broken on purpose")
            case "/slow":  # to read: not before it is told
                await self._hold(incoming)
                self.most_unseen = incoming.unseen
        try:
            while not incoming.is_complete:
                await incoming.more()
        except CallerGoneError:
            self.gone.set()
            return
        body = incoming.take()
        self.seen.append((incoming.method, incoming.path, body))
        await self._after.get(incoming.path, self._echo)(incoming, body)

    async def _echo(self, incoming: Incoming, body: bytes) -> None:
        self._whole(incoming, body or b"ok")

    async def _held(self, incoming: Incoming, body: bytes) -> None:
        del body
        await self._hold(incoming)
        self._whole(incoming, b"held")

    async def _stream(self, incoming: Incoming, body: bytes) -> None:
        del body
        incoming.begin(200, [(b"content-type", b"text/event-stream")])
        incoming.write(b"data: 1\n\n")
        await self._hold(incoming)
        incoming.write(b"data: 2\n\n")
        incoming.end()

    async def _settle(self, incoming: Incoming, body: bytes) -> None:
        """Go on without the caller, as whoever keeps books must."""
        del body
        assert self._going_on is not None
        incoming.when_gone(self.gone.set)
        self.reached.set()
        await self._going_on.wait()
        self.seen.append(("", "/settled", b""))

    async def _half(self, incoming: Incoming, body: bytes) -> None:
        incoming.begin(200, [(b"content-length", b"8")])
        incoming.write(b"half")
        raise ValueError(f"broken in the middle: {body!r}")

    async def _big(self, incoming: Incoming, body: bytes) -> None:
        """More than all buffers between us hold."""
        del body
        self._whole(incoming, b"x" * BIG)

    async def _none(self, incoming: Incoming, body: bytes) -> None:
        del body
        incoming.begin(204, [(b"content-length", b"0")])
        incoming.end()

    def refuse(self, fault: Fault) -> tuple[Fields, bytes]:
        self.faults.append(fault)
        body = json.dumps({"code": fault.code, "message": fault.message}).encode()
        return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))], body

    def go_on(self) -> None:
        """Whoever waits goes on."""

        def go() -> None:
            self._going_on = self._going_on or asyncio.Event()
            self._going_on.set()

        self.loop.call_soon_threadsafe(go)

    async def _hold(self, incoming: Incoming) -> None:
        assert self._going_on is not None
        waiting = asyncio.ensure_future(self._going_on.wait())

        def leave() -> None:
            self.gone.set()
            waiting.cancel()

        incoming.when_gone(leave)
        self.reached.set()
        await asyncio.gather(waiting, return_exceptions=True)
        incoming.when_gone(None)

    async def _flood(self, incoming: Incoming, body: bytes) -> None:
        """Send until the caller takes no more, and then until it does."""
        del body
        incoming.begin(200, [])
        while not incoming.is_paused:
            incoming.write(b"x" * 65536)
        incoming.when_gone(self.gone.set)
        self.reached.set()
        await incoming.drained()
        incoming.end()

    @staticmethod
    def _whole(incoming: Incoming, body: bytes, status: int = 200) -> None:
        incoming.begin(status, [(b"content-length", b"%d" % len(body))])
        incoming.end(body)


@dataclass
class Serving:
    """A server in a thread."""

    app: Rooms = field(default_factory=Rooms)
    port: int = 0
    server: Any = None
    stop: Any = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """Tell it to stop."""
        self.app.loop.call_soon_threadsafe(self.stop.set)


class Caller:
    """One connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, mark: bytes) -> bytes:
        """What comes, up to and with that."""
        while mark not in self._left:
            data = self.socket.recv(65536)
            assert data, (mark, self._left)
            self._left += data
        found, _, self._left = self._left.partition(mark)
        return found + mark

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of the next answer that has a length."""
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        length = int(headers.get("content-length", 0))
        while len(self._left) < length:
            data = self.socket.recv(65536)
            assert data
            self._left += data
        body, self._left = self._left[:length], self._left[length:]
        return int(first.split()[1]), headers, body

    def rest(self) -> bytes:
        """All that comes until the other side has ended."""
        parts = [self._left]
        try:
            while data := self.socket.recv(65536):
                parts.append(data)
        except ConnectionResetError:
            parts.append(b"<reset>")
        return b"".join(parts)


@contextmanager
def serving(limits: ServerLimits | None = None, grace_s: float = PATIENCE_S) -> Iterator[Serving]:
    """Serve until the end of the block."""
    made = Serving()
    listener = socket.create_server(("127.0.0.1", 0))
    made.port = listener.getsockname()[1]
    ready = threading.Event()

    async def serve() -> None:
        made.app.loop = asyncio.get_running_loop()
        made.server = Server(made.app, SystemClock(), limits or ServerLimits())
        made.stop = asyncio.Event()
        await made.server.start([listener])
        ready.set()
        await made.stop.wait()
        await made.server.stop(grace_s, made.app.go_on)
        made.stopped.set()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="server")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield made
    finally:
        with suppress(RuntimeError):  # it has ended
            made.app.go_on()
            made.end()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving() as made:
        yield made


@pytest.fixture
def serve() -> Any:
    """A server with limits of one's own: `with serve(ServerLimits(…)) as served`."""
    return serving


@pytest.fixture
def call() -> Iterator[Any]:
    """A new connection to a server: `call(served)`."""
    with ExitStack() as stack:
        yield lambda served: stack.enter_context(Caller(served.port))
