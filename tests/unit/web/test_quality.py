"""How good predictions were: the page, and the numbers beside it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND

World = Any
URL = "/services/production/triage"


def _feed(world: World, *, known: int, made: int = 40, wrong: int = 4, version: str = "1") -> None:
    """So many predictions of a minute ago; of the first ones it is known what was true, of some that it was not so."""
    at, feeder = world.clock.now_us() - US_PER_MINUTE, world.feeder
    base = {"service": "triage", "version": version, "at": at}
    guess = {"kind": "prediction", "role": "request", "label": "benign", "value": 0.9}
    feeder.fold(*(feeder.event(**base, **guess, subject=f"{version}-{number}") for number in range(made)))
    truth = {"kind": "outcome", "role": "none", "at": at + US_PER_SECOND, "service": "triage", "version": ""}
    feeder.fold(
        *(
            feeder.event(**truth, subject=f"{version}-{number}", label="malignant" if number < wrong else "benign")
            for number in range(known)
        )
    )
    world.judge()


def test_the_page_tells_each_figure_with_its_interval_and_sample(world: World) -> None:
    _feed(world, known=40)
    _feed(world, known=40, version="2", wrong=0)
    page = world.person().get(f"{URL}?tab=quality&range=1h")
    assert page.status == 200
    assert "Accuracy 95 %" in page.text
    assert "80 predictions whose truth is known, of 80 in all" in page.text
    assert "By version" in page.text
    assert "benign" in page.text


def test_the_numbers_beside_the_page_are_those_of_the_api(world: World) -> None:
    _feed(world, known=30)
    program = world.program()
    beside = program.get(f"{URL}.json?tab=quality&range=24h").json
    assert beside == program.get("/api/v1/quality?service=production/triage&span=24h").json
    accuracy = beside["figures"]["accuracy"]
    assert (accuracy["value"], accuracy["n"]) == (26 / 30, 30)
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]
    assert (beside["predictions"], beside["labelled"]) == (40, 30)
    assert {"truth": "malignant", "predicted": "benign", "n": 4.0} in beside["confusion"]


def test_without_a_truth_nothing_is_claimed(world: World) -> None:
    _feed(world, known=0)
    page = world.person().get(f"{URL}?tab=quality&range=1h")
    assert "of none it is known yet what was true" in page.text
    assert world.program().get(f"{URL}.json?tab=quality").json["figures"]["accuracy"]["reason"] == "no_labels"


def test_a_service_without_predictions_is_shown_how_to_log_them(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="triage", at=world.clock.now_us() - US_PER_HOUR))
    world.judge()
    page = world.person().get(f"{URL}?tab=quality&range=1h")
    assert "No predictions in the last 1h" in page.text
    assert "client.log_outcome" in page.text


def test_a_window_whose_labels_are_to_come_is_partial(world: World) -> None:
    now_us, feeder = world.clock.now_us(), world.feeder
    base = {"service": "triage", "version": "1"}
    guess = {"kind": "prediction", "role": "request", "label": "benign"}
    truth = {"kind": "outcome", "role": "none", "label": "benign"}
    for hour in range(1, 100):  # labels take two days
        at = now_us - hour * US_PER_HOUR
        names = [f"{hour}-{number}" for number in range(10)]
        feeder.fold(*(feeder.event(**base, **guess, subject=name, at=at) for name in names))
        if hour > 48:
            late = at + 48 * US_PER_HOUR
            feeder.fold(*(feeder.event(**base, **truth, subject=name, at=late) for name in names))
    world.judge()
    found = world.program().get("/api/v1/quality?service=production/triage&span=24h").json
    assert found["labels"]["state"] == "partial"
    assert found["labels"]["mature_in_s"] > 0
    assert "partial" in world.person().get(f"{URL}?tab=quality&range=24h").text


def test_who_is_not_known_is_not_answered(world: World) -> None:
    _feed(world, known=1)
    assert world.anonymous().get("/api/v1/quality?service=production/triage").status == 401
    program = world.program()
    assert program.get("/api/v1/quality?service=production/nobody").status == 404
    assert program.get("/api/v1/quality?service=production/triage&span=9y").status == 422


def _feed_scored(world: World, *, n: int = 400, version: str = "1", mistaken: bool = False, days: int = 1) -> None:
    """Cases from two sites, with scores that are right as often as they say; those of one site often end otherwise."""
    random, feeder = Random(5), world.feeder
    events: list[Any] = []
    for day in range(days):
        at = world.clock.now_us() - day * US_PER_DAY - US_PER_HOUR
        for number in range(n):
            chance, subject = random.betavariate(0.6, 0.9), f"{version}-{day}-{number}"
            is_up, came = chance > 0.5, random.random() < chance
            site = "north" if number % 4 else "south"
            if site == "south" and number % 8 == 0:
                came = not is_up
            value = chance if is_up or mistaken else 1.0 - chance
            base = {"service": "triage", "version": version, "at": at, "subject": subject}
            label = "malignant" if is_up else "benign"
            attributes = json.dumps({"segment.site": site})
            guess = {"kind": "prediction", "role": "request", "label": label, "value": value, "attributes": attributes}
            truth = {"kind": "outcome", "role": "none", "label": "malignant" if came else "benign"}
            events += [feeder.event(**base, **guess), feeder.event(**base, **truth)]
    feeder.fold(*events)
    world.judge()


def test_scores_and_segments_are_told_with_pictures(world: World) -> None:
    _feed_scored(world)
    page = world.person().get(f"{URL}?tab=quality&range=24h")
    assert "Scores of malignant" in page.text and "with an AUC of" in page.text
    assert "Are scores probabilities?" in page.text and page.text.count('class="chart square"') == 2
    assert "1 segment is worse than the rest" in page.text and "site = south" in page.text
    found = world.program().get("/api/v1/quality?service=production/triage").json
    assert found["scores"]["figures"]["AUC"]["n"] == 400
    assert sum(found["scores"]["tenths"]) == 400
    assert found["segments"]["segments"][0]["value"] == "south"


def test_scores_of_one_class_whatever_was_predicted_are_refused_with_what_to_log(world: World) -> None:
    _feed_scored(world, mistaken=True)
    page = world.person().get(f"{URL}?tab=quality&range=24h")
    assert "log as score the probability of the label that is logged with it" in page.text
    assert 'class="chart square"' not in page.text
    figures = world.program().get("/api/v1/quality?service=production/triage").json["scores"]["figures"]
    assert {each["reason"] for each in figures.values()} == {"scores_ambiguous"}


def test_what_labels_will_say_is_estimated_from_the_past_and_marked(world: World) -> None:
    _feed_scored(world, n=150, days=20)
    at, feeder = world.clock.now_us() - US_PER_MINUTE, world.feeder
    guess = {"kind": "prediction", "role": "request", "service": "triage", "label": "malignant", "value": 0.9}
    feeder.fold(*(feeder.event(**guess, at=at, version="1", subject=f"new-{number}") for number in range(100)))
    world.judge()
    (found,) = world.program().get("/api/v1/quality?service=production/triage").json["estimates"]
    accuracy = found["figures"]["accuracy"]
    assert accuracy["estimated"]["is_estimate"] and accuracy["estimated"]["n"] > 100
    assert accuracy["error"] < 0.1
    assert found["windows"] > 10
    page = world.person().get(f"{URL}?tab=quality&range=24h")
    assert "Before labels arrive" in page.text and "Estimate for version 1" in page.text


def test_numbers_that_were_predicted_have_a_section_of_their_own(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - US_PER_MINUTE
    for number in range(40):
        base = {"service": "triage", "at": at, "subject": f"n{number}"}
        feeder.fold(
            feeder.event(**base, kind="prediction", role="request", value=float(number)),
            feeder.event(**base, kind="outcome", role="none", value=number + 1.0),
        )
    world.judge()
    page = world.person().get(f"{URL}?tab=quality&range=1h")
    assert "Predicted numbers are 1" in page.text and "RMSE" in page.text
    figures = world.program().get("/api/v1/quality?service=production/triage&span=1h").json["numbers"]["figures"]
    assert figures["bias"]["value"] == -1.0


def test_numbers_whose_truth_is_a_class_are_not_compared_and_it_is_said_why(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - US_PER_MINUTE
    base = {"service": "triage", "at": at, "subject": "a"}
    feeder.fold(feeder.event(**base, kind="prediction", role="request", value=0.7))
    feeder.fold(feeder.event(**base, kind="outcome", role="none", label="malignant"))
    world.judge()
    page = world.person().get(f"{URL}?tab=quality&range=1h")
    assert "1 number was predicted. Numbers were predicted, and what came true are classes" in page.text


def test_of_more_classes_than_are_counted_nothing_is_told_by_some_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _feed_scored(world)
    monkeypatch.setattr("evenkeel.web.quality.PAIRS_MAX", 3)
    found = world.program().get("/api/v1/quality?service=production/triage").json
    assert found["too_many_classes"]
    assert {each["reason"] for each in found["figures"].values()} == {"too_many"}
    assert found["classes"] == found["confusion"] == found["versions"] == []
    assert found["segments"]["segments"][0]["value"] == "south"
    assert "of more classes than are counted" in world.person().get(f"{URL}?tab=quality&range=24h").text
