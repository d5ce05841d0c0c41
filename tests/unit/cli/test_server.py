"""Commands ask the server that owns a home, and tell its errors as their own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any, cast

import pytest

from evenkeel.app.home import Home
from evenkeel.app.running import own_identity
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError, UnauthorizedError

Calls = Callable[..., list[str]]


def note(home: Home, **more: Any) -> None:
    home.create()
    known = {**own_identity(), "url": "http://127.0.0.1:9", "token": "t"}
    home.server.write_text(json.dumps(known | more), encoding="utf-8")


def test_nobody_owns_a_home_without_a_note_or_with_half_of_one(home: Home) -> None:
    assert Server.find(home) is None
    home.create()
    home.server.write_text('{"pid": ', encoding="utf-8")
    assert Server.find(home) is None


def test_the_note_of_a_process_that_ended_is_not_believed(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        ended.wait()
    note(home, pid=ended.pid, started="another boot")
    assert Server.find(home) is None


def test_a_server_that_does_not_answer_is_an_error_that_names_it(home: Home) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        note(home, url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        server = Server.find(home)
        assert server is not None
        with pytest.raises(EvenkeelError, match=r"does not answer.*Is it starting"):
            server.ask("GET", "/services")


class _SendsOn(BaseHTTPRequestHandler):
    """Lives, and sends everything else on to wherever its server's `onto` is; it notes what it was asked."""

    def do_GET(self) -> None:
        door = cast("Any", self.server)
        door.seen.append((self.path, self.headers.get("authorization")))
        is_alive = self.path == "/healthz"
        self.send_response(200 if is_alive else 302)
        if not is_alive:
            self.send_header("location", f"http://127.0.0.1:{door.server_address[1]}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 as the library calls it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as the library calls it
        """Nothing."""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_is_not_sent_on_to_where_a_server_points(method: str) -> None:
    seen: list[tuple[str, str | None]] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _SendsOn) as door:
        cast("Any", door).seen = seen
        serving = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            server = Server(f"http://127.0.0.1:{door.server_address[1]}", "secret", 0)
            with pytest.raises(EvenkeelError, match=r"sends on to http://127.*elsewhere"):
                server.ask(method, "/services", {} if method == "POST" else None)
        finally:
            door.shutdown()
            serving.join()
    assert seen == [("/healthz", None), ("/api/v1/services", "Bearer secret")]


def test_what_the_server_refuses_is_the_error_it_is(served: Home) -> None:
    server = Server.find(served)
    assert server is not None
    with pytest.raises(NotFoundError, match="No service production/none"):
        server.ask("GET", "/services/production/none")
    with pytest.raises(NotFoundError, match="Nothing is at /api/v1/no/such"):
        server.ask("GET", "/no/such")
    with pytest.raises(InvalidInputError, match=r"body\.name: String should have at least 1 character"):
        server.ask("POST", "/keys", {"name": ""})
    with pytest.raises(InvalidInputError, match="PATCH does not fit /api/v1/keys"):
        server.ask("PATCH", "/keys", {})
    with pytest.raises(UnauthorizedError):
        Server(server.url, "a wrong token", server.pid).ask("GET", "/services")


def test_status_and_doctor_are_the_servers_own(served: Home, evenkeel: Any, calls: Calls) -> None:
    evenkeel(*calls(400, "bad"))
    deadline = monotonic() + 30
    while not (found := evenkeel.json("status")["services"]) or found[0]["status"] != "breach":
        assert monotonic() < deadline, found
        sleep(0.1)
    assert evenkeel("status", "--fail-on-breach", fails=True).exit_code == 10
    checks = {check["name"]: check for check in evenkeel.json("doctor")["checks"]}
    assert {"fold", "judge", "counters", "offsets", "audit trail", "journal import"} <= checks.keys()
    assert {check["status"] for check in checks.values()} == {"ok"}
    assert served.server.exists()
