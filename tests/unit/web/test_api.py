from __future__ import annotations

from typing import Any

import pytest

from evenkeel.org.access.model import Scope


def test_openapi_describes_every_route_and_is_open_to_read(world: Any) -> None:
    document = world.anonymous().get("/api/v1/openapi.json").json
    assert document["info"]["title"] == "evenkeel"
    assert {"/services", "/services/{environment}/{service}", "/events", "/keys"} <= document["paths"].keys()
    assert all(call["summary"] for path in document["paths"].values() for call in path.values())


@pytest.mark.parametrize("path", ["/services", "/events", "/health", "/audit", "/verdict-changes", "/keys", "/doctor"])
def test_nothing_is_answered_without_a_key(world: Any, path: str) -> None:
    answer = world.anonymous().get(f"/api/v1{path}")
    assert (answer.status, answer.json["code"]) == (401, "access.unauthorized")
    assert world.program(Scope.INTAKE).get(f"/api/v1{path}").status == 401


def test_a_reading_key_reads_and_changes_nothing(world: Any) -> None:
    world.chat(40, bad=1)
    world.judge()
    reader = world.program(Scope.READ)
    (service,) = reader.get("/api/v1/services").json["services"]
    assert (service["service"], service["status"]) == ("bot", "unknown")
    found = {each["objective"]: each for each in service["objectives"]}
    assert found["error_rate"]["windows"]["page"]["needs"]["more"] > 1
    assert found["error_rate"]["windows"]["page"]["estimate"]["high"] > 0.005
    assert reader.get("/api/v1/services?status=breach").json == {"services": []}
    assert reader.get("/api/v1/services/production/bot").json["kind"] == "llm"
    for refused in (reader.get("/api/v1/keys"), reader.post("/api/v1/keys", body={"name": "more"}),
                    reader.post("/api/v1/backup", body={"path": "/tmp/x"}), reader.get("/api/v1/doctor")):  # fmt: skip
        assert (refused.status, refused.json["code"]) == (403, "access.forbidden")
    assert world.backups == []


def test_a_browser_must_show_its_form_token_to_change_something(world: Any) -> None:
    person = world.person()
    assert person.get("/api/v1/keys").status == 200
    assert person.post("/api/v1/keys", body={"name": "x"}).status == 401
    token = world.sign_in.session(next(iter(person.cookies.values()))).csrf
    assert person.post("/api/v1/keys", body={"name": "x"}, x_csrf=token).status == 201


def test_events_are_paged_filtered_and_shown_with_their_request(world: Any) -> None:
    world.chat(60, bad=3)
    reader = world.program(Scope.READ)
    page = reader.get("/api/v1/events?limit=50").json
    rest = reader.get(f"/api/v1/events?limit=50&cursor={page['next_cursor']}").json
    assert len(page["events"]) == 50 and len(rest["events"]) == 10 and rest["next_cursor"] is None
    bad = reader.get("/api/v1/events?outcome=bad").json["events"]
    assert len(bad) == 3
    one = reader.get(f"/api/v1/events/{bad[0]['event_id']}").json
    assert one["request"] == [one["event"]]
    assert len(one["event"]["caller"]) == 16  # a pseudonym as text: JSON numbers end at 2**53
    assert reader.get("/api/v1/events/no-such-id").status == 404
    wrong = reader.get("/api/v1/events?slower_than_s=soon")
    assert (wrong.status, wrong.json["code"]) == (400, "input.invalid")
    assert reader.get("/api/v1/events?limit=5000").status == 422


def test_the_command_line_of_this_machine_may_back_up_and_examine(world: Any) -> None:
    own = world.program()
    assert own.post("/api/v1/backup", body={"path": "/var/backups/x.tar"}).json == {"path": "/var/backups/x.tar"}
    assert world.backups == ["/var/backups/x.tar"]
    found = own.get("/api/v1/doctor").json
    assert found["status"] == "breach"
    assert [check["name"] for check in found["checks"]] == ["store", "audit trail"]


def test_changes_of_verdicts_are_answered_newest_first(world: Any) -> None:
    assert world.program(Scope.READ).get("/api/v1/verdict-changes?environment=production&service=bot").json == {
        "changes": []
    }


def test_privacy_is_for_admins(world: Any) -> None:
    asked = {"user": "ada", "reason": "request 12"}
    assert world.program(Scope.READ).post("/api/v1/privacy/erasures", body=asked).status == 403
    assert world.program(Scope.READ).post("/api/v1/privacy/rotate-key", body={}).status == 403
    assert world.erased == []
    made = world.program(Scope.ADMIN).post("/api/v1/privacy/erasures", body=asked)
    assert (made.status, made.json["events"]) == (201, 3)
    assert world.program().post("/api/v1/privacy/rotate-key", body={"reason": "yearly"}).json == {
        "since": "since command line said yearly"
    }
