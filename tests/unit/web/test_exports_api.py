"""Exports over the API: rules, OpenSLO and a dashboard of what is judged now."""

from __future__ import annotations

from typing import Any

import yaml

from evenkeel.org.access.model import Scope


def test_rules_and_openslo_are_of_what_is_judged_now(world: Any) -> None:
    world.chat(600, bad=60)
    world.chat(600, service="other")
    world.judge()
    reader = world.program(Scope.READ)
    rules = reader.get("/api/v1/exports/prometheus?service=bot").json
    groups = yaml.safe_load(rules["text"])["groups"]
    assert {rule["labels"]["sloth_service"] for group in groups for rule in group["rules"]} == {"bot"}
    assert rules["left_out"] == []
    openslo = reader.get("/api/v1/exports/openslo").json
    kinds = [each["kind"] for each in yaml.safe_load_all(openslo["text"])]
    assert kinds.count("SLO") == 8
    assert any(each["kept_in"] == "evenkeel.dev/short-window" for each in openslo["lost"])
    assert reader.get("/api/v1/exports/grafana").json["dashboard"]["uid"] == "evenkeel-slos"


def test_nothing_to_export_is_said(world: Any) -> None:
    answer = world.program(Scope.READ).get("/api/v1/exports/prometheus?environment=lab&service=bot")
    assert (answer.status, answer.json["code"]) == (404, "input.not_found")
    assert answer.json["message"] == "There is no SLO of lab/bot."


def test_exports_are_for_those_who_may_read(world: Any) -> None:
    for what in ("prometheus", "openslo", "grafana"):
        assert world.anonymous().get(f"/api/v1/exports/{what}").status == 401
