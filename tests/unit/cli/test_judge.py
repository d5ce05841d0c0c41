"""`evenkeel judge`: what the API tells, in words."""

from __future__ import annotations

from typing import Any

JUDGE = {
    "name": "g", "model": "m", "prompt_version": "1", "calls_24h": 3, "calls_per_day": 500,
    "services": [{"service": "production/bot", "says": "Flags 10 % [5–20 %] of 100 answers."}],
    "failures": {"timeout": 2},
}  # fmt: skip


def test_the_list_tells_rates_failures_and_what_is_used(evenkeel: Any, answering: Any) -> None:
    answering({"judges": [JUDGE]})
    shown = evenkeel("judge", "list").stdout
    for words in ("3 of 500 calls in 24 hours", "production/bot: Flags 10 %", "failed, timeout: 2"):
        assert words in shown
    answering({"judges": []})
    assert "No judge is configured" in evenkeel("judge", "list").stdout


def test_a_run_says_what_it_did(evenkeel: Any, answering: Any) -> None:
    server = answering({"says": "5 answers asked about."})
    assert "5 answers asked about." in evenkeel("judge", "run", "g", "--calls", "5").stdout
    assert server.asked == [("POST", "/judges/g/run", {"calls": 5})]
