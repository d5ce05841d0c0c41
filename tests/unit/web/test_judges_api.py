"""Judges over the API and on the page: what they said, what failed, and a run on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.openai import openai_upstream
from evenkeel.testing.upstreams.trouble import Trouble


@pytest.fixture
def model(world: Any) -> Iterator[Any]:
    """A model that flags everything, asked about twelve answers."""
    now_us = world.clock.now_us()
    world.feeder.fold(
        *(
            world.feeder.event(at=now_us - (n + 1) * US_PER_SECOND, attributes=json.dumps({"output": f"Answer {n}."}))
            for n in range(12)
        )
    )
    world.judge()
    with openai_upstream(voice=Voice(text='{"reason": "", "good": false}')) as upstream:
        bot = ServiceKey("production", "bot")
        judge = ModelJudge("strict", upstream.url, "m", "sk-any", "Is it?", (bot,), 1.0, 60.0, 500, 10**6, 5.0, 2)
        world.judging.append(judge)
        yield upstream


def test_a_run_is_told_and_its_rate_has_an_interval(world: Any, model: Any) -> None:
    admin = world.program(Scope.ADMIN)
    model.trouble = Trouble(status=500, times=2)
    begun = admin.post("/api/v1/judges/strict/run", body={"calls": 10}).json
    assert (begun["state"], begun["asked"]) == ("waiting", 0)
    assert "A run is waiting" in admin.get("/evaluations").text
    assert admin.post("/api/v1/judges/strict/run", body={}).status == 409
    world.judges.do_asked()
    ran = admin.get("/api/v1/judges/strict/run").json["run"]
    assert (ran["state"], ran["calls"]) == ("done", 10)
    assert ran["says"] == (
        "10 answers asked about: 8 flagged, 0 passed, 2 failed (http_500 2). 2 left: The 10 calls asked for are made."
    )
    (row,) = trail.latest(world.records, limit=1)
    assert (row["action"], row["target"]) == ("judge.run", "strict")
    (judge,) = admin.get("/api/v1/judges").json["judges"]
    assert (judge["calls_24h"], judge["failures"]) == (10, {"http_500": 2})
    (service,) = judge["services"]
    assert (service["flagged"]["value"], service["flagged"]["n"]) == (1.0, 8)
    assert service["flagged"]["low"] < 0.7
    page = admin.get("/evaluations").text
    assert "Flags 100 %" in page
    assert "http_500 × 2" in page


def test_a_judge_that_said_nothing_yet_is_unknown_and_readers_start_no_run(world: Any, model: Any) -> None:
    del model
    reader = world.program(Scope.READ)
    (judge,) = reader.get("/api/v1/judges").json["judges"]
    assert judge["services"][0]["flagged"]["value"] is None
    assert judge["services"][0]["says"] == "It has judged no answer."
    assert reader.post("/api/v1/judges/strict/run", body={}).status == 403
    assert world.program(Scope.ADMIN).post("/api/v1/judges/none/run", body={}).status == 404


def test_people_set_a_model_right_from_draw_to_result(world: Any, model: Any) -> None:
    del model
    admin = world.program(Scope.ADMIN)
    admin.post("/api/v1/judges/strict/run", body={"calls": 12})
    world.judges.do_asked()
    made = admin.post(
        "/api/v1/evaluations",
        body={"service": "production/bot", "span": "24h", "answers": 12, "twice": 0, "judge": "strict"},
    ).json
    url = f"/api/v1/evaluations/{made['id']}"
    for n in range(12):
        item = admin.post(f"{url}/next", body={}).json["item"]
        admin.post(f"{url}/ratings", body={"item": item, "values": {"relevant": n % 4 > 0}})
    judge = admin.get(url).json["results"][0]["judge"]
    assert judge["flagged"]["value"] == 1.0
    assert judge["corrected_bad"]["value"] == pytest.approx(0.25)
    assert "of those it flagged, people find 75 %" in judge["says"]
