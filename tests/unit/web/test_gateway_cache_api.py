"""The gateway's cache over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config

ROUTES = {
    "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
    "gateway": {"routes": {"bot": {"versions": {"1": {"upstreams": ["u"]}}, "cache": {"ttl": "1h"}}}},
}


@pytest.fixture
def routed(world: Any, tmp_path: Any) -> Any:
    world.gateway.configure(Config.model_validate(ROUTES))
    world.published = lambda: json.loads((tmp_path / "gateway.json").read_bytes())
    return world


def test_a_purge_is_published_and_a_user_is_known_by_its_pseudonym_only(routed: Any) -> None:
    asked = {"service": "bot", "version": "1", "user": "ada@example.com", "reason": "asked for it"}
    answer = routed.program().post("/api/v1/gateway/purge", body=asked)
    assert (answer.status, answer.json["changed"]) == (200, True)
    change = answer.json["change"]
    assert (change["target"], change["after"]) == ("*/bot", {"version": "1", "user": "one"})
    (purge,) = routed.published()["purges"]
    assert (purge["service"], purge["version"]) == ("bot", "1")
    assert purge["user"] == Pseudonyms.with_key(b"k" * 32).of("ada@example.com")
    history = routed.program().get("/api/v1/gateway/history").text
    assert "ada@" not in history
    assert str(purge["user"]) not in history


def test_who_only_reads_purges_nothing_and_a_reason_is_needed(routed: Any) -> None:
    asked = {"service": "bot", "reason": "why"}
    assert routed.program(Scope.READ).post("/api/v1/gateway/purge", body=asked).status == 403
    assert routed.program().post("/api/v1/gateway/purge", body={"service": "bot"}).status == 422
    assert routed.program().post("/api/v1/gateway/purge", body={**asked, "service": "bto"}).status == 404
    assert routed.published()["purges"] == []


def test_the_api_gives_the_figures_of_the_page(routed: Any) -> None:
    at = routed.clock.now_us() - 1_000_000
    about = '{"evenkeel.cache":"hit"}'
    routed.feeder.fold(routed.feeder.event(source="gateway", role="request", at=at, attributes=about))
    program = routed.program(Scope.READ)
    found = program.get("/api/v1/gateway/cache?service=bot").json
    assert [(each["service"], each["hits"]) for each in found["caches"]] == [("bot", 1)]
    assert found == program.get("/gateway/cache.json?service=bot").json
    assert program.get("/api/v1/gateway/cache?span=9y").status == 422
    assert routed.anonymous().get("/api/v1/gateway/cache").status == 401
