"""What answers were like: the page, and the numbers beside it."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE

World = Any
URL = "/services/production/bot"
BORNE_OUT = {
    "evenkeel.evaluation.evaluated": 1, "evenkeel.answer.empty": 0, "evenkeel.answer.refusal": 0,
    "evenkeel.answer.dont_know": 0, "evenkeel.answer.words": 40, "evenkeel.prompt.words": 8,
    "evenkeel.grounding.score": 0.9, "evenkeel.grounding.unsupported": 0, "evenkeel.language.prompt.en": 1,
    "evenkeel.language.answer.en": 1, "evenkeel.language.differs": 0,
}  # fmt: skip
MADE_UP = {**BORNE_OUT, "evenkeel.grounding.unsupported": 2, "evenkeel.grounding.score": 0.2}
REFUSED = {"evenkeel.evaluation.evaluated": 1, "evenkeel.answer.refusal": 1, "evenkeel.answer.dont_know": 0}


def feed(
    world: World, numbers: dict[str, float] | None, count: int, *, ago_us: int = US_PER_MINUTE, **more: Any
) -> None:
    """So many answers with these numbers, or without any."""
    text = None if numbers is None else json.dumps(numbers)
    base = {"at": world.clock.now_us() - ago_us, "attributes": text, "service": "bot", **more}
    world.feeder.fold(*(world.feeder.event(**base) for _ in range(count)))


def told(world: World, span: str = "24h") -> dict[str, Any]:
    world.judge()
    return world.program().get(f"/api/v1/answers?service=production/bot&span={span}").json


def test_each_share_has_its_interval_and_says_of_how_many_answers_it_is(world: World) -> None:
    feed(world, BORNE_OUT, 90)
    feed(world, MADE_UP, 10)
    feed(world, None, 100)
    found = told(world)
    unsupported = found["figures"]["unsupported"]
    assert (found["answers"], found["evaluated"]) == (200, 100)
    assert (unsupported["value"], unsupported["n"]) == (0.1, 100)
    assert unsupported["low"] < 0.1 < unsupported["high"]
    assert found["figures"]["answer_words"]["value"] == 40
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h")
    assert "100 answers evaluated, of 200 in all." in page.text
    assert "10 % [5.26–17 %] of the 100" in page.text


def test_the_numbers_beside_the_page_are_those_of_the_api(world: World) -> None:
    feed(world, BORNE_OUT, 10)
    found = told(world)
    assert world.program().get(f"{URL}.json?tab=quality&view=answers&range=24h").json == found


def test_a_figure_without_any_answer_is_unknown(world: World) -> None:
    feed(world, REFUSED, 5)
    found = told(world)
    assert found["figures"]["unsupported"] == {**found["figures"]["unsupported"], "value": None, "reason": "no_rows"}
    assert found["figures"]["refusal"]["value"] == 1.0
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text
    assert "whether they bear out is unknown" in page


def test_what_was_left_out_is_said(world: World) -> None:
    feed(world, BORNE_OUT, 5)
    feed(world, {"evenkeel.evaluation.evaluated": 0, "evenkeel.evaluation.over_budget": 1}, 15)
    found = told(world)
    assert (found["evaluated"], found["left_out"], found["over_budget"]) == (5, 15, 15)
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text
    assert "15 answers with text were left out" in page


def test_a_bot_that_was_asked_in_english_and_now_is_in_spanish_is_told_so_in_one_sentence(world: World) -> None:
    spanish = {"evenkeel.evaluation.evaluated": 1, "evenkeel.language.prompt.es": 1}
    feed(world, BORNE_OUT, 300, ago_us=30 * US_PER_HOUR)
    feed(world, BORNE_OUT, 138)
    feed(world, spanish, 62)
    prompts = told(world)["languages"]["prompt"]
    assert prompts["says"] == ("31 % of the prompts are in Spanish now; before it were 0 %. That is more than chance.")
    assert [each["language"] for each in prompts["changes"]] == ["en", "es"]
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text
    assert "31 % of the prompts are in Spanish now" in page


def test_numbers_of_the_gateway_count_beside_its_own_record_of_the_request(world: World) -> None:
    at, request = world.clock.now_us() - US_PER_MINUTE, b"r" * 16
    base = {"at": at, "service": "bot", "request_id": request, "solo": False, "source": "gateway"}
    record = {**base, "role": "request", "source_rank": 0, "attributes": '{"evenkeel.attempts":1}'}
    numbers = {**base, "role": "none", "outcome": "none", "source_rank": 30, "attributes": json.dumps(BORNE_OUT)}
    world.feeder.fold(world.feeder.event(**record))
    world.feeder.fold(world.feeder.event(**numbers))
    assert (told(world)["evaluated"], told(world)["answers"]) == (1, 1)


def test_versions_are_told_apart(world: World) -> None:
    feed(world, BORNE_OUT, 20, version="1")
    feed(world, MADE_UP, 20, version="2")
    versions = {each["version"]: each for each in told(world)["versions"]}
    assert versions["1"]["figures"]["unsupported"]["value"] == 0.0
    assert versions["2"]["figures"]["unsupported"]["value"] == 1.0
    assert "By version" in world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text


def test_the_trend_has_a_point_for_each_hour_and_a_long_one_for_each_day(world: World) -> None:
    for hours in (1, 2, 3):
        feed(world, BORNE_OUT, 10, ago_us=hours * US_PER_HOUR)
    feed(world, MADE_UP, 10, ago_us=2 * US_PER_DAY)
    hourly, daily = told(world)["trend"], told(world, "30d")["trend"]
    assert (hourly["step_s"], [point["evaluated"] for point in hourly["points"]]) == (3_600, [10, 10, 10])
    assert daily["step_s"] == 86_400
    assert daily["points"][0]["unsupported"]["value"] == 1.0
    assert "<svg" in world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text


def test_ratings_stand_beside_the_share_that_rated(world: World) -> None:
    feed(world, BORNE_OUT, 20)
    at = world.clock.now_us() - US_PER_MINUTE
    base = {"kind": "feedback", "role": "none", "outcome": "none", "at": at, "service": "bot"}
    rated = [{**base, "subject": f"r{n}", "value": float(n), "value_kind": "rating"} for n in (5, 4, 3)]
    thumbs = [{**base, "subject": f"t{n}", "label": label} for n, label in enumerate(("up", "up", "down"))]
    world.feeder.fold(*(world.feeder.event(**each) for each in (*rated, *thumbs)))
    ratings = told(world)["ratings"]
    assert (ratings["rated"], ratings["mean"]["value"], ratings["response"]["value"]) == (3, 4.0, 0.15)
    assert (ratings["thumbs"], ratings["thumbs_up"]["value"]) == (3, 2 / 3)
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text
    assert "Had everybody rated" in page
    assert "4.00 of 5" in page


def test_where_nothing_was_evaluated_the_page_says_what_turns_it_on(world: World) -> None:
    feed(world, None, 5)
    world.judge()
    page = world.person().get(f"{URL}?tab=quality&view=answers&range=24h").text
    assert "No answer was evaluated" in page
    assert "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true" in page


def test_of_answers_that_are_not_logged_nobody_knows_what_share_was_rated(world: World) -> None:
    at = world.clock.now_us() - US_PER_HOUR
    base = {"service": "bot", "kind": "feedback", "role": "none", "outcome": "none", "at": at}
    ratings = ({**base, "subject": f"r{n}", "value": 5.0, "value_kind": "rating"} for n in range(12))
    world.feeder.fold(*(world.feeder.event(**each) for each in ratings))
    world.judge()
    ratings = told(world)["ratings"]
    assert (ratings["rated"], ratings["mean"]["value"]) == (12, 5.0)
    assert (ratings["response"]["value"], ratings["possible"]) == (None, None)
