"""How changes are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.cli.gateway_words import change_line, tell_change

CHANGE = {
    "id": "c1", "at": "2026-01-01T00:00:00Z", "by": "ada", "target": "production/bot", "field": "weights",
    "before": {"1": 1.0}, "after": {"ü": 1.0}, "said": "Shares of production/bot: 1 100 % → ü 100 %", "reason": "slow",
}  # fmt: skip


def test_a_change_is_one_line_with_how_it_stood_before_and_after() -> None:
    line = change_line(CHANGE)
    assert line == "c1  2026-01-01T00:00:00Z  Shares of production/bot: 1 100 % → ü 100 %, by ada (slow)"
    assert change_line({**CHANGE, "reason": ""}).endswith("by ada")


@pytest.mark.parametrize(("answer", "said"), [({"change": None}, "nothing was changed"), ({"change": CHANGE}, "ada")])
def test_it_is_said_whether_anything_was_changed(capsys: Any, answer: dict[str, Any], said: str) -> None:
    tell_change(answer, as_json=False)
    assert said in capsys.readouterr().out
    tell_change(answer, as_json=True)
    assert json.loads(capsys.readouterr().out) == answer
