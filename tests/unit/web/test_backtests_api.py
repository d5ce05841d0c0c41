"""Backtests over the API: who may ask."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope


def test_only_who_may_read_may_replay(world: Any) -> None:
    asked = {"slo": "production/bot/error_rate"}
    assert world.anonymous().post("/api/v1/backtest", body=asked).status == 401
    assert world.program(Scope.INTAKE).post("/api/v1/backtest", body=asked).status in (401, 403)


def test_days_and_fields_are_checked(world: Any) -> None:
    program = world.program(Scope.READ)
    assert program.post("/api/v1/backtest", body={"slo": "a/b/c", "days": 0}).status == 422
    assert program.post("/api/v1/backtest", body={}).status == 422


def test_it_is_documented(world: Any) -> None:
    assert "/backtest" in world.program(Scope.READ).get("/api/v1/openapi.json").json["paths"]
