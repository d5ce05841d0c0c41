"""The gateway over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config

BOT = {"service": "bot"}


@pytest.fixture
def routed(world: Any) -> Any:
    world.gateway.configure(
        Config.model_validate(
            {
                "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
                "gateway": {
                    "routes": {
                        "bot": {
                            "versions": {
                                "1": {"weight": 3, "upstreams": ["u"]},
                                "2": {"weight": 1, "upstreams": ["u"]},
                            }
                        }
                    },
                    "limits": {
                        "care": {
                            "holder": "team",
                            "measure": "money",
                            "period": "month",
                            "amount": "12.5",
                            "currency": "EUR",
                        }
                    },
                },
            }
        )
    )
    return world


def test_what_is_in_force_is_shown(routed: Any) -> None:
    shown = routed.program(Scope.READ).get("/api/v1/gateway").json
    (route,), (limit,) = shown["routes"], shown["limits"]
    assert [(version["name"], version["share"]) for version in route["versions"]] == [("1", 0.75), ("2", 0.25)]
    assert (route["environment"], route["killed"]) == ("production", None)
    assert (limit["amount"], limit["currency"]) == (12.5, "EUR")


def test_each_change_is_made_shown_and_undone(routed: Any) -> None:
    admin = routed.program(Scope.ADMIN)
    flip = admin.post("/api/v1/gateway/weights", body={**BOT, "weights": {"2": 1}, "reason": "1 is worse"}).json
    assert (flip["changed"], flip["change"]["before"], flip["change"]["after"]) == (
        True,
        {"1": 3.0, "2": 1.0},
        {"1": 0.0, "2": 1.0},
    )
    again = {**BOT, "weights": {"2": 1}, "reason": "again"}
    assert admin.post("/api/v1/gateway/weights", body=again).json["changed"] is False
    for reason in (None, ""):
        body = {**BOT, "weights": {"1": 1}, "reason": reason}
        assert admin.post("/api/v1/gateway/weights", body=body).status == 422
    assert admin.post("/api/v1/gateway/shadow", body={**BOT, "version": "1", "share": 0.1}).json["changed"]
    assert admin.post("/api/v1/gateway/fallback", body={**BOT, "versions": ["1"]}).json["changed"]
    assert admin.post("/api/v1/gateway/limits/care", body={"amount": "20.25"}).json["change"]["after"] == 20_250_000_000
    route = admin.get("/api/v1/gateway").json["routes"][0]
    assert (route["shadow"], route["fallback"]) == ({"version": "1", "share": 0.1}, ["1"])
    history = admin.get("/api/v1/gateway/history?service=bot").json["changes"]
    assert [change["field"] for change in history] == ["fallback", "shadow", "weights"]
    undone = admin.post(f"/api/v1/gateway/history/{flip['change']['id']}/undo", body={})
    assert undone.json["change"]["after"] == {"1": 3.0, "2": 1.0}
    assert admin.post(f"/api/v1/gateway/history/{flip['change']['id']}/undo", body={}).status == 409


def test_a_kill_needs_a_reason_and_ends_with_a_revival(routed: Any) -> None:
    admin = routed.program(Scope.ADMIN)
    assert admin.post("/api/v1/gateway/kill", body=BOT).status == 422
    assert admin.post("/api/v1/gateway/kill", body={**BOT, "reason": " "}).status == 400
    assert admin.post("/api/v1/gateway/kill", body={**BOT, "reason": "leaks names"}).json["changed"]
    killed = admin.get("/api/v1/gateway").json["routes"][0]["killed"]
    assert killed["reason"] == "leaks names"
    assert killed["by"].startswith("key ")
    assert admin.post("/api/v1/gateway/revive", body=BOT).json["changed"]
    assert admin.get("/api/v1/gateway").json["routes"][0]["killed"] is None


def test_who_may_only_read_changes_nothing(routed: Any) -> None:
    reader = routed.program(Scope.READ)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("weights", {**BOT, "weights": {"2": 1}, "reason": "x"}),
        ("shadow", BOT),
        ("fallback", {**BOT, "versions": []}),
        ("kill", {**BOT, "reason": "x"}),
        ("revive", BOT),
        ("limits/care", {"amount": "1"}),
        ("history/none/undo", {}),
    )
    for path, body in asked:
        assert reader.post(f"/api/v1/gateway/{path}", body=body).status == 403, path
    assert reader.get("/api/v1/gateway/history").json["changes"] == []
    assert routed.program(Scope.GATEWAY).get("/api/v1/gateway").status == 401


def test_what_is_not_there_is_named(routed: Any) -> None:
    admin = routed.program(Scope.ADMIN)
    assert "Did you mean production/bot?" in json.dumps(
        admin.post("/api/v1/gateway/kill", body={"service": "bott", "reason": "x"}).json
    )
    assert admin.post("/api/v1/gateway/limits/none", body={"amount": "1"}).status == 404
    assert admin.post("/api/v1/gateway/limits/care", body={"amount": "much"}).status == 400
