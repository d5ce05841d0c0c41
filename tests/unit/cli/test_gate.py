"""`evenkeel gate` as a pipeline runs it: its exit codes, on a real server."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli.gate import DENIED, NO_ANSWER
from evenkeel.kernel.errors import NotFoundError


@pytest.fixture
def failing(evenkeel: Any, calls: Callable[..., list[str]], served: Home, wait_for: Callable[..., Any]) -> Any:
    """A service that fails half of the time, known to a server."""
    evenkeel(*calls(400, "good", "fine"))
    evenkeel(*calls(400, "bad", "broken"))
    wait_for(lambda: evenkeel.json("slo", "list")["slos"])
    return evenkeel


def test_a_pipeline_reads_the_answer_from_the_exit_code_and_the_reason_from_the_text(failing: Any) -> None:
    allowed = failing("gate", "bot", "--kind", "critical-fix")
    assert allowed.exit_code == 0
    assert "critical fixes may go ahead" in allowed.stdout
    answer = failing("gate", "bot", "--json", fails=True)
    document = json.loads(answer.stdout)
    assert answer.exit_code == (0 if document["answer"] == "allow" else DENIED)
    with pytest.raises(NotFoundError, match="staging/bot was never heard from"):
        failing("gate", "bot", "--environment", "staging")


def test_an_override_is_granted_listed_and_revoked(failing: Any) -> None:
    granted = failing.json("gate", "override", "other", "--reason", "first release", "--expires", "4h")
    assert failing.json("gate", "other")["by"] in ("override", "nothing")
    assert granted["id"] in failing("gate", "overrides").stdout
    assert failing("gate", "revoke", granted["id"], "--reason", "shipped").stdout == f"{granted['id']} is revoked.\n"
    with pytest.raises(NotFoundError):
        failing("gate", "other")


def test_no_server_and_one_that_does_not_answer_are_no_denial(evenkeel: Any) -> None:
    for where in ([], ["--server", f"http://127.0.0.1:{_closed_port()}"]):
        answer = evenkeel("gate", "bot", *where, fails=True)
        assert answer.exit_code == NO_ANSWER
        assert "No answer:" in answer.stderr
        assert json.loads(evenkeel("gate", "bot", "--json", *where, fails=True).stdout)["error"]["code"] == "evenkeel"


def test_another_machine_asks_with_a_key(failing: Any, served: Home) -> None:
    server = json.loads(served.server.read_text())
    key = failing("keys", "create", "pipeline", "--scope", "read").stdout.strip()
    environment = {"EVENKEEL_SERVER": server["url"], "EVENKEEL_KEY": key}
    assert failing("gate", "bot", "--kind", "critical-fix", env=environment).exit_code == 0


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("answer", [b"<html>hello</html>", b"[]", b'{"status": "ok"}', b"null"])
def test_what_is_no_evenkeel_is_no_denial(evenkeel: Any, stranger: Callable[[bytes], str], answer: bytes) -> None:
    found = evenkeel("gate", "bot", "--server", stranger(answer), fails=True)
    assert (found.exit_code, found.stderr[:10]) == (NO_ANSWER, "No answer:")


@pytest.mark.parametrize("url", ["example.org", "file:///etc/hostname", "http://[::1"])
def test_what_is_no_address_is_no_denial(evenkeel: Any, url: str) -> None:
    found = evenkeel("gate", "bot", "--server", url, fails=True)
    assert (found.exit_code, found.stderr[:10]) == (NO_ANSWER, "No answer:")


@pytest.fixture
def stranger() -> Iterator[Callable[[bytes], str]]:
    """Starts a server that answers everything so."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(body: bytes) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                pass

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
