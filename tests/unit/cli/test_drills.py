"""`evenkeel gateway drill` on a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.testing.gateway import gateway_worker

CONFIGURED = """\
upstreams: {u: {url: http://u, dialect: openai}}
gateway:
  routes: {bot: {versions: {"1": {upstreams: [u]}}}}
"""


@pytest.fixture
def routed(served: Home, evenkeel: Any) -> Home:
    """Once the configuration is in force."""
    served.configuration.write_text(CONFIGURED, encoding="utf-8")
    deadline = time.monotonic() + 30
    while not evenkeel.json("gateway", "routes")["routes"]:
        assert time.monotonic() < deadline
    return served


def test_a_drill_is_held_and_told(evenkeel: Any, routed: Home) -> None:
    with gateway_worker(routed):
        held = evenkeel.json("gateway", "drill", "--now")
        assert [(each["worker"], each["fault"]) for each in held["last"]["workers"]] == [("g0", "")]
        shown = evenkeel("gateway", "drill").stdout
        assert "g0     flip 0." in shown
        assert "old key dead 0." in shown


def test_without_a_route_there_is_nothing_to_drill(evenkeel: Any, served: Home) -> None:
    del served
    assert "There is no route to drill yet." in evenkeel("gateway", "drill").stdout
