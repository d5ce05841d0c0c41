"""`evenkeel judge`: what the API tells, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli import judge as command

JUDGE = {
    "name": "g", "model": "m", "prompt_version": "1", "calls_24h": 3, "calls_per_day": 500,
    "services": [{"service": "production/bot", "says": "Flags 10 % [5–20 %] of 100 answers."}],
    "failures": {"timeout": 2},
}  # fmt: skip


class _Running:
    """A server that answers one question."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    def running(self, home: Home) -> _Running:
        del home
        return self

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        self.asked.append((method, path, body))
        return self.answer


def test_the_list_tells_rates_failures_and_what_is_used(evenkeel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.Server, "running", _Running({"judges": [JUDGE]}).running)
    shown = evenkeel("judge", "list").stdout
    for words in ("3 of 500 calls in 24 hours", "production/bot: Flags 10 %", "failed, timeout: 2"):
        assert words in shown
    monkeypatch.setattr(command.Server, "running", _Running({"judges": []}).running)
    assert "No judge is configured" in evenkeel("judge", "list").stdout


def test_a_run_says_what_it_did(evenkeel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = _Running({"says": "5 answers asked about."})
    monkeypatch.setattr(command.Server, "running", server.running)
    assert "5 answers asked about." in evenkeel("judge", "run", "g", "--calls", "5").stdout
    assert server.asked == [("POST", "/judges/g/run", {"calls": 5})]
