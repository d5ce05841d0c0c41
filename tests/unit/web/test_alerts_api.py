"""Alerts over the API, and deliveries of others."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.client import SelfClient

ALERT = {
    "status": "firing",
    "labels": {"alertname": "Down", "service": "shop", "environment": "production", "severity": "critical"},
    "annotations": {"summary": "It is down."},
    "startsAt": "2026-01-01T10:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "0123456789abcdef",
}
BODY = {"version": "4", "status": "firing", "alerts": [ALERT]}


def fire(world: Any) -> str:
    """The id of an alert that fires."""
    now_us = world.clock.now_us()
    rule = RuleId(ServiceKey("production", "bot"), "error_rate", "threshold")
    firing = Firing(rule, Family.THRESHOLD, Severity.PAGE, now_us, "2 % of 400.")
    world.alerts.reconcile(Observation(now_us, (firing,)), now_us)
    return world.alerts.firing()[0].id


def test_an_alert_is_listed_shown_acknowledged_and_commented(world: Any) -> None:
    alert_id = fire(world)
    admin = world.program(Scope.ADMIN)
    (listed,) = admin.get("/api/v1/alerts?state=firing").json["alerts"]
    assert listed["id"] == alert_id
    assert admin.get("/api/v1/alerts?severity=ticket").json == {"alerts": []}
    seen = admin.post(f"/api/v1/alerts/{alert_id}/acknowledge", body={"reason": "on it"})
    assert seen.json["acknowledged_by"].startswith("key ")
    assert admin.post(f"/api/v1/alerts/{alert_id}/unacknowledge", body={}).json["acknowledged_by"] == ""
    commented = admin.post(f"/api/v1/alerts/{alert_id}/comments", body={"text": "the disk"})
    assert (commented.status, commented.json["history"][0]["text"]) == (201, "the disk")
    assert [entry["what"] for entry in admin.get(f"/api/v1/alerts/{alert_id}").json["history"]] == [
        "commented", "unacknowledged", "acknowledged", "told", "opened",
    ]  # fmt: skip
    assert admin.get("/api/v1/alerts/x").status == 404
    assert admin.get("/api/v1/alerts?state=x").status == 400
    assert admin.get("/api/v1/alerts?limit=0").status == 422


def test_a_silence_is_made_listed_and_ended(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    asked = {"matchers": ["service=bot"], "length": "2h", "reason": "we know"}
    made = admin.post("/api/v1/silences", body=asked)
    assert (made.status, made.json["state"], made.json["matchers"]) == (201, "active", ['service="bot"'])
    later = admin.post("/api/v1/silences", body={**asked, "starts_in_s": 600})
    assert later.json["state"] == "to come"
    assert len(admin.get("/api/v1/silences").json["silences"]) == 2
    world.clock.advance(1)
    ended = admin.post(f"/api/v1/silences/{made.json['id']}/expire", body={"reason": "done"})
    assert ended.json["state"] == "over"
    assert len(admin.get("/api/v1/silences").json["silences"]) == 1
    assert len(admin.get("/api/v1/silences?past=true").json["silences"]) == 2
    assert admin.post("/api/v1/silences", body={**asked, "length": "soon"}).status == 400
    assert admin.post("/api/v1/silences", body={**asked, "matchers": []}).status == 422
    assert admin.post("/api/v1/silences/x/expire", body={}).status == 404


def test_a_reading_key_changes_nothing(world: Any) -> None:
    alert_id = fire(world)
    reader = world.program(Scope.READ)
    assert reader.get("/api/v1/alerts").status == 200
    for path, body in (
        (f"/alerts/{alert_id}/acknowledge", {}),
        (f"/alerts/{alert_id}/unacknowledge", {}),
        (f"/alerts/{alert_id}/comments", {"text": "x"}),
        ("/silences", {"matchers": ["a=b"], "length": "2h", "reason": "x"}),
        ("/silences/x/expire", {}),
    ):
        assert reader.post(f"/api/v1{path}", body=body).status == 403
    assert reader.post("/api/v1/receive/alertmanager", body=BODY).status == 401
    assert world.anonymous().get("/api/v1/alerts").status == 401
    assert world.anonymous().post("/api/v1/receive/alertmanager", body=BODY).status == 401


@pytest.mark.parametrize("source", ["alertmanager", "grafana"])
def test_a_delivery_is_in_the_inbox_before_it_is_answered_and_its_twin_is_counted(world: Any, source: str) -> None:
    sender = world.program(Scope.INTAKE)
    answer = sender.post(f"/api/v1/receive/{source}", body=BODY)
    assert (answer.status, answer.json) == (200, {"new": 1, "again": 0})
    assert sender.post(f"/api/v1/receive/{source}", body=BODY).json == {"new": 0, "again": 1}
    (alert,) = world.program(Scope.READ).get(f"/api/v1/alerts?source={source}").json["alerts"]
    assert (alert["title"], alert["sentence"], alert["state"]) == ("shop: Down", "It is down.", "firing")
    over = {**BODY, "alerts": [{**ALERT, "status": "resolved", "endsAt": "2026-01-01T11:00:00Z"}]}
    assert sender.post(f"/api/v1/receive/{source}", body=over).json == {"new": 1, "again": 0}
    assert world.alerts.firing() == []


def test_what_cannot_be_read_is_refused_with_what_is_wrong(world: Any) -> None:
    sender = world.program()  # the command line of this machine may, too
    answer = sender.ask("POST", "/api/v1/receive/alertmanager", b"{", {})
    assert (answer.status, "The body is no JSON" in answer.json["message"]) == (400, True)
    answer = sender.post("/api/v1/receive/grafana", body={"alerts": ["x"]})
    assert (answer.status, answer.json["message"]) == (400, "`alerts[0]` is a text, not an object.")
    answer = sender.ask("POST", "/api/v1/receive/alertmanager", b" " * 8_000_001, {})
    assert (answer.status, "too large" in answer.json["message"]) == (400, True)


def test_a_key_of_a_service_delivers_alerts_of_that_service_only(world: Any) -> None:
    _, secret = world.keys.create(NewKey("shop", services=("shop",)), actor="test")
    sender = SelfClient(world.app, {"x-evenkeel-key": secret})
    assert sender.post("/api/v1/receive/alertmanager", body=BODY).status == 200
    other = {"alerts": [ALERT, {**ALERT, "labels": {"service": "bank"}}]}
    answer = sender.post("/api/v1/receive/alertmanager", body=other)
    assert (answer.status, "not for alerts of /bank" in answer.json["message"]) == (403, True)


def test_records_that_are_busy_ask_for_another_try(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def busy(*_: object) -> bool:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("evenkeel.act.alerts.records.save_received", busy)
    answer = world.program(Scope.INTAKE).post("/api/v1/receive/alertmanager", body=BODY)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
