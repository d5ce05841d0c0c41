"""Comparisons over the API and on the page: pairs of a file, of an evaluation and of a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.openai import openai_upstream

URL = "/api/v1/judges/strict/compare"
LINES = "\n".join(
    json.dumps({"prompt": f"Why {n}?", "answer": version, "version": version}) for n in range(6) for version in "ab"
)


@pytest.fixture
def admin(world: Any) -> Iterator[Any]:
    """An admin of a site whose model prefers whatever it is shown first."""
    now_us = world.clock.now_us()
    world.feeder.fold(
        *(
            world.feeder.event(
                at=now_us - (n + 1) * US_PER_SECOND,
                version="ab"[n % 2],
                attributes=json.dumps({"prompt": f"How {n // 2}?", "output": f"Answer {n}."}),
            )
            for n in range(8)
        )
    )
    world.judge()
    with openai_upstream(voice=Voice(text='{"reason": "", "better": "1"}')) as upstream:
        bot = ServiceKey("production", "bot")
        world.judging.append(
            ModelJudge("strict", upstream.url, "m", "sk-any", "Is it?", (bot,), 1.0, 60.0, 500, 10**6, 5.0, 2)
        )
        yield world.program(Scope.ADMIN)


def followed(world: Any, admin: Any, body: dict[str, Any]) -> Any:
    begun = admin.post(URL, body=body).json
    assert begun["state"] == "waiting", begun
    world.judges.do_asked()
    return admin.get(f"/api/v1/comparisons/{begun['id']}").json


def test_pairs_come_from_a_file_an_evaluation_or_a_service(world: Any, admin: Any) -> None:
    file = followed(world, admin, {"pairs": '{"first": "x", "second": "y"}'})
    assert (file["pairs"], file["orders_disagree"], file["title"]) == (1, 1, "second against first")
    made = admin.post(
        "/api/v1/evaluations", body={"service": "production/bot", "upload": LINES, "answers": 12, "twice": 0}
    ).json
    versions = {"first": "a", "second": "b"}
    uploaded = followed(world, admin, {"evaluation": made["id"], **versions})
    assert (uploaded["pairs"], uploaded["judged"]) == (6, 6)
    stored = followed(world, admin, {"service": "production/bot", "span": "24h", **versions})
    assert (stored["pairs"], stored["win_rate"]["value"], stored["state"]) == (4, 0.5, "done")
    assert len(admin.get("/api/v1/comparisons").json["comparisons"]) == 3


def test_the_page_shows_the_result_with_its_interval_and_what_the_place_does(world: Any, admin: Any) -> None:
    pairs = "\n".join(json.dumps({"first": f"x{n}", "second": "y"}) for n in range(20))
    followed(world, admin, {"pairs": pairs, "title": "New prompt"})
    page = admin.get("/evaluations").text
    for words in ("New prompt", "the judge prefers what it reads first", "Which one is better is unknown"):
        assert words in page


def test_what_cannot_be_compared_is_refused_with_a_hint(admin: Any, world: Any) -> None:
    for body, words in (
        ({}, "0 are given"),
        ({"pairs": "x", "service": "production/bot"}, "2 are given"),
        ({"service": "production/bot", "first": "a", "second": "none"}, "no pair to compare"),
    ):
        refused = admin.post(URL, body=body)
        assert refused.status == 400
        assert words in refused.text
    assert admin.get("/api/v1/comparisons/none").status == 404
    assert world.program(Scope.READ).post(URL, body={"pairs": "x"}).status == 403


def test_a_judge_is_shown_no_answer_of_a_service_that_is_not_its_own(world: Any, admin: Any) -> None:
    """Neither those that are stored nor those of an evaluation; and no text was read for it."""
    made = admin.post(
        "/api/v1/evaluations", body={"service": "production/bot", "upload": LINES, "answers": 12, "twice": 0}
    ).json
    world.judging[0] = replace(world.judging[0], services=(ServiceKey("production", "other"),))
    for body in ({"evaluation": made["id"]}, {"service": "production/bot", "span": "24h"}):
        refused = admin.post(URL, body={**body, "first": "a", "second": "b"})
        assert refused.status == 400
        assert "may not see answers of production/bot" in refused.text
    assert not any(row["action"] in ("evaluation.read", "judge.compare") for row in trail.latest(world.records))
