"""An evenkeel to send to, as a real HTTP server whose answers tests choose."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Receiver:
    """Takes events as the door does: stored by id, once. `answers` decides what it says to the next requests."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.always: Callable[[BaseHTTPRequestHandler], None] | None = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.requests.append(json.loads(body))
                say = receiver.answers.pop(0) if receiver.answers else receiver.always
                if say is not None:
                    say(self)
                    return
                say_json(200, {"accepted": len(receiver.requests[-1]), "rejected": []})(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._handler = Handler
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """What a store that knows an event by its id would hold, in the order of arrival."""
        return list({event["id"]: event for request in list(self.requests) for event in request}.values())

    def start(self) -> None:
        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def say_json(status: int, document: Any, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return say_bytes(status, json.dumps(document).encode(), **headers)


def say_bytes(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return say


def wait_until(condition: Callable[[], Any], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    from evenkeel.observe.sdk import client as module

    # Real waits, only shorter, so that a test of an outage takes no minute.
    monkeypatch.setattr(module, "SEND_EVERY_S", 0.01)
    monkeypatch.setattr(module, "BACKOFF_S", (0.02, 0.05))
    monkeypatch.setattr(module, "CLOSE_S", 1.0)
    found = Receiver()
    yield found
    found.stop()


@pytest.fixture
def answer_json() -> Callable[..., Any]:
    return say_json


@pytest.fixture
def answer_bytes() -> Callable[..., Any]:
    return say_bytes


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until
