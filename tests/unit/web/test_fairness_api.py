"""Fairness over the API: a week unless another time is asked for, and only for who may read."""

from __future__ import annotations

from typing import Any

World = Any
URL = "/api/v1/fairness?service=production/hiring"


def test_a_week_is_told_unless_another_span_is_asked_for(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="hiring"))
    world.judge()
    program = world.program()
    week, hour = program.get(URL).json, program.get(f"{URL}&span=1h").json
    assert week["reason"] == hour["reason"] == "no_policy"
    assert week["from"] < hour["from"]
    assert world.anonymous().get(URL).status == 401
    assert program.get("/api/v1/fairness?service=production/nobody").status == 404
    assert program.get(f"{URL}&span=9y").status == 422
