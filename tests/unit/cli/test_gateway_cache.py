"""`evenkeel gateway purge` and `cache` on a real server."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import NotFoundError

CONFIGURED = """\
upstreams: {u: {url: http://u, dialect: openai}}
gateway: {routes: {bot: {versions: {"1": {upstreams: [u]}, "2": {weight: 0, upstreams: [u]}}, cache: {ttl: 1h}}}}
"""


@pytest.fixture
def routed(served: Home, evenkeel: Any) -> Home:
    """Once the configuration is in force."""
    served.configuration.write_text(CONFIGURED, encoding="utf-8")
    deadline = time.monotonic() + 30
    while not evenkeel.json("gateway", "routes")["routes"]:
        assert time.monotonic() < deadline
    return served


def test_a_purge_reaches_the_table_and_says_what_it_meant(evenkeel: Any, routed: Home) -> None:
    change = evenkeel.json("gateway", "purge", "bot", "--version", "2", "--reason", "wrong prices")["change"]
    assert (change["target"], change["after"]["version"]) == ("*/bot", "2")
    evenkeel("gateway", "purge", "--all", "--reason", "to be sure")
    published = json.loads(routed.routes.read_bytes())
    assert [each["version"] for each in published["purges"]] == ["2", ""]
    assert "*/* purge" in evenkeel("gateway", "history").stdout.splitlines()[0]
    with pytest.raises(NotFoundError, match="bto"):
        evenkeel("gateway", "purge", "bto", "--reason", "typed wrong")
