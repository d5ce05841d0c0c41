"""`evenkeel notify`, against a real server of its own and a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import ConflictError, NotFoundError

CommandLine = Any


@pytest.fixture
def receiver() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(404 if self.path == "/gone" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def configured(home: Home, receiver: str, request: pytest.FixtureRequest) -> None:
    home.create()
    text = (
        "notify:\n  channels:\n"
        f"    hook: {{type: webhook, url: '{receiver}/hook'}}\n    gone: {{type: webhook, url: '{receiver}/gone'}}\n"
        "  default: [hook]\n"
    )
    Path(home.root / "evenkeel.yaml").write_text(text, encoding="utf-8")
    request.getfixturevalue("served")


@pytest.mark.usefixtures("configured")
def test_a_test_is_really_sent_and_fails_where_one_was_not_delivered(evenkeel: CommandLine) -> None:
    result = evenkeel("notify", "test", "hook")
    assert "● delivered hook after" in result.output
    everything = evenkeel("notify", "test", fails=True)
    assert everything.exit_code == 1
    assert "■ failed gone" in everything.output
    assert "Answered 404" in everything.output
    (found,) = evenkeel.json("notify", "test", "hook")["deliveries"]
    assert (found["state"], found["attempts"]) == ("delivered", 1)
    assert found["latency_s"] < 5
    with pytest.raises(NotFoundError, match="no channel 'hok'"):
        evenkeel("notify", "test", "hok")
    listed = evenkeel.json("notify", "deliveries", "--channel", "hook")["deliveries"]
    assert [each["title"] for each in listed] == ["Test of hook"] * 3
    shown = evenkeel("notify", "deliveries", "--limit", "4")
    assert "test · Test of gone" in shown.output
    channels = evenkeel("notify", "channels").output
    assert "3 delivered and 0 given up in 24 h, 0 waiting" in channels
    assert "All alerts go to hook." in channels
    assert "Alert path:" in channels


@pytest.mark.usefixtures("served")
def test_without_channels_there_is_nothing_to_test_and_it_says_where_to_read_on(evenkeel: CommandLine) -> None:
    with pytest.raises(NotFoundError, match="No channel is configured"):
        evenkeel("notify", "test")
    assert "nobody is told of alerts" in evenkeel("notify", "channels").output


def test_without_a_server_it_says_how_to_start_one(evenkeel: CommandLine) -> None:
    with pytest.raises(ConflictError, match="evenkeel up"):
        evenkeel("notify", "channels")
