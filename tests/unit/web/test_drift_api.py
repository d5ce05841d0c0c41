"""Drift and its references over the API."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.drift.past import PastDays
from evenkeel.judge.drift.references import DriftReferences
from evenkeel.judge.drift.retired import RetiredFeatures
from evenkeel.kernel.embedding import as_attributes
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.table import TableProfile, table_to_json
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, isoformat
from evenkeel.library.profiling import profile
from evenkeel.org.access.model import Scope
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.client import Answer, SelfClient

World = Any
TABLE = TableProfile(3, {"age": build_profile([31.0, 44.0, 52.0])}, source="training.parquet")
ASKED = {"service": "production/bot", "reason": "trained on it", "reference": table_to_json(TABLE)}
URL = "/api/v1/drift/reference"
PAGE = "/services/production/bot?tab=quality&view=drift&range=24h"


@pytest.fixture(autouse=True)
def service(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="bot", at=world.clock.now_us() - US_PER_DAY))
    world.judge()


def _put(client: SelfClient, body: Any) -> Answer:
    return client.ask("PUT", URL, json.dumps(body).encode(), {"content_type": "application/json"})


def test_a_reference_is_given_shown_and_taken_back(world: World) -> None:
    program = world.program()
    assert program.get(f"{URL}?service=production/bot").json["origin"] == "traffic"
    given = _put(program, ASKED)
    assert given.status == 200
    assert (given.json["version"], given.json["source"], given.json["rows"]) == (TABLE.version, "training.parquet", 3)
    assert given.json["notes"] == {"age": "The service never sent it."}
    assert program.get(f"{URL}?service=production/bot").json == given.json
    gone = program.ask("DELETE", f"{URL}?service=production/bot&reason=wrong+table", b"", {})
    assert gone.json["origin"] == "traffic"
    assert [row["action"] for row in trail.latest(world.records, limit=2)] == [
        "drift.reference.reset",
        "drift.reference.set",
    ]


def test_who_may_only_read_cannot_change_what_is_compared(world: World) -> None:
    reader = world.program(Scope.READ)
    assert _put(reader, ASKED).status == 403
    assert reader.ask("DELETE", f"{URL}?service=production/bot&reason=x", b"", {}).status == 403
    assert reader.get(f"{URL}?service=production/bot").status == 200


def test_what_is_no_profile_is_refused(world: World) -> None:
    program = world.program()
    refused = _put(program, {**ASKED, "reference": {"rows": 3}})
    assert refused.status >= 400
    assert "This is no profile of a table" in refused.json["message"]
    assert _put(program, {**ASKED, "reason": ""}).status == 422


def test_drift_is_told_of_services_that_there_are(world: World) -> None:
    program = world.program()
    found = program.get("/api/v1/drift?service=production/bot").json
    assert (found["features"], found["data"]["status"]) == ([], "unknown")
    assert program.get("/api/v1/drift?service=production/nobody").status == 404
    assert program.get("/api/v1/drift?service=production/bot&span=9y").status == 422
    assert world.anonymous().get("/api/v1/drift?service=production/bot").status == 401


def test_what_was_sent_is_compared_with_what_was_given(world: World) -> None:
    rng, feeder, now_us = np.random.default_rng(1), world.feeder, world.clock.now_us()
    told: list[dict[str, Any]] = []
    for number in range(4_000):  # eight days, the last of which is in Spanish
        at = now_us - (number + 1) * 8 * US_PER_DAY // 4_000
        language = "es" if at > now_us - US_PER_DAY and number % 2 else "en"
        attributes = json.dumps({"feature.age": float(rng.normal(40.0, 10.0)), "feature.language": language})
        told.append(feeder.event(kind="prediction", role="request", service="bot", at=at, attributes=attributes))
    feeder.fold(*told)
    ages, languages = rng.normal(40.0, 10.0, size=2_000), ["en"] * 1_900 + ["de"] * 100
    table = TableProfile(2_000, {"age": build_profile(ages), "language": build_profile(languages)})
    program = world.program()
    given = _put(program, {**ASKED, "reference": table_to_json(table)})
    assert given.json["notes"].keys() <= {"age", "language"}
    found = program.get("/api/v1/drift?service=production/bot&span=24h").json
    status = {each["feature"]: each["status"] for each in found["features"]}
    assert status["language"] == "breach"
    assert status["age"] != "breach"
    assert found["data"]["feature"] == "language"
    beside = program.get("/services/production/bot.json?tab=quality&view=drift&range=24h").json
    assert beside == found
    page = world.person().get("/services/production/bot?tab=quality&view=drift&range=24h")
    assert "Language: " in page.text
    assert "given by" in page.text
    lines = world.person().get("/services/production/bot/drift.csv?range=24h").text.splitlines()
    assert len(lines) == 1 + sum(len(row["cells"]) for row in found["heat"]["rows"]) == 1 + 2 * 25


def test_vectors_of_a_service_are_compared_with_a_table_of_vectors_that_was_given(world: World) -> None:
    rng, feeder, now_us = np.random.default_rng(1), world.feeder, world.clock.now_us()
    moved = np.zeros(32)
    moved[:8] = 1.5
    told: list[dict[str, Any]] = []
    for number in range(2_000):  # two days; on the last one, people ask of something else
        at = now_us - (number + 1) * 2 * US_PER_DAY // 2_000
        vector = rng.normal(size=32) + (moved if at > now_us - US_PER_DAY else 0.0)
        attributes = json.dumps(as_attributes({"gateway": (vector / np.linalg.norm(vector)).tolist()}, "feature."))
        told.append(feeder.event(role="none", outcome="none", service="bot", at=at, attributes=attributes))
    feeder.fold(*told)
    vectors = rng.normal(size=(2_000, 32))
    table = profile({"gateway": vectors / np.linalg.norm(vectors, axis=1, keepdims=True)}).table
    program = world.program()
    given = _put(program, {**ASKED, "reference": table_to_json(table)})
    assert (given.json["features"], given.json["notes"].keys() - {"embedding:gateway"}) == (1, set())
    (found,) = program.get("/api/v1/drift?service=production/bot&span=24h").json["features"]
    assert (found["feature"], found["status"], found["reference"]["origin"]) == ("embedding:gateway", "breach", "given")
    assert found["told_of"].startswith("where its vectors point")
    assert [each["before"] for each in found["lengths"]] == [1.0]
    page = world.person().get(f"{PAGE}&feature=embedding:gateway").text
    assert "Where its vectors point, seen along the" in page
    assert "All of its vectors are of one length, then and now." in page


def test_a_time_of_its_own_past_is_chosen_shown_and_kept_over_a_start(world: World) -> None:
    rng, feeder, now_us = np.random.default_rng(1), world.feeder, world.clock.now_us()
    midnight_us = now_us // US_PER_DAY * US_PER_DAY
    grid = build_profile(rng.normal(40.0, 10.0, size=2_000)).grid
    feeder.telemetry.set_feature_grids(ServiceKey("production", "bot"), {"age": grid}, now_us=now_us)
    first_us = midnight_us - 20 * US_PER_DAY
    told = [
        feeder.event(
            kind="prediction", role="request", service="bot", at=first_us + number * (now_us - first_us) // 4_000,
            attributes=json.dumps({"feature.age": float(rng.normal(40.0, 10.0))}),
        )
        for number in range(4_000)
    ]  # fmt: skip
    feeder.fold(*told)
    program = world.program()
    days = {"from": isoformat(first_us)[:10], "to": isoformat(first_us + 10 * US_PER_DAY)[:10]}
    asked = {"service": "production/bot", "reason": "as it was"}
    given = _put(program, {**asked, **days})
    assert (given.status, given.json["origin"], given.json["notes"]) == (200, "past", {})
    assert program.get(f"{URL}?service=production/bot").json == given.json
    found = program.get("/api/v1/drift?service=production/bot&span=24h").json
    assert len(found["features"][0]["reference"]["days"]) == 10
    page = world.person().get("/services/production/bot?tab=quality&view=drift&range=24h").text
    assert f"Compared with the days from {days['from']} to" in page
    assert "as it was" in page
    again = DriftReferences(world.records, feeder.telemetry, world.clock, SystemIds())
    held = again.of(ServiceKey("production", "bot"))
    assert held is not None
    assert held.past == PastDays(first_us, first_us + 10 * US_PER_DAY)
    assert _put(program, {**asked, "weeks": 8}).json["weeks"] == 8
    told_of = [row["action"] for row in trail.latest(world.records, limit=9)]
    assert told_of.count("drift.reference.set") == 2


def test_a_past_that_there_is_not_is_refused(world: World) -> None:
    program = world.program()
    asked = {"service": "production/bot", "reason": "as it was"}
    assert "one of three" in _put(program, asked).json["message"]
    assert "one of three" in _put(program, {**ASKED, "weeks": 8}).json["message"]
    assert "two ends" in _put(program, {**asked, "from": "2020-01-01"}).json["message"]
    for days, why in (("04", "A reference of 3 days"), ("31", "has counts of the days")):
        assert why in _put(program, {**asked, "from": "2020-01-01", "to": f"2020-01-{days}"}).json["message"]
    assert _put(program, {**asked, "weeks": 99}).status == 400


def test_a_feature_that_is_gone_is_named_retired_and_judged_once_it_is_back(world: World) -> None:
    feeder, now_us = world.feeder, world.clock.now_us()
    key = ServiceKey("production", "bot")
    grid = build_profile(np.random.default_rng(1).normal(40.0, 10.0, size=2_000)).grid
    feeder.telemetry.set_feature_grids(key, {"age": grid, "size": grid}, now_us=now_us - 10 * US_PER_DAY)

    def send(first_us: int, many: int, names: tuple[str, ...]) -> None:
        rng = np.random.default_rng(many)
        rows = [{f"feature.{name}": float(rng.normal(40.0, 10.0)) for name in names} for _ in range(many)]
        step = (now_us - first_us) // many
        told = [(first_us + number * step, json.dumps(row)) for number, row in enumerate(rows)]
        base = {"kind": "prediction", "role": "request", "service": "bot"}
        feeder.fold(*(feeder.event(**base, at=at, attributes=row) for at, row in told))

    first_us = now_us - 10 * US_PER_DAY
    rng = np.random.default_rng(2)
    told = [
        feeder.event(
            kind="prediction", role="request", service="bot", at=first_us + number * 10 * US_PER_DAY // 4_000,
            attributes=json.dumps(
                {"feature.age": float(rng.normal(40.0, 10.0))}
                | ({} if number > 3_500 else {"feature.size": float(rng.normal(40.0, 10.0))})
            ),
        )
        for number in range(4_000)
    ]  # fmt: skip
    feeder.fold(*told)
    program, asked = world.program(), "/api/v1/drift?service=production/bot&span=24h"
    found = program.get(asked).json
    assert (found["features"][0]["feature"], found["features"][0]["signals"]) == ("size", ["vanished"])
    assert "size: it is gone, no row has it; in the reference 100 % have" in found["features"][0]["says"]
    assert found["features"][0]["since"]["at"] < isoformat(now_us - US_PER_DAY)
    assert "evenkeel drift retire production/bot size" in found["says"][2]
    body = {"service": "production/bot", "feature": "size", "reason": "no model reads it"}
    url, content = "/api/v1/drift/retired", {"content_type": "application/json"}
    assert world.program(Scope.READ).ask("PUT", url, json.dumps(body).encode(), content).status == 403
    made = program.ask("PUT", url, json.dumps(body).encode(), content)
    assert "retired by" in made.json["says"]
    assert program.ask("PUT", url, json.dumps(body).encode(), content).status == 409
    found = program.get(asked).json
    assert [each["feature"] for each in found["features"]] == ["age"]
    assert found["retired"]["size"].endswith("no model reads it")
    assert "Gone, and no longer compared" in world.person().get(PAGE).text
    send(now_us - US_PER_HOUR, 50, ("age", "size"))
    assert {each["feature"] for each in program.get(asked).json["features"]} == {"age", "size"}
    assert RetiredFeatures(world.records, feeder.telemetry, world.clock).of(key)["size"].reason == "no model reads it"
    query = "service=production/bot&feature=size&reason=it+is+back"
    assert program.ask("DELETE", f"{url}?{query}", b"", {}).status == 200
    assert program.ask("DELETE", f"{url}?{query}", b"", {}).status == 404
