"""Alerts of the running product: a fault fires, people act on it, a new process goes on where the last one was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

US = 1_000_000


def firing(server: Any, service: str) -> list[Any]:
    return server.api(f"/alerts?state=firing&service={service}")["alerts"]


def test_an_alert_and_what_people_did_with_it_outlive_the_process(
    start_server: Callable[..., Any], wait_until: Callable[..., Any], run: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home")
    server.feed("broken-bot", failing=0.2)
    server.feed("good-bot", failing=0.0)
    wait_until(lambda: firing(server, "broken-bot"), within_s=30, what="a rule fires")
    (first, *_) = firing(server, "broken-bot")
    assert first["severity"] == "page" and "broken-bot" in first["title"] and first["told_at"]
    assert run("alerts", "list", "--home", server.home).returncode == 1
    run.json("alerts", "ack", first["id"], "--reason", "on it", "--home", server.home)
    assert server.stop() == 0
    back = start_server(tmp_path / "home")
    reconciled = wait_until(
        lambda: [each for each in firing(back, "broken-bot") if each["id"] == first["id"]],
        within_s=30, what="the alert is there",
    )  # fmt: skip
    wait_until(
        lambda: back.services().get("broken-bot", {}).get("status") == "breach", within_s=60, what="it is judged"
    )
    assert reconciled[0]["acknowledged_by"] == "command line"
    history = [(entry["what"], entry["text"]) for entry in back.api(f"/alerts/{first['id']}")["history"]]
    assert history[-1][0] == "opened" and "resolved" not in dict(history)
    assert [text for _, text in history].count("Handed to notifications: it fires.") == 1, history
    assert firing(back, "good-bot") == []
