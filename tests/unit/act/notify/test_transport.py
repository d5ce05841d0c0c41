"""Requests over real sockets: what comes back is told as it is, and what does not come back with its reason."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evenkeel.act.notify.model import Request
from evenkeel.act.notify.transport import ANSWER_BYTES_MAX, Transport


@dataclass
class Receiver:
    """A server of our own that answers as told and remembers what it was sent."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"ok": true}'
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.seen.append((self.command, self.path, headers, body))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_request_arrives_as_it_was_written_and_the_answer_comes_back(receiver: Receiver) -> None:
    receiver.headers = {"Retry-After": "7"}
    asked = Request(f"{receiver.url}/v2/enqueue?a=1", b"{}", {"content-type": "application/json"})
    answer = Transport().send(asked)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (202, b'{"ok": true}', "7")
    method, path, headers, body = receiver.seen[0]
    assert (method, path, body) == ("POST", "/v2/enqueue?a=1", b"{}")
    assert headers["content-type"] == "application/json"


def test_redirects_are_told_and_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/elsewhere"}
    assert Transport().send(Request(receiver.url, b"", {}, "GET")).status == 302
    assert [path for _, path, _, _ in receiver.seen] == ["/"]


def test_of_a_page_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.body = b"x" * (ANSWER_BYTES_MAX * 2)
    assert len(Transport().send(Request(receiver.url, b"", {})).body) == ANSWER_BYTES_MAX


def test_what_does_not_answer_is_status_0_with_the_reason_and_without_the_address() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        refused = Transport().send(Request(f"http://127.0.0.1:{port}/s3cret", b"", {}))
        silent.listen()
        late = Transport(timeout_s=0.05).send(Request(f"http://127.0.0.1:{port}/s3cret", b"", {}))
    assert (refused.status, refused.body) == (0, b"Connection refused.")
    assert (late.status, late.body) == (0, b"No answer in time.")


def test_a_plain_server_is_not_mistaken_for_one_with_a_certificate(receiver: Receiver) -> None:
    answer = Transport().send(Request(receiver.url.replace("http:", "https:"), b"", {}))
    assert answer.status == 0
    assert receiver.seen == []


@pytest.mark.parametrize(
    "url", ["ftp://a.example/s3cret", "nonsense s3cret", "http://s3cret:99999/", "http://a b.example/s3cret"]
)
def test_an_address_that_cannot_be_used_is_told_and_not_shown(url: str) -> None:
    answer = Transport().send(Request(url, b"", {}))
    assert answer.status == 0
    assert b"s3cret" not in answer.body
