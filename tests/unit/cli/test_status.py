"""`evenkeel status`: the verdicts, in words, in JSON, as an exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Calls = Callable[..., list[str]]


def test_an_empty_home_says_so(evenkeel: Any) -> None:
    evenkeel.home.create()
    assert evenkeel("status").output == "No service was heard from yet.\n"
    assert evenkeel.json("status") == {"services": []}


def test_a_breach_is_first_in_words_and_as_an_exit_code(evenkeel: Any, calls: Calls) -> None:
    evenkeel(*calls(400, "bad"))
    evenkeel(*calls(400, "good", name="fine"), "--service", "a-fine-bot")
    output = evenkeel("status").output.splitlines()
    assert output[0] == "■ breach     production/bot"
    assert any(line.startswith("    ■ ") and "error rate" in line.lower() for line in output)
    assert not output[-1].startswith("■")
    assert evenkeel("status", "--fail-on-breach", fails=True).exit_code == 10


def test_without_a_breach_the_exit_code_is_0(evenkeel: Any, calls: Calls) -> None:
    evenkeel(*calls(3))
    assert evenkeel("status", "--fail-on-breach").exit_code == 0


def test_what_is_not_judged_says_why(evenkeel: Any, calls: Calls) -> None:
    evenkeel(*calls(3), "--environment", "staging")
    output = evenkeel("status").output
    assert output.startswith("· not judged staging/bot\n")
    assert "Only production is judged by default" in output


def test_json_carries_every_estimate_with_its_bounds(evenkeel: Any, calls: Calls) -> None:
    evenkeel(*calls(40, "bad"))
    (service,) = evenkeel.json("status")["services"]
    error_rate = next(each for each in service["objectives"] if each["objective"] == "error_rate")
    estimate = error_rate["windows"]["verdict"]["estimate"]
    assert (estimate["n"], estimate["value"]) == (40, 1.0)
    assert estimate["low"] < estimate["high"] <= 1.0
