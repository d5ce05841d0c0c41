"""Notifications in a real browser: nobody is told, then somebody is, and a test is really sent."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


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


def test_channels_are_set_up_tested_and_looked_at(
    server: Any,
    receiver: str,
    visit: Callable[..., Any],
    screenshot: Callable[..., None],
    wait_until: Callable[..., Any],
) -> None:
    desktop = visit(server)
    page = desktop.open("/settings/notifications")
    assert "Nobody is told of alerts: no channel is configured." in page.locator("main").inner_text()
    screenshot(page, "notifications-empty-desktop")

    configuration = (
        "notify:\n  channels:\n"
        f"    on-call: {{type: webhook, url: '{receiver}/page'}}\n    chat: {{type: webhook, url: '{receiver}/gone'}}\n"
        "  routes:\n    - {match: {severity: page}, channels: [on-call], continue: true}\n  default: [chat]\n"
    )
    Path(server.home / "evenkeel.yaml").write_text(configuration, encoding="utf-8")
    wait_until(lambda: _channels(server), within_s=20, what="channels in force")

    page = desktop.open("/settings/notifications")
    page.get_by_role("row", name="on-call").get_by_role("button", name="Send a test").click()
    page.get_by_role("status").wait_for()
    assert "Test of on-call: delivered" in page.get_by_role("status").inner_text()
    page.get_by_role("row", name="chat webhook").get_by_role("button", name="Send a test").click()
    page.locator("[role=status]", has_text="Test of chat").wait_for()
    assert "Answered 404" in page.get_by_role("status").inner_text()
    screenshot(page, "notifications-desktop")
    for name, how in (("phone", {"phone": True}), ("phone-dark", {"phone": True, "dark": True})):
        opened = visit(server, **how)
        small = opened.open("/settings/notifications")
        width = small.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{width} pixels too wide on a phone"
        screenshot(small, f"notifications-{name}")


def _channels(server: Any) -> Any:
    told = json.loads((server.home / "server.json").read_bytes())
    asked = urllib.request.Request(
        f"{told['url']}/api/v1/notify/channels", headers={"authorization": f"Bearer {told['token']}"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.loads(answer.read())["channels"]
