"""Who asks the API."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope


def test_a_key_that_may_read_asks_and_one_that_may_only_send_does_not(world: Any) -> None:
    assert world.program(Scope.READ).get("/api/v1/audit").status == 200
    refused = world.program(Scope.INTAKE).get("/api/v1/audit")
    assert (refused.status, refused.json["hint"]) == (401, "Send a key of scope read or admin as Bearer.")


def test_a_browser_that_changes_something_shows_its_token_and_a_program_has_none(world: Any) -> None:
    person = world.person()
    assert person.post("/api/v1/keys", body={"name": "x"}, x_csrf="guess").status == 401
    assert world.program(Scope.ADMIN).post("/api/v1/keys", body={"name": "x"}).status == 201
