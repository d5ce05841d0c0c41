"""SLOs over the API."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope


def test_slos_are_listed_shown_and_told_month_by_month(world: Any) -> None:
    world.chat(2_000, bad=40)
    world.judge()
    reader = world.program(Scope.READ)
    listed = reader.get("/api/v1/slos").json["slos"]
    assert {each["slo"] for each in listed} == {"availability", "error_rate", "latency_p95", "latency_p99"}
    assert reader.get("/api/v1/slos?service=other").json == {"slos": []}
    assert reader.get("/api/v1/slos?mode=unknown").json == {"slos": []}
    one = reader.get("/api/v1/slos/production/bot/error_rate").json
    assert one == next(each for each in listed if each["slo"] == "error_rate")
    assert one["budget"]["spent"] == [40.0, 40.0]
    assert {rule["fires"] for rule in one["rules"]} == {True}
    (month,) = reader.get("/api/v1/slos/production/bot/error_rate/months").json["months"]
    assert (month["month"], month["running"], month["target_met"]) == ("2024-10", True, False)
    assert month["budget"] == one["budget"]


def test_a_service_and_an_slo_whose_names_hold_slashes_are_found(world: Any) -> None:
    world.chat(100, service="team/bot")
    world.judge()
    reader = world.program(Scope.READ)
    assert reader.get("/api/v1/slos/production/team/bot/error_rate").json["service"] == "team/bot"
    assert reader.get("/api/v1/slos/production/team/bot/none").status == 404
    assert reader.get("/api/v1/slos/production/team/bot/error_rate/months?months=99").status == 422
