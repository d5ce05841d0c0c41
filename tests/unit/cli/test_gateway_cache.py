"""`evenkeel gateway purge` and `cache` on a real server."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli.gateway_cache import cache_lines, worker_line
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
    assert "Cache of */*: kept → purged: all answers" in evenkeel("gateway", "history").stdout.splitlines()[0]
    with pytest.raises(NotFoundError, match="bto"):
        evenkeel("gateway", "purge", "bto", "--reason", "typed wrong")


def test_a_cache_that_nobody_asked_is_told_so(evenkeel: Any, routed: Home) -> None:
    told = evenkeel("gateway", "cache", "--span", "1h").stdout.splitlines()
    assert told[0] == "○ production/bot: no kept answer was looked for in 0 requests"
    assert evenkeel.json("gateway", "cache", "bot")["caches"][0]["cache"]["ttl_s"] == 3600
    assert evenkeel("gateway", "cache", "other").stdout.startswith("No route keeps answers")


def test_hits_savings_and_wrong_hits_are_told_with_their_numbers() -> None:
    again = {"right": 9, "wrong": 1, "wrong_ratio": {"value": 0.1, "low": 0.018, "high": 0.404}}
    saved = {"money": [{"currency": "USD", "saved": 1.5}], "tokens_in": 5000, "tokens_out": 70, "hits_without_price": 2}
    about = {"environment": "production", "service": "bot", "status": "warning", "requests": 9, "looked_for": 8}
    each = {**about, "hits": 2, "hit_ratio": 0.25, "saved": saved, "asked_again": again}
    assert cache_lines(each) == [
        "▲ production/bot: 2 of 8 looked for were hits (25.0%)",
        "saved about 1.50 USD, 5,000 tokens in, 70 out; 2 hits without a price",
        "1 of 10 hits that were asked again proved wrong (10.0% [1.8%–40.4%])",
    ]
    unknown = {**each, "asked_again": {"right": 0, "wrong": 0, "wrong_ratio": None}}
    assert "how often a hit is wrong is unknown" in cache_lines(unknown)[2]


def test_a_worker_that_does_not_say_what_it_holds_is_told_so() -> None:
    held = {"name": "g0", "answers": 12, "bytes": 2_000_000, "bytes_max": 33_554_432, "evicted": 4}
    assert worker_line(held) == "worker g0: 12 answers in 2 MB of 33.6 MB; 4 made room for others"
    assert worker_line({**held, "bytes": None}) == "worker g0: it did not say what it holds"
