"""Fairness of a service: the page, the numbers beside it, and what is said where nothing is judged."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE
from evenkeel.org.config.fairness import FairnessConfig

World = Any
URL = "/services/production/hiring"
PAGE = f"{URL}?tab=quality&view=fairness&range=7d"
JSON = f"{URL}.json?tab=quality&view=fairness&range=7d"
WHY = "Who qualifies must be found, whoever they are."


def policy(**more: Any) -> FairnessConfig:
    given = {"attributes": ["sex", "age"], "metric": "demographic_parity", "favourable": "invited", "why": WHY}
    return FairnessConfig.model_validate({**given, "minimum_group": 50, **more})


def feed(world: World, invited: dict[tuple[str, str], tuple[int, int]], *, version: str = "1", days: int = 1) -> None:
    """Of so many people of each group so many are invited, spread over the last days."""
    feeder, now_us = world.feeder, world.clock.now_us()
    events: list[dict[str, Any]] = []
    for (sex, age), (hits, rows) in invited.items():
        attributes = json.dumps({"segment.sex": sex, "segment.age": age, "segment.region": "north"})
        for number in range(rows):
            at = now_us - US_PER_MINUTE - number * days * US_PER_DAY // rows
            events.append(
                feeder.event(
                    kind="prediction",
                    role="request",
                    service="hiring",
                    version=version,
                    at=at,
                    attributes=attributes,
                    subject=f"{sex}-{age}-{number}",
                    label="invited" if number * 7 % rows < hits else "not invited",
                )
            )
    feeder.fold(*events)
    world.judge()


UNFAIR = {("f", "<40"): (60, 400), ("f", "40+"): (180, 400), ("m", "<40"): (200, 400), ("m", "40+"): (190, 400)}


def test_without_a_policy_nothing_is_judged_and_what_to_write_is_shown(world: World) -> None:
    feed(world, UNFAIR)
    page = world.person().get(PAGE)
    assert page.status == 200
    assert "Nobody has said yet what fair means here" in page.text
    assert "metric: equal_opportunity" in page.text
    assert "name the segments age, region, sex" in page.text
    found = world.program().get(JSON).json
    assert (found["status"], found["findings"], found["reason"]) == ("unknown", [], "no_policy")


def test_gaps_are_told_worst_first_with_their_groups_and_over_time(world: World) -> None:
    world.fairness["hiring"] = policy()
    feed(world, UNFAIR, days=6)
    page = world.person().get(PAGE)
    assert page.status == 200
    assert "breach" in page.text and WHY in page.text
    assert "f × &lt;40" in page.text
    assert '<svg class="chart"' in page.text
    found = world.program().get(JSON).json
    assert found["findings"][0]["attributes"] == ["sex", "age"]
    assert found["status"] == "breach"
    worst = found["findings"][0]["rates"][0]["groups"][0]
    assert (worst["group"], worst["n"], worst["value"]) == ("f × <40", 400, 0.15)
    assert found["findings"][0]["surely_above"] > 0.10
    points = found["trend"][0]["points"]
    assert found["trend"][0]["attribute"] == "sex" and len(points) >= 6
    assert any(point["difference"] for point in points)
    assert found == world.program().get("/api/v1/fairness?service=production/hiring").json


def test_a_class_that_nobody_is_predicted_is_no_fairness(world: World) -> None:
    world.fairness["hiring"] = policy(favourable="invite")
    feed(world, UNFAIR)
    found = world.program().get(JSON).json
    assert (found["status"], found["reason"]) == ("unknown", "favourable_not_seen")
    assert "predicted were 'not invited', 'invited'" in world.person().get(PAGE).text.replace("&#39;", "'")


def test_a_small_group_is_told_by_name_and_no_number_from_which_it_could_be_reckoned(world: World) -> None:
    world.fairness["hiring"] = policy()
    feed(world, {**UNFAIR, ("f", "40+"): (3, 17)})
    found = world.program().get(JSON)
    crossed = next(each for each in found.json["findings"] if len(each["attributes"]) == 2)
    assert crossed["rates"][0]["too_small"] == ["f × 40+"]
    assert {
        group["n"] % 10 for each in found.json["findings"] for rate in each["rates"] for group in rate["groups"]
    } == {0}
    page = world.person().get(PAGE).text
    assert "Too small to compare, and told by no number: f × 40+" in page
    assert "n\u00a0420" in page and "417 rows" not in page


def test_an_attribute_that_is_never_named_is_said_with_those_there_are(world: World) -> None:
    world.fairness["hiring"] = policy(attributes=["sex", "ages"])
    feed(world, {("f", "x"): (5000, 10_000), ("m", "x"): (5000, 10_000)})
    found = world.program().get(JSON).json
    assert found["status"] == "partial"
    assert found["notes"] == [
        "No prediction names ages, so nothing can be told by it. Predictions name these segments: age, region, sex."
    ]


def test_a_newer_version_is_compared_with_the_one_before_on_the_same_subjects(world: World) -> None:
    world.fairness["hiring"] = policy(attributes=["sex"])
    fair = {("f", "x"): (400, 800), ("m", "x"): (400, 800)}
    feed(world, fair)
    world.feeder.fold(world.feeder.event(service="hiring", version="2", at=world.clock.now_us() - US_PER_MINUTE))
    feed(world, {**fair, ("f", "x"): (200, 800)}, version="2")
    found = world.program().get(JSON).json["comparison"]
    assert (found["current"], found["candidate"], found["status"]) == ("1", "2", "breach")
    assert found["changes"][0]["paired"] is True
    page = world.person().get(PAGE).text
    assert "Version 2 beside 1" in page and "same subjects" in page
    program = world.program()
    other = program.get("/api/v1/fairness?service=production/hiring&candidate=1&current=2").json["comparison"]
    assert (other["candidate"], other["status"]) == ("1", "ok")
    missing = program.get("/api/v1/fairness?service=production/hiring&candidate=9")
    assert missing.status == 404 and "There is 1, 2" in missing.text


def test_counts_that_were_sent_are_judged_where_predictions_name_nobody(world: World) -> None:
    world.fairness["hiring"] = policy(attributes=["sex"], metric=["equal_opportunity", "calibration"])
    feeder, now_us = world.feeder, world.clock.now_us()
    groups = [{"group": ["f"], "tp": 500, "fn": 500, "tn": 1000}, {"group": ["m"], "tp": 800, "fn": 200, "tn": 1000}]
    counts = {"start_us": now_us - US_PER_DAY, "attributes": ["sex"], "groups": groups}
    feeder.fold(
        feeder.event(
            kind="value",
            role="none",
            value_kind="group_counts",
            service="hiring",
            at=now_us - US_PER_HOUR,
            attributes=json.dumps({"group_counts": counts}),
        )
    )
    world.judge()
    found = world.program().get(JSON).json
    assert (found["source"], found["status"]) == ("counts", "breach")
    assert found["findings"][0]["metric"] == "equal opportunity"
    assert "Judged by counts of groups that were sent" in world.person().get(PAGE).text


def test_an_empty_time_says_so(world: World) -> None:
    world.fairness["hiring"] = policy()
    world.feeder.fold(world.feeder.event(service="hiring"))
    world.judge()
    assert "No prediction of a class was made in this time" in world.person().get(PAGE).text
