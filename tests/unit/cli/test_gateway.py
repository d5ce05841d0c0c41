"""`evenkeel gateway` on a real server."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

CONFIGURED = """\
upstreams: {u: {url: http://u, dialect: openai}}
gateway:
  routes: {bot: {versions: {"1": {upstreams: [u]}, "2": {weight: 0, upstreams: [u]}}}}
  limits: {trial: {holder: key, measure: requests, period: day, amount: 10}}
"""


@pytest.fixture
def routed(served: Home, evenkeel: Any) -> Home:
    """Once the configuration is in force."""
    served.configuration.write_text(CONFIGURED, encoding="utf-8")
    deadline = time.monotonic() + 30
    while not evenkeel.json("gateway", "routes")["routes"]:
        assert time.monotonic() < deadline
    return served


def published(home: Home) -> Any:
    return json.loads(home.routes.read_bytes())


def test_without_routes_it_says_how_to_make_some(evenkeel: Any, served: Home) -> None:
    assert "No route yet" in evenkeel("gateway", "routes").stdout
    assert "Nothing was changed" in evenkeel("gateway", "history").stdout


def test_a_flip_a_kill_and_what_undoes_them(evenkeel: Any, routed: Home) -> None:
    assert evenkeel("gateway", "routes").stdout == "○ production/bot: 1 100.0%, 2 0.0%, unknown\n"
    flip = evenkeel.json("gateway", "weights", "bot", "2=1", "--reason", "1 is worse")["change"]
    assert [version["weight"] for version in published(routed)["routes"]["production/bot"]["versions"]] == [0.0, 1.0]
    assert "stands so already" in evenkeel("gateway", "weights", "bot", "2=1", "--reason", "again").stdout
    assert "leaks names" in evenkeel("gateway", "kill", "bot", "--reason", "leaks names").stdout
    assert evenkeel("gateway", "routes").stdout.startswith("■ production/bot: 1 0.0%, 2 100.0%, switched off since")
    evenkeel("gateway", "revive", "bot")
    evenkeel("gateway", "undo", flip["id"])
    assert evenkeel("gateway", "routes").stdout == "○ production/bot: 1 100.0%, 2 0.0%, unknown\n"
    lines = evenkeel("gateway", "history", "bot").stdout.splitlines()
    assert len(lines) == 4
    assert "by command line" in lines[0]


def test_shadow_and_fallback(evenkeel: Any, routed: Home) -> None:
    evenkeel("gateway", "shadow", "bot", "2", "--share", "0.5")
    evenkeel("gateway", "fallback", "bot", "2")
    assert "(shadow 2; fallback 2)" in evenkeel("gateway", "routes").stdout
    evenkeel("gateway", "shadow", "bot")
    assert published(routed)["routes"]["production/bot"]["shadow"] is None


def test_what_is_mistyped_is_named(evenkeel: Any, routed: Home) -> None:
    with pytest.raises(InvalidInputError, match="is no version with its weight"):
        evenkeel("gateway", "weights", "bot", "2", "--reason", "r")
    with pytest.raises(NotFoundError, match="Did you mean production/bot"):
        evenkeel("gateway", "kill", "bott", "--reason", "x")
    assert evenkeel("gateway", "kill", "bot", fails=True).exit_code == 2
