"""How good predictions were: the page, and the numbers beside it."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND

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
