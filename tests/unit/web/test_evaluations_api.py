"""Evaluations over the API: blind, in somebody's name, told as the pages tell them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.org.access.model import Scope

API = "/api/v1/evaluations"


@pytest.fixture
def admin(world: Any) -> Any:
    world.chat(10)
    world.judge()
    return world.program(Scope.ADMIN)


def lines(count: int, side: str = "p", **more: str) -> str:
    return "\n".join(json.dumps({"prompt": f"{side}{n}", "answer": f"a{n}", **more}) for n in range(count))


def asked(**more: Any) -> dict[str, Any]:
    return {"service": "production/bot", "upload": lines(20), "answers": 5, "twice": 1.0, **more}


def test_a_tool_rates_in_the_name_of_people_and_agreement_is_told(admin: Any) -> None:
    made = admin.post(API, body=asked(answers=20)).json
    assert (made["drawn"], made["ratings_left"], made["title"]) == (20, 40, "bot, last 7d")
    url = f"{API}/{made['id']}"
    for rater in ("jo", "bo"):
        for n in range(20):
            shown = admin.post(f"{url}/next", body={"rater": rater}).json
            assert set(shown) == {
                "evaluation", "item", "prompt", "contexts", "answer", "questions", "ratings_left", "before",
            }  # fmt: skip
            number = int(shown["answer"][1:])
            said = number % 2 == 0 or (rater == "bo" and number == 1)
            kept = admin.post(
                f"{url}/ratings", body={"item": shown["item"], "values": {"relevant": said}, "rater": rater}
            )
            assert kept.json["corrects"] is None
            assert kept.json["ratings_left"] == 40 - (rater == "bo") * 20 - n - 1
    assert admin.post(f"{url}/next", body={"rater": "cy"}).json == {"item": None}
    (result,) = admin.get(url).json["results"]
    assert (result["rated_twice"], result["disagreed"]) == (20, 1)
    assert result["good"]["value"] == 10.5 / 20
    assert 0.3 < result["agreement"]["low"] < result["agreement"]["value"] < 1
    assert [each["name"] for each in admin.get(url).json["raters"]] == ["bo", "jo"]


def test_a_judge_of_the_upload_is_set_right(admin: Any) -> None:
    upload = lines(30, judge="flagged") + "\n" + lines(70, "q", judge="passed")
    made = admin.post(API, body=asked(upload=upload, answers=40, twice=0.0, by=["judge"])).json
    url = f"{API}/{made['id']}"
    assert "labels more are needed" in admin.get(url).json["results"][0]["judge"]["says"]
    while (shown := admin.post(f"{url}/next", body={}).json)["item"]:
        said = "no" if shown["prompt"].startswith("p") else "yes"
        admin.post(f"{url}/ratings", body={"item": shown["item"], "values": {"relevant": said}})
    judge = admin.get(url).json["results"][0]["judge"]
    assert (judge["judged"], judge["flagged"]["value"]) == (100, 0.3)
    assert judge["corrected_bad"]["value"] == pytest.approx(0.3)
    assert "Set right by people, 30 %" in judge["says"]


def test_a_plan_creates_nothing_and_says_how_many(admin: Any) -> None:
    plan = admin.post(f"{API}/plan", body=asked(answers=None, half_width=0.2, expected_bad=0.1)).json
    assert plan["answers"] < 20
    assert plan["says"] == f"{plan['answers']} answers give about ± 19 points."
    assert admin.get(API).json == {"evaluations": []}


def test_only_admins_name_a_rater_and_readers_see_no_answer(world: Any, admin: Any) -> None:
    made = admin.post(API, body=asked()).json
    reader = world.program(Scope.READ)
    assert reader.get(f"{API}/{made['id']}").status == 200
    assert reader.post(f"{API}/{made['id']}/next", body={}).status == 403
    assert reader.post(API, body=asked()).status == 403


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"service": "production/nobody"}, 404, "No service"),
        ({"upload": "x"}, 400, "line 1 is no JSON"),
        ({"questions": [{"name": "tone"}]}, 400, "none of the usual questions"),
        ({"questions": [{"name": "Tone!", "text": "How?"}]}, 400, "no name of a question"),
        ({"half_width": 0}, 422, "half_width"),
        ({"by": ["colour"]}, 422, "by"),
        ({"upload": "", "span": "1h"}, 400, "texts stored"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_told(admin: Any, wrong: dict[str, Any], status: int, why: str) -> None:
    answer = admin.post(API, body=asked(**wrong))
    assert answer.status == status
    assert why in answer.json["message"]


def test_an_answer_that_is_no_answer_is_refused_and_a_skip_is_kept(admin: Any) -> None:
    made = admin.post(API, body=asked()).json
    url = f"{API}/{made['id']}"
    item = admin.post(f"{url}/next", body={}).json["item"]
    assert admin.post(f"{url}/ratings", body={"item": item, "values": {"relevant": "maybe"}}).status == 400
    assert admin.post(f"{url}/ratings", body={"item": item, "skip": "unreadable"}).status == 200
    assert admin.get(url).json["skipped"] == 1
    assert admin.post(f"{url}/close", body={}).json["state"] == "closed"
    assert admin.post(f"{url}/next", body={}).status == 409
    assert admin.get(f"{API}/none").status == 404
