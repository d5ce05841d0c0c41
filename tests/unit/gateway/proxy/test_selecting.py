"""Simple requests go to a cheaper model; the record says what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.proxy.asking import read_ask
from evenkeel.gateway.proxy.operations import find_operation
from evenkeel.gateway.proxy.selecting import choose_model
from evenkeel.gateway.routes.model import ModelRule, Route
from evenkeel.testing.upstreams import openai_upstream

SHORT = ModelRule("short", "gpt-4o-mini", characters_max=20, has_tools=False)
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "one two three"}]}


def test_the_cheaper_model_answers_and_both_names_are_recorded(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), models=(SHORT,))
        headers = gateway.ask(document=ASKED)[1]
        gateway.ask(document={**ASKED, "tools": [{"type": "function", "function": {"name": "f"}}]})
        models = [seen.document["model"] for seen in double.tally.requests]
        first, second = gateway.ledger.rows("request", 2)
    assert models == ["gpt-4o-mini", "gpt-4o"]
    assert headers["x-evenkeel-model-rule"] == "short"
    assert '"evenkeel.model_asked":"gpt-4o"' in first["attributes"]
    assert (first["model"], second["model"]) == ("gpt-4o-mini", "gpt-4o")


@pytest.mark.parametrize(("minute_utc", "zone", "fits"), [(540, "UTC", True), (540, "Asia/Tokyo", False)])
def test_times_are_those_of_the_organisation(minute_utc: int, zone: str, fits: bool) -> None:
    route = Route("production", "bot", (), models=(ModelRule("day", "small", minutes=(480, 1_080)),))
    operation = find_operation("POST", "/v1/chat/completions")
    assert operation is not None
    ask = read_ask(operation, {}, b'{"model": "large", "messages": []}')
    assert choose_model(route, ask, minute_utc * 60_000_000, zone) == ("day" if fits else "")
    assert ask.model == ("small" if fits else "large")
