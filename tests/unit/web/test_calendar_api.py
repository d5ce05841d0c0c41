"""The calendar over the API."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope

BODY = {"starts": "2024-10-04T10:00", "ends": "2024-10-04T11:00Z", "reason": "new disks", "service": "bot"}


def test_maintenance_is_entered_listed_and_cancelled(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    made = admin.post("/api/v1/calendar", body=BODY)
    assert made.status == 201
    assert (made.json["from"], made.json["to"]) == ("2024-10-04T10:00:00.000Z", "2024-10-04T11:00:00.000Z")
    assert made.json["scope"] == "every environment/bot" and made.json["retroactive"]
    assert admin.get("/api/v1/calendar").json["entries"] == [made.json]
    path = f"/api/v1/calendar/{made.json['id']}/cancel"
    assert admin.post(path, body={"reason": ""}).status == 422
    assert admin.post(path, body={"reason": "not needed"}).json["cancelled_by"].startswith("key ")
    assert admin.post(path, body={"reason": "again"}).status == 409
    assert admin.post("/api/v1/calendar/none/cancel", body={"reason": "x"}).status == 404


def test_without_a_start_it_begins_now_and_lasts_as_long_as_said(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    made = admin.post("/api/v1/calendar", body={"starts": "", "lasts_s": 3_600, "reason": "new disks"}).json
    (entry,) = world.calendar.entries()
    assert (entry.starts_us, entry.ends_us - entry.starts_us) == (world.clock.now_us(), 3_600_000_000)
    assert made["scope"] == "everything" and not made["retroactive"]


def test_what_makes_no_sense_or_is_not_allowed_is_refused(world: Any) -> None:
    admin, reader = world.program(Scope.ADMIN), world.program(Scope.READ)
    assert admin.post("/api/v1/calendar", body={**BODY, "ends": "2024-10-04T09:00Z"}).status == 400
    assert admin.post("/api/v1/calendar", body={**BODY, "ends": "later"}).json["message"] == "'later' is no moment."
    assert admin.post("/api/v1/calendar", body={**BODY, "reason": " "}).status == 400
    assert reader.post("/api/v1/calendar", body=BODY).status == 403
    assert world.calendar.entries() == ()
