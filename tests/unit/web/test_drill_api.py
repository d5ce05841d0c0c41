"""Drills over the API and for scrapers."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from evenkeel.gateway.drill.model import Drill, DrillState, LiveWorker, Proof, Standing
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.web.drill_api import drill_document
from evenkeel.web.metrics import Exposition, add_drill

WELL = Drill(60_000_000, (Proof("g0", 0.1, 0.2, 0.3),))
BAD = Drill(90_000_000, (Proof("g0", 0.1, 0.2, 0.3), Proof("g1", fault="does not obey a flip")))
FAILED = DrillState(Standing.FAILED, "g1 does not obey a flip.", "Act.", 60.0, BAD, WELL, 5, 1)


@pytest.fixture
def routed(world: Any) -> Any:
    route = {"versions": {"1": {"upstreams": ["u"]}}}
    upstreams = {"u": {"url": "http://u", "dialect": "openai"}}
    world.gateway.configure(Config.model_validate({"upstreams": upstreams, "gateway": {"routes": {"bot": route}}}))
    return world


def test_the_last_drill_and_the_last_proven_one_are_told() -> None:
    document = drill_document(FAILED)
    assert document["last"]["flip_s"] is None
    assert [each["fault"] for each in document["last"]["workers"]] == ["", "does not obey a flip"]
    assert (document["last_proven"]["at"], document["last_proven"]["kill_s"]) == ("1970-01-01T00:01:00.000Z", 0.2)
    assert (document["standing"], document["drills"], document["drills_failed"]) == ("failed", 5, 1)


def test_scrapers_are_told_what_an_alert_needs() -> None:
    exposition = Exposition()
    add_drill(exposition, FAILED)
    text = exposition.text()
    for line in (
        "evenkeel_gateway_drill_proven 0",
        'evenkeel_gateway_drills_total{outcome="failed"} 1',
        "evenkeel_gateway_flip_proven_timestamp_seconds 60",
        'evenkeel_gateway_old_key_seconds{worker="g0"} 0.2',
    ):
        assert line in text
    assert 'evenkeel_gateway_flip_seconds{worker="g1"}' not in text


def test_nothing_is_said_where_nothing_is_drilled() -> None:
    exposition = Exposition()
    add_drill(exposition, DrillState(Standing.OFF, "There is no route to drill yet."))
    assert exposition.samples == {}


def test_a_drill_can_be_looked_at_and_needs_a_worker_to_be_held(routed: Any) -> None:
    assert routed.program(Scope.READ).get("/api/v1/gateway/drill").json["standing"] == "unknown"
    assert routed.program(Scope.READ).post("/api/v1/gateway/drill", body={}).status == 403
    refused = routed.program(Scope.ADMIN).post("/api/v1/gateway/drill", body={})
    assert (refused.status, refused.json["message"]) == (409, "No gateway worker runs.")


def test_where_there_is_no_route_there_is_nothing_to_drill(world: Any) -> None:
    admin = world.program(Scope.ADMIN)
    assert admin.get("/api/v1/gateway/drill").json["standing"] == "off"
    assert admin.post("/api/v1/gateway/drill", body={}).status == 409


def test_a_worker_that_does_not_answer_fails_the_drill(routed: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        routed.workers.append(LiveWorker("g0", listener.getsockname()[1]))
    found = routed.program(Scope.ADMIN).post("/api/v1/gateway/drill", body={}).json
    assert (found["standing"], found["last"]["workers"][0]["worker"]) == ("failed", "g0")
