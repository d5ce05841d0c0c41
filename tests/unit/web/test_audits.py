"""Monthly audits: what is due, what a month's checklist says, who may sign what he saw, and what is overdue."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

from evenkeel.judge.audits.documents import digest_of
from evenkeel.judge.audits.records import model_audits
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, to_us
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.store.trail import trail

World = Any
URL = "/audits/2024-09/production/triage"
API = "/api/v1/audits"
ONE = f"{API}/one?service=production/triage&month=2024-09"
OPENED = {"service": "production/triage", "month": "2024-09"}


def _at(month: int, day: int, hour: int = 0) -> int:
    return to_us(datetime(2024, month, day, hour, tzinfo=UTC))


def _feed(world: World, *, first: int, days: int, service: str = "triage") -> None:
    """Forty cases a day with their truths an hour later; nine of ten are right, and so are their confidences."""
    random = Random(7)
    events: list[dict[str, Any]] = []
    for day in range(days):
        for number in range(40):
            at, label = first + day * US_PER_DAY + number * 600_000_000, random.choice(("good", "bad"))
            truth = label if random.random() < 0.97 else {"good": "bad", "bad": "good"}[label]
            base = {"service": service, "version": "3", "subject": f"{day}-{number}"}
            attributes = json.dumps({"feature.age": random.gauss(50, 10)})
            guess = {"kind": "prediction", "role": "request", "label": label, "value": 0.95, "attributes": attributes}
            events.append(world.feeder.event(**base, **guess, at=at, operation="predict"))
            told = {"kind": "outcome", "role": "none", "label": truth}
            events.append(world.feeder.event(**base, **told, at=at + US_PER_HOUR))
    world.feeder.fold(*events)


@pytest.fixture
def audited(world: World) -> World:
    """A model that ran since 25 August, looked at on 4 October 2024; audits are expected since July."""
    world.config = Config.model_validate({"audits": {"since": "2024-07-01"}, "retention": {"events": 90}})
    _feed(world, first=_at(8, 25), days=41)
    world.judge()
    return world


def _sign(world: World, **more: Any) -> Any:
    client = world.program()
    found = client.get(ONE).json
    said = {"conclusion": "accepted", "comment": "Looked at it.", "acknowledged": found["document"]["open"]}
    return client.post(f"{API}/one/signature", body={**OPENED, "digest": found["digest"], **said, **more})


def test_whole_months_are_due_and_the_others_say_why_not(audited: World) -> None:
    (model,) = audited.program().get(API).json["models"]
    states = {each["month"]: (each["state"], each["says"]) for each in model["months"]}
    assert states["2024-10"][0] == "not due" and "not over" in states["2024-10"][1]
    assert states["2024-09"] == ("due", "Due before 2024-10-11.")
    assert states["2024-08"][0] == "not due" and "began within the month, on 2024-08-25" in states["2024-08"][1]
    assert list(states) == ["2024-10", "2024-09", "2024-08"]
    said = {"month": "2024-09", "due_by": "2024-10-11T00:00:00.000Z", "says": "Due before 2024-10-11."}
    assert model["next"] == said
    assert "production/triage. Due before 2024-10-11." in audited.person().get("/audits").text


def test_the_checklist_tells_each_figure_and_never_calls_ok_what_nobody_knows(audited: World) -> None:
    document = audited.program().get(ONE).json["document"]
    checks = {each["name"]: each for each in document["checks"]}
    assert list(checks) == ["quality", "drift", "fairness", "calibration", "model_card"]
    accuracy = next(each for each in checks["quality"]["items"] if each["name"] == "accuracy")
    assert accuracy["status"] == "ok" and accuracy["n"] == 1200
    assert accuracy["low"] < accuracy["value"] < accuracy["high"] and accuracy["evidence"].startswith("/events?")
    for name, said in (("fairness", "not configured"), ("model_card", "none is configured")):
        assert checks[name]["status"] == "unknown" and said in checks[name]["says"]
    assert checks["calibration"]["status"] == "unknown" and checks["calibration"]["items"][0]["value"] is not None
    assert {"fairness", "model_card", "calibration_error"} <= set(document["open"])
    assert document["versions"] == ["3"]


def test_a_line_is_not_ok_by_what_is_beside_the_point(audited: World) -> None:
    """Accuracy that did not drop tells nothing of features, and confidence nothing of quality."""
    checks = {each["name"]: each for each in audited.program().get(ONE).json["document"]["checks"]}
    told = {item["name"]: item["status"] for item in checks["drift"]["items"]}
    assert told == {"concept_drift": "ok", "drift": "unknown"} and checks["drift"]["status"] == "unknown"
    guesses = {"kind": "prediction", "role": "request", "label": "good", "value": 0.95, "operation": "predict"}
    for day in range(41):
        at = _at(8, 25) + day * US_PER_DAY
        each = (audited.feeder.event(service="blind", **guesses, at=at + n * 60_000_000) for n in range(40))
        audited.feeder.fold(*each)
    document = audited.program().get(ONE.replace("triage", "blind")).json["document"]
    quality = document["checks"][0]
    assert {"confidence_high": "ok", "quality": "unknown"}.items() <= {
        item["name"]: item["status"] for item in quality["items"]
    }.items()
    assert quality["status"] == "unknown" and "no truth" in quality["says"] and "quality" in document["open"]


def test_looking_again_gives_the_same_digest_as_long_as_nothing_changed(audited: World) -> None:
    before = audited.program().get(ONE).json["digest"]
    audited.clock.advance(7_200)
    assert audited.program().get(ONE).json["digest"] == before


def test_a_month_whose_first_events_are_gone_is_partial(audited: World) -> None:
    audited.config = audited.config.model_copy(
        update={"retention": audited.config.retention.model_copy(update={"events": 20})}
    )
    document = audited.program().get(ONE).json["document"]
    assert document["checks"][0]["status"] == "partial"
    assert "are no longer kept" in document["checks"][0]["says"]


def test_a_model_card_is_as_fresh_as_somebody_says(audited: World) -> None:
    for reviewed, status in (("2024-03-01", "ok"), ("2023-01-01", "warning")):
        card = {"url": "https://wiki.example.org/triage", "reviewed": reviewed}
        services = Config.model_validate({"services": {"triage": {"model_card": card}}}).services
        audited.config = audited.config.model_copy(update={"services": services})
        found = audited.program().get(ONE).json["document"]["checks"][-1]
        assert (found["status"], found["items"][0]["evidence"]) == (status, card["url"])


def test_what_is_signed_is_kept_whatever_comes_later(audited: World) -> None:
    signed = _sign(audited, conclusion="accepted with actions").json
    assert signed["state"] == "done" and signed["signature"]["conclusion"] == "accepted with actions"
    late = audited.feeder.event(
        service="triage", version="9", subject="late", kind="prediction", role="request", label="good", at=_at(9, 9)
    )
    audited.feeder.fold(late)
    again = audited.program().get(ONE).json
    assert (again["digest"], again["document"]) == (signed["digest"], signed["document"])
    assert again["signature"]["intact"] and again["signature"]["by"] == "command line"
    (row, *_) = trail.latest(audited.records)
    assert (row["action"], row["target"]) == ("model.audit.sign", "production/triage")
    assert json.loads(row["after"])["digest"] == signed["digest"]


def test_signing_twice_or_another_document_is_a_conflict(audited: World) -> None:
    assert _sign(audited, digest="0" * 64).status == 409
    assert _sign(audited).status == 200
    second = _sign(audited)
    assert second.status == 409 and "was signed by command line" in second.json["message"]


def test_a_month_that_is_not_over_or_was_signed_by_nobody_who_may(audited: World) -> None:
    client = audited.program()
    now = client.get(f"{API}/one?service=production/triage&month=2024-10").json
    body = {**OPENED, "month": "2024-10", "digest": now["digest"], "conclusion": "accepted", "comment": "Early."}
    refused = client.post(f"{API}/one/signature", body=body)
    assert refused.status == 409 and "not over" in refused.json["hint"]
    assert audited.program(Scope.READ).post(f"{API}/one/signature", body=body).status == 403


def test_open_items_are_acknowledged_by_name_and_a_comment_is_needed(audited: World) -> None:
    missing = _sign(audited, acknowledged=["fairness"])
    assert missing.status == 400 and "model_card" in missing.json["message"]
    assert "not open: weather" in _sign(audited, acknowledged=[*_open(audited), "weather"]).json["message"]
    assert _sign(audited, comment="  ").status == 400


def _open(world: World) -> list[str]:
    return list(world.program().get(ONE).json["document"]["open"])


def test_an_audit_that_is_overdue_is_a_breach_until_it_is_signed(audited: World) -> None:
    def status() -> tuple[str, str]:
        audited.clock.advance(60)
        heard = {"service": "triage", "version": "3", "kind": "prediction", "role": "request", "operation": "predict"}
        audited.feeder.fold(audited.feeder.event(**heard, at=audited.clock.now_us() - 1, label="good"))
        audited.judge()
        (found,) = audited.engine.services(audited.clock.now_us())
        told = next(each for each in found.verdicts if each.objective.name == "model_audit")
        return told.headline.status.value, found.todo

    assert status()[0] == "ok"
    audited.clock.advance(8 * 86_400)
    assert status() == ("breach", "Sign the audit that is overdue: Models, Audits.")
    _sign(audited)
    audited.clock.advance(3_700)
    assert status()[0] == "ok"


def test_months_before_audits_were_expected_are_not_due(audited: World) -> None:
    audited.config = audited.config.model_copy(
        update={"audits": audited.config.audits.model_copy(update={"since": ""})}
    )
    found = audited.program().get(ONE).json
    assert (found["state"], found["may_be_signed"]) == ("not due", True)
    assert "before audits were expected here" in found["says"]


def test_a_month_without_traffic_is_not_due(world: World) -> None:
    world.config = Config.model_validate({"audits": {"since": "2024-07-01"}})
    _feed(world, first=_at(8, 25), days=3)
    world.judge()
    found = world.program().get(ONE).json
    assert (found["state"], found["says"]) == ("not due", "The model had no traffic in this month.")
    assert _sign(world).status == 409


def test_pages_tell_it_and_a_person_signs_there(audited: World) -> None:
    person = audited.person()
    assert "1 audit due" in person.get("/audits").text
    page = person.get(URL)
    for said in ("Nobody knows, and I acknowledge that", "Digest of this document", "accepted with actions"):
        assert said in page.text, said
    paper = person.get(f"{URL}/print.html")
    assert "<script" not in paper.text and paper.headers["content-disposition"].startswith("attachment")
    assert "services.triage.model_card" in page.text
    found = person.get(f"{URL}.json").json
    form = {
        "csrf": page.text.split('name="csrf" value="')[1].split('"')[0],
        "digest": found["digest"],
        "conclusion": "rejected",
        "comment": "Drift is not known.",
        "acknowledged": found["document"]["open"],
    }
    sent = urlencode(form, doseq=True).encode()
    headers = {"content_type": "application/x-www-form-urlencoded"}
    assert person.ask("POST", f"{URL}/signature", sent, headers).status == 303
    assert "Signed: rejected" in person.get(URL).text
    assert "Rejected by jo on 2024-10-04." in person.get("/audits").text


def test_an_audit_stays_overdue_when_the_counters_of_its_month_are_gone(audited: World) -> None:
    kept = audited.config.retention.model_copy(update={"counters_hour": 60})
    audited.config = audited.config.model_copy(update={"retention": kept})
    audited.clock.advance(40 * 86_400)
    heard = {"service": "triage", "version": "3", "kind": "prediction", "role": "request", "operation": "predict"}
    audited.feeder.fold(audited.feeder.event(**heard, at=audited.clock.now_us() - 1, label="good"))
    audited.feeder.telemetry.apply_retention({"events": 30, "counters_minute": 40, "counters_hour": 40}, _at(11, 13))
    found = audited.program().get(ONE).json
    assert found["state"] == "overdue" and "counters are no longer kept" in found["says"]


def test_a_record_that_was_changed_is_told(audited: World) -> None:
    assert _sign(audited).json["signature"]["intact"]
    for changed in ({"conclusion": "rejected"}, {"document": "{}", "digest": digest_of({})}, {"signed_by": "ann"}):
        with audited.records.transaction() as connection:
            connection.execute(model_audits.update().values(**changed))
        assert audited.program().get(ONE).json["signature"]["intact"] is False
        (listed,) = audited.program().get("/api/v1/audits").json["models"]
        assert [each["signature"]["intact"] for each in listed["months"] if each["signature"]] == [False]
        with audited.records.transaction() as connection:
            connection.execute(model_audits.update().values(conclusion="accepted", signed_by="command line"))
    with audited.records.transaction() as connection:
        connection.execute(model_audits.update().values(document="{}"))
    assert audited.program().get(ONE).json["signature"]["intact"] is False
    for path in (URL, f"{URL}/print.html"):
        page = audited.person().get(path)
        assert page.status == 200 and "not what was signed" in page.text


def test_without_a_model_the_page_says_what_is_audited(world: World) -> None:
    assert "No model is audited yet" in world.person().get("/audits").text
