"""A retriever is asked over real HTTP, and each way to fail has its name."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from evenkeel.cli.retrieval_endpoint import Endpoint, ask_all
from evenkeel.kernel.errors import InvalidInputError

ANSWERS: dict[str, tuple[int, bytes]] = {
    "good": (200, b'{"ids": ["a", "b"]}'),
    "none": (200, b'{"ids": []}'),
    "broken": (500, b"no"),
    "text": (200, b"<html>"),
    "list": (200, b'["a"]'),
    "number": (200, b'{"ids": [1]}'),
    "long": (200, json.dumps({"ids": ["x" * 201]}).encode()),
    "many": (200, json.dumps({"ids": ["x"] * 2_000}).encode()),
}


class Retriever(BaseHTTPRequestHandler):
    """Answers by the text of the query; `slow` is answered once nobody waits any more."""

    over = threading.Event()
    tokens: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """One query."""
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.tokens.append(self.headers.get("authorization", ""))
        if asked["query"] == "slow":
            self.over.wait(30)
            return
        status, body = ANSWERS[asked["query"]]
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """What follows a redirection."""
        self.tokens.append(self.headers.get("authorization", ""))
        self.send_response(404)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 named by what it overrides
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Retriever.over.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Retriever)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/search"
    Retriever.over.set()
    server.shutdown()
    server.server_close()


def ask(url: str, *texts: str, **more: Any) -> dict[str, dict[str, Any]]:
    lines = ask_all(Endpoint(url, **more), {text: text for text in texts}).split("\n")
    return {each.pop("id"): each for each in map(json.loads, lines)}


def test_what_is_found_and_each_failure_is_a_line_of_its_own(url: str) -> None:
    assert ask(url, *ANSWERS, token="t") == {
        "good": {"retrieved": ["a", "b"]},
        "none": {"retrieved": []},
        "broken": {"failed": "http 500"},
        "text": {"failed": "no JSON"},
        "list": {"failed": "no ids"},
        "number": {"failed": "no ids"},
        "long": {"failed": "an id of more than 200 characters"},
        "many": {"retrieved": ["x"] * 100},
    }
    assert set(Retriever.tokens) == {"Bearer t"}


def test_a_token_goes_to_the_address_that_was_given_and_to_no_other(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "moved", (302, b""))
    Retriever.tokens.clear()
    assert ask(url, "moved", token="t") == {"moved": {"failed": "http 404"}}
    assert Retriever.tokens == ["Bearer t", ""]


def test_who_does_not_answer_in_time_has_failed(url: str) -> None:
    assert ask(url, "slow", "good", timeout_s=0.3) == {"slow": {"failed": "timeout"}, "good": {"retrieved": ["a", "b"]}}


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no address"):
        Endpoint("file:///etc/passwd")
