"""People decide on what the guard holds: on pages and over the API, once."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.guard.model import GuardAction, GuardPolicy
from evenkeel.gateway.guard.table import guards_document
from evenkeel.gateway.holds.model import Content, Hold
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.org.access.model import Scope
from evenkeel.org.approvals.service import Approvals

ID = "0123456789abcdef0123456789abcdef"
BODY = b'{"choices":[{"message":{"content":"Write to ada@example.org."}}]}'


@pytest.fixture
def held(world: Any) -> Any:
    now_us = world.clock.now_us()
    about = (ID, "k1", "production", "bot", "output", "chat", "openai", "POST", "/v1/chat/completions", "r")
    policy = guards_document({"": GuardPolicy(actions=(("email", GuardAction.LOG),))})
    hold = Hold(
        *about,
        now_us,
        now_us + 3_600_000_000,
        len(BODY),
        "h",
        "1.4.0",
        "u",
        ("guard.hold.email",),
        {"email": 1},
        policy,
    )
    world.holds.put(hold, Content([("content-type", "application/json")], BODY, 200))
    Reviews(Approvals(world.records, world.clock), world.holds, world.clock).step()
    return world


def test_a_decision_is_made_once_and_the_second_is_told_of_the_first(held: Any) -> None:
    admin = held.program(Scope.ADMIN)
    (waiting,) = admin.get("/api/v1/reviews").json["reviews"]
    assert (waiting["id"], waiting["entities"]) == (ID, {"email": 1})
    (said,) = admin.get(f"/api/v1/reviews/{ID}").json["texts"]
    assert said["text"] == "Write to ada@example.org."
    assert [each["entity"] for each in said["findings"]] == ["email"]
    body = {"decision": "edited", "texts": {"0": "Call us."}}
    assert admin.post(f"/api/v1/reviews/{ID}/decision", body=body).json["state"] == "edited"
    again = admin.post(f"/api/v1/reviews/{ID}/decision", body={"decision": "rejected", "reason": "no"})
    assert again.status == 409
    assert "was edited by" in again.json["message"]
    ruling = held.holds.ruling(ID)
    assert b"Call us." in held.holds.released(ID, ruling).body


def test_who_may_only_read_sees_facts_and_decides_nothing(held: Any) -> None:
    reader = held.program(Scope.READ)
    assert reader.get(f"/api/v1/reviews/{ID}").json["texts"] == []
    assert reader.post(f"/api/v1/reviews/{ID}/decision", body={"decision": "approved"}).status == 403
    assert held.holds.ruling(ID) is None


def test_a_rejection_says_why_and_erases_what_it_says(held: Any) -> None:
    admin = held.program(Scope.ADMIN)
    assert admin.post(f"/api/v1/reviews/{ID}/decision", body={"decision": "rejected"}).status == 400
    admin.post(f"/api/v1/reviews/{ID}/decision", body={"decision": "rejected", "reason": "a name"})
    assert held.holds.content(ID) is None
    assert held.holds.ruling(ID).reason == "a name"


def test_pages_show_the_queue_and_what_was_found(held: Any) -> None:
    admin = held.program(Scope.ADMIN)
    assert f"/reviews/{ID}" in admin.get("/reviews").text
    assert "<mark" in admin.get(f"/reviews/{ID}").text
    assert "ada@example.org" in admin.get(f"/reviews/{ID}").text
    assert "ada@example.org" not in held.program(Scope.READ).get(f"/reviews/{ID}").text


def test_an_empty_queue_teaches_how_it_is_filled(world: Any) -> None:
    assert "hold: {wait: 30s" in world.program(Scope.READ).get("/reviews").text
