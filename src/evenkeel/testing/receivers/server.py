"""A local HTTP server that checks what it gets, keeps it, and misbehaves when told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self, cast

BODY_BYTES_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    method: str
    path: str  # with its query
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Fault:
    """How one request is treated badly."""

    reply: Reply | None = None  # instead of the right one, without looking at the request
    delay_s: float = 0.0  # before the answer; ends when the server stops
    reset: bool = False  # the connection is reset instead of an answer
    applied: bool = False  # it is nevertheless done: only the answer is lost


class Refusal(Exception):  # noqa: N818 (it is an answer)
    """Ends a request with this answer, and is kept as a problem."""

    def __init__(self, reply: Reply, problem: str) -> None:
        super().__init__(problem)
        self.reply = reply
        self.problem = problem


class Receiver:
    """One server in a thread. Subclasses say in `answer` what the provider does; it runs under a lock.

    `received` holds every request, `problems` what was wrong with those that were refused.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.problems: list[str] = []
        self._faults: deque[Fault] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Received) -> Reply:
        """What the provider answers. Raises Refusal where it would refuse."""
        raise NotImplementedError

    def misbehave(self, *faults: Fault) -> None:
        """Treat the next requests so, one after the other."""
        self._faults.extend(faults)

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return when `condition` holds, looking after each request. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout_s):
                msg = f"after {timeout_s:g} s there were {len(self.received)} requests, and problems {self.problems}"
                raise TimeoutError(msg)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        """Return when `count` requests have come. Raises TimeoutError."""
        self.wait_until(lambda: len(self.received) >= count, timeout_s)

    def stop(self) -> None:
        """End the server and its thread."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, request: Received) -> Reply | None:
        """The answer to one request, None where the connection is to be reset."""
        fault = self._faults.popleft() if self._faults else Fault()
        with self._changed:
            self.received.append(request)
            reply = fault.reply
            if reply is None and (fault.applied or not fault.reset):
                reply = self._answer(request)
            self._changed.notify_all()
        if fault.delay_s:
            self._stopping.wait(fault.delay_s)
        return None if fault.reset else reply

    def _answer(self, request: Received) -> Reply:
        try:
            return self.answer(request)
        except Refusal as refusal:
            self.problems.append(refusal.problem)
            return refusal.reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(min(size, BODY_BYTES_MAX))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.command, self.path, headers, body)
        reply = cast("_Server", self.server).receiver.take(request)
        self.close_connection = True
        if reply is None:  # closing without lingering resets the connection
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        try:
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), "connection": "close", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
        except OSError:
            return  # who asked did not wait for the answer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Nothing: what came is in `received`."""


def json_reply(status: int, document: Any, **headers: str) -> Reply:
    """An answer in JSON; header names may be written with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), {"content-type": "application/json", **given})
