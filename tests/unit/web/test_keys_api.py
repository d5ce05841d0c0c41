"""Keys over the API."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import Scope


def test_an_admin_key_makes_rotates_and_revokes_keys(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    made = admin.post("/api/v1/keys", body={"name": "bot", "services": ["bot"]})
    assert made.status == 201
    assert made.json["secret"].startswith("ek_")
    path = f"/api/v1/keys/{made.json['id']}"
    rotated = admin.ask("POST", f"{path}/rotate", b"", {})
    assert (rotated.json["id"], rotated.json["services"]) == (made.json["id"], ["bot"])
    assert rotated.json["secret"] != made.json["secret"]
    assert rotated.json["rotated_at"] and rotated.json["previous_until"] is None
    later = admin.post(f"{path}/rotate", body={"grace_s": 3600, "reason": "spring"})
    assert later.json["previous_until"] == isoformat(world.clock.now_us() + 3_600_000_000)
    assert admin.ask("DELETE", f"{path}?reason=leaked", b"", {}).status == 204
    listed = {key["id"]: key for key in admin.get("/api/v1/keys").json["keys"]}
    assert listed[made.json["id"]]["revoked_at"] and "secret" not in listed[made.json["id"]]
    actions = [(row["action"], row["reason"]) for row in admin.get("/api/v1/audit").json["rows"]]
    assert actions[:3] == [("key.revoke", "leaked"), ("key.rotate", "spring"), ("key.rotate", "")]
    assert admin.post(f"{path}/rotate", body={}).status == 409
    assert admin.ask("DELETE", "/api/v1/keys/nothing", b"", {}).status == 404


def test_a_key_for_the_gateway_is_of_a_team_and_for_some_models(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    body = {"name": "bot", "scope": "gateway", "team": "care", "models": ["small"]}
    made = admin.post("/api/v1/keys", body=body).json
    assert (made["team"], made["models"]) == ("care", ["small"])
    listed = {key["id"]: key for key in admin.get("/api/v1/keys").json["keys"]}
    assert listed[made["id"]]["team"] == "care"
    refused = admin.post("/api/v1/keys", body={**body, "scope": "read"})
    assert refused.status == 400
    assert "no team" in refused.json["message"]


def test_a_key_is_told_with_its_state_and_its_last_use_where_that_is_known(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    (told,) = admin.get("/api/v1/keys").json["keys"]
    assert told == admin.get(f"/api/v1/keys/{told['id']}").json
    assert (told["state"], told["use_is_known"], told["last_used_at"], told["requests_7d"]) == (
        "active", False, None, None,
    )  # fmt: skip


def test_who_only_reads_rotates_nothing(world: Any) -> None:
    reader = world.program(Scope.READ)
    key = world.keys.list()[0]
    assert reader.get(f"/api/v1/keys/{key.id}").status == 403
    assert reader.post(f"/api/v1/keys/{key.id}/rotate", body={}).status == 403


def test_a_key_is_changed_by_what_is_said_and_nothing_else(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    body = {"name": "bot", "scope": "gateway", "services": ["bot"], "models": ["small"], "team": "care"}
    made = admin.post("/api/v1/keys", body=body).json
    path, end_us = f"/api/v1/keys/{made['id']}", world.clock.now_us() + 86_400_000_000

    def change(**body: Any) -> Any:
        return admin.ask("PATCH", path, json.dumps(body).encode(), {"content_type": "application/json"})

    ended = change(expires_at_us=end_us, reason="trial").json
    assert ended.items() <= admin.get(path).json.items()
    assert ended["expires_at"] == isoformat(end_us)
    assert (ended["services"], ended["models"], ended["team"]) == (["bot"], ["small"], "care")
    opened = change(models=None, expires_at_us=None, services=["bot", "web"], team=" ").json
    assert (opened["expires_at"], opened["models"], opened["services"]) == (None, None, ["bot", "web"])
    assert opened["team"] == ""
    refused = [change(name=None), change(name=""), change(expires_at_us=1)]
    assert [answer.status for answer in refused] == [422, 422, 400]
    newest = admin.get("/api/v1/audit").json["rows"][1]
    assert (newest["action"], newest["reason"]) == ("key.change", "trial")
    assert admin.get("/api/v1/keys/nothing").status == 404
    assert world.program(Scope.READ).ask("PATCH", path, b"{}", {"content_type": "application/json"}).status == 403
