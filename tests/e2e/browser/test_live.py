"""Pages change by themselves while they are looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_a_failing_service_turns_on_the_open_page(
    server: Any, visit: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    def send(count: int, status: int) -> None:
        now_s = time.time()
        events = [
            {"kind": "inference", "service": "live-bot", "operation": "chat", "latency_s": 0.2, "status_code": status,
             "at": now_s - 1 + n / count, "user": f"user-{n}"}
            for n in range(count)
        ]  # fmt: skip
        assert server.post("/v1/events", events)[0] == 200

    send(1_000, 200)
    wait_until(lambda: "live-bot" in server.services(), within_s=20, what="live-bot is known")
    page = visit(server).open("/services/production/live-bot")
    card = page.locator("article", has=page.get_by_role("heading", name="Error rate"))
    card.get_by_text("ok").first.wait_for(timeout=20_000)
    send(500, 500)
    card.locator("header", has_text="breach").wait_for(timeout=20_000)
    assert "Error rate" in page.locator("#answers").inner_text()
    assert "is-breach" in page.locator("#answers").get_attribute("class")
