"""The gate over the API: an answer with its reason, overrides with their end, and who may grant them."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope

GATE = "/api/v1/gate/production/bot"


def overspend(world: Any) -> None:
    """Half a day of failures: more than a month's budget."""
    world.chat(1_500, bad=1_500, minutes=720)
    world.judge()


def test_a_service_with_budget_may_ship_and_one_without_may_not(world: Any) -> None:
    world.chat(1_500, minutes=720, service="fine")
    overspend(world)
    reader = world.program(Scope.READ)
    answer = reader.get("/api/v1/gate/production/fine")
    assert answer.status == 200
    assert (answer.json["answer"], answer.json["by"]) == ("allow", "budget")
    answer = reader.get(GATE).json
    assert (answer["answer"], answer["by"], answer["mode"]) == ("deny", "budget", "freeze")
    assert "rollouts wait" in answer["reason"]
    assert answer["budget"]["remaining_ratio"][0] < 0
    assert reader.get(f"{GATE}?kind=critical-fix").json["answer"] == "allow"
    assert reader.get(f"{GATE}?kind=party").status == 422


def test_an_override_passes_is_shown_expires_and_is_audited(world: Any) -> None:
    overspend(world)
    admin = world.program(Scope.ADMIN)
    made = admin.post(GATE, body={"reason": "the fix itself", "lasts_s": 3_600})
    assert made.status == 201
    answer = admin.get(GATE).json
    assert (answer["answer"], answer["by"]) == ("allow", "override")
    assert answer["override"]["id"] == made.json["id"]
    assert "the fix itself" in answer["reason"] and "Without it: Denied" in answer["reason"]
    assert admin.get("/api/v1/gate-overrides").json["overrides"][0]["reason"] == "the fix itself"
    world.clock.advance(3_601)
    assert admin.get(GATE).json["answer"] == "deny"
    again = admin.post(GATE, body={"reason": "once more", "lasts_s": 60}).json["id"]
    assert admin.ask("DELETE", f"/api/v1/gate-overrides/{again}?reason=done", b"", {}).status == 204
    assert admin.get(GATE).json["answer"] == "deny"
    actions = [row["action"] for row in admin.get("/api/v1/audit").json["rows"]]
    assert actions.count("gate.override") == 2 and actions[0] == "gate.revoke"


def test_who_may_only_read_grants_nothing(world: Any) -> None:
    overspend(world)
    reader = world.program(Scope.READ)
    assert reader.post(GATE, body={"reason": "please", "lasts_s": 60}).status == 403
    assert reader.ask("DELETE", "/api/v1/gate-overrides/x", b"", {}).status == 403
    assert reader.get(GATE).json["answer"] == "deny"
    assert world.anonymous().get(GATE).status == 401


def test_a_service_never_heard_of_is_not_allowed_by_accident_but_may_be_overridden(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    answer = admin.get("/api/v1/gate/production/bott")
    assert (answer.status, answer.json["code"]) == (404, "input.not_found")
    admin.post("/api/v1/gate/production/bott", body={"reason": "its first release", "lasts_s": 600})
    assert admin.get("/api/v1/gate/production/bott").json["answer"] == "allow"


def test_an_override_that_lasts_too_long_is_told_the_length_it_has_and_may_have(world: Any) -> None:
    body = {"reason": "x", "lasts_s": 3_456_000}
    refused = world.program(Scope.ADMIN).post("/api/v1/gate/production/bot", body=body)
    assert refused.status == 422
    assert "equal to 604800; it is 3,456,000." in refused.json["message"]


def test_what_is_known_no_longer_is_no_answer(world: Any) -> None:
    world.chat(100)
    world.judge()
    world.ready = False
    answer = world.program(Scope.READ).get(GATE)
    assert (answer.status, answer.json["code"]) == (503, "state.stale")


def test_silence_is_not_known_and_the_policy_decides(world: Any) -> None:
    world.chat(2_000, minutes=30)
    world.clock.advance(86_400)
    world.judge()
    reader = world.program(Scope.READ)
    answer = reader.get(GATE).json
    assert (answer["answer"], answer["by"]) == ("deny", "unknown")
    assert "gate.when_unknown is deny" in answer["reason"]
    world.gate_allows_unknown = True
    assert reader.get(GATE).json["answer"] == "allow"
