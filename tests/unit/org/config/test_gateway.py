"""Upstreams, routes and limits as people configure them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from evenkeel.gateway.holds import table as holds_table
from evenkeel.gateway.routes import model as routes_model
from evenkeel.gateway.routes import table as routes_table
from evenkeel.org.config import gateway as rooms
from evenkeel.org.config.gateway import GuardAction, Side, minutes_of
from evenkeel.org.config.model import Config, json_schema
from evenkeel.org.config.read import check

UPSTREAM = {"url": "https://api.openai.com/v1/", "dialect": "openai"}


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "evenkeel.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in check(path, {})[1]]


def test_what_is_left_out_has_the_defaults_that_workers_have() -> None:
    route = {"versions": {"v1": {"upstreams": ["openai"]}}}
    config = Config.model_validate({"upstreams": {"openai": UPSTREAM}, "gateway": {"routes": {"bot": route}}})
    found = config.gateway.routes["bot"]
    own, theirs = config.upstreams["openai"].timeouts, routes_model.Timeouts()
    waits = (theirs.connect_s, theirs.first_byte_s, theirs.idle_s, theirs.total_s)
    assert (found.environment, found.retries, found.versions["v1"].weight) == ("production", 1, 1.0)
    assert (own.connect, own.first_byte, own.idle, own.total) == waits
    assert config.upstreams["openai"].url == "https://api.openai.com/v1"


def test_bounds_and_words_are_those_that_workers_keep_to() -> None:
    assert rooms.VERSIONS_MAX == routes_model.VERSIONS_MAX
    assert rooms.HOLD_WAIT_S_MAX == holds_table.WAIT_S_MAX
    assert rooms.UPSTREAMS_MAX == routes_model.UPSTREAMS_MAX
    assert rooms.RETRIES_MAX == routes_table.RETRIES_MAX
    assert GuardAction.__args__ == ("log", "redact", "hold", "block")
    assert Side.__args__ == ("input", "output")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"url": "ftp://models.example"}, "is no address"),
        ({"url": "https://me:secret@models.example/v1"}, "holds no password"),
        ({"url": "https://models.example/v1?key=1"}, "no query"),
        ({"key": "sk-proj-12345"}, "a secret does not stand here; write env:NAME or file:PATH"),
        ({"dialect": "gemini"}, "'openai', 'anthropic', 'mlflow' or 'v2'"),
        ({"timeouts": {"total": 0}}, "greater than 0"),
        ({"timeouts": {"total": "5 %"}}, "is no time"),
    ],
    ids=str,
)
def test_an_upstream_that_cannot_be_meant_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Config.model_validate({"upstreams": {"openai": UPSTREAM | more}})


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    said = problems(tmp_path, "upstreams: {o: {url: 'https://me:hunter2@models.example', dialect: openai}}")
    assert len(said) == 1
    assert "hunter2" not in said[0]


@pytest.mark.parametrize("hours", ["22-6", "22:00-22:00", "24:00-06:00", "22:00-24:30", "00:00-00:00", "25:00-26:00"])
def test_hours_that_no_day_has_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="no hours of a day"):
        minutes_of(hours)


def test_the_last_hour_of_a_day_ends_it() -> None:
    assert minutes_of("9:00 - 24:00") == (540, 1440)


@pytest.mark.parametrize(
    ("route", "why"),
    [
        ({"versions": {}}, "at least 1 item"),
        ({"versions": {f"v{n}": {"upstreams": ["a"]} for n in range(17)}}, "at most 16 items"),
        ({"versions": {"v1": {"upstreams": []}}}, "at least 1 item"),
        ({"versions": {"v1": {"upstreams": [f"u{n}" for n in range(17)]}}}, "at most 16 items"),
        ({"versions": {"v1": {"weight": -1, "upstreams": ["a"]}}}, "greater than or equal to 0"),
        ({"shadow": {"version": "v1", "share": "150 %"}}, "is no share"),
        ({"shadow": {"version": "v1", "share": "5 s"}}, "is no share"),
        ({"environment": "a/b"}, "without a slash"),
        ({"environment": "evenkeel:drill"}, "one of evenkeel's own"),
        ({"guard": {"actions": {"email": "drop"}}}, "'log', 'redact', 'hold' or 'block'"),
        ({"models": [{"name": "a", "model": "m", "hours": "night"}]}, "no hours of a day"),
        ({"cache": {}}, "Field required"),
    ],
    ids=str,
)
def test_a_route_that_cannot_be_meant_is_refused(route: dict[str, Any], why: str) -> None:
    whole = {"versions": {"v1": {"upstreams": ["a"]}}} | route
    with pytest.raises(ValidationError, match=why):
        Config.model_validate({"gateway": {"routes": {"bot": whole}}})


@pytest.mark.parametrize(("given", "seconds"), [("5 min", 300.0), (0, 0.0), ("5 s", 5.0)])
def test_a_drill_has_a_pace_or_is_never_held(given: object, seconds: float) -> None:
    assert Config.model_validate({"gateway": {"drill": given}}).gateway.drill == seconds
    with pytest.raises(ValidationError, match="between drills is too little"):
        Config.model_validate({"gateway": {"drill": "4 s"}})


def test_how_long_people_have_is_configured_and_a_wait_beyond_it_is_told(tmp_path: Path) -> None:
    route = "{{versions: {{v1: {{upstreams: [u]}}}}, guard: {{actions: {{pii: hold}}, hold: {}}}}}"
    text = "upstreams: {{u: {{url: http://u, dialect: openai}}}}\ngateway:\n  routes:\n    bot: " + route + "\n"
    assert problems(tmp_path, text.format("{wait: 30s, expires: 1h}")) == []
    assert problems(tmp_path, text.format("{wait: poll}")) == []
    for wait, is_told in (("poll", True), ("30s", True), (300, True), (301, False), ("later", False)):
        hold = {"versions": {"v1": {"upstreams": ["u"]}}, "guard": {"actions": {"pii": "hold"}, "hold": {"wait": wait}}}
        told = jsonschema.Draft202012Validator(json_schema(())).is_valid({"gateway": {"routes": {"bot": hold}}})
        assert told is is_told, f"an editor says {told} of {wait}"
    (problem,) = problems(tmp_path, text.format("{wait: 30s, expires: 10s}"))
    assert "longer than `expires`" in problem
    (problem,) = problems(tmp_path, text.format("{wait: 1h, expires: 2h}"))
    assert "300" in problem


def test_a_shared_cache_needs_a_store_whose_password_is_elsewhere() -> None:
    route = {"versions": {"1": {"upstreams": ["a"]}}, "cache": {"ttl": "1h", "shared": True}}
    gateway = {"routes": {"bot": route}}
    upstreams = {"a": UPSTREAM}
    with pytest.raises(ValidationError, match="the cache of bot is shared, and there is no cache_store"):
        Config.model_validate({"upstreams": upstreams, "gateway": gateway})
    with pytest.raises(ValidationError, match="it holds a password"):
        Config.model_validate({"upstreams": upstreams, "gateway": {**gateway, "cache_store": {"url": "redis://:p@h"}}})
    config = Config.model_validate({"upstreams": upstreams, "gateway": {**gateway, "cache_store": {"url": "env:S"}}})
    assert config.gateway.cache_store is not None
