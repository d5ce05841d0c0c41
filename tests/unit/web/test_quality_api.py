"""How good predictions were, over the API: with a span of one's own, a day unless said otherwise."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_HOUR

World = Any


def test_a_day_is_told_unless_another_span_is_asked_for(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - 10 * US_PER_HOUR
    feeder.fold(feeder.event(kind="prediction", role="request", service="triage", label="x", subject="a", at=at))
    world.judge()
    program = world.program()
    assert program.get("/api/v1/quality?service=production/triage").json["predictions"] == 1
    assert program.get("/api/v1/quality?service=production/triage&span=6h").json["predictions"] == 0


def test_the_advice_and_how_versions_differ_are_told_as_on_the_page(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - 10 * US_PER_HOUR
    for version in ("1", "2"):
        base = {"service": "triage", "version": version, "subject": version, "at": at}
        feeder.fold(feeder.event(kind="prediction", role="request", label="x", **base))
        at += 1
    world.judge()
    program = world.program()
    told = program.get("/api/v1/quality?service=production/triage").json
    page = program.get("/models/production/triage.json").json
    assert told["retraining"] == page["retraining"] and told["retraining"]["findings"][0]["why_not"] == "labels_missing"
    assert told["changes"] == page["changes"] and told["changes"]["version"] == "2"
    turned = program.get("/api/v1/quality?service=production/triage&version=1&beside=2").json["changes"]
    assert (turned["version"], turned["beside"]) == ("1", "2")
    refused = program.get("/api/v1/quality?service=production/triage&version=9")
    assert refused.status == 404 and "There are " in refused.json["hint"]
