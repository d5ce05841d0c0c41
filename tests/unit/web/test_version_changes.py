"""What a version is better or worse at than another: by labels that are here only, with what it would take."""

from __future__ import annotations

from random import Random
from typing import Any

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_SECOND

World = Any
URL = "/models/production/triage"


def _feed(world: World, wrong: dict[str, float], *, n: int = 600, silent_us: int = 0) -> None:
    """Versions side by side over two weeks, whose truths come at once, until they come no more."""
    random = Random(9)
    events: list[dict[str, Any]] = []
    for number in range(n * len(wrong)):
        version = list(wrong)[number % len(wrong)]
        at = world.clock.now_us() - US_PER_HOUR - number * (13 * US_PER_DAY // (n * len(wrong)))
        base = {"service": "triage", "version": version, "subject": str(number), "at": at}
        label = random.choice(("benign", "malignant"))
        other = "malignant" if label == "benign" else "benign"
        truth = other if random.random() < wrong[version] else label
        guess = {"kind": "prediction", "role": "request", "label": label, "value": 0.9}
        events.append(world.feeder.event(**base, **guess))
        if at < world.clock.now_us() - silent_us:
            told = {"at": at + US_PER_SECOND, "kind": "outcome", "role": "none", "label": truth}
            events.append(world.feeder.event(**base | told))
    world.feeder.fold(*events)
    world.judge()


def test_a_better_version_is_called_better_with_the_interval(world: World) -> None:
    _feed(world, {"1": 0.3, "2": 0.1})
    found = world.program().get(f"{URL}.json?range=7d&version=2&beside=1").json["changes"]
    rows = {row["measure"]: row for row in found["measures"]}
    assert rows["accuracy"]["told"] == "better" and rows["accuracy"]["difference"]["low"] > 0.0
    assert (
        "accuracy: version 2 is better by " in rows["accuracy"]["says"] and "95 % interval" in rows["accuracy"]["says"]
    )
    assert "may have had other cases" in found["says"]
    page = world.person().get(f"{URL}?range=7d&version=2&beside=1").text
    assert "Version 2 is" in page and "points" in page
    lines = world.program().get(f"{URL}/changes.csv?range=7d").text.splitlines()
    assert lines[0].startswith("version,beside,measure") and any(",accuracy," in line for line in lines)


def test_versions_that_are_alike_are_not_told_apart_and_say_what_it_would_take(world: World) -> None:
    _feed(world, {"1": 0.2, "2": 0.2}, n=150)
    found = world.program().get(f"{URL}.json?range=7d").json["changes"]
    row = next(each for each in found["measures"] if each["measure"] == "accuracy")
    assert row["told"] == "not_told_apart" and row["needs"] > 0
    assert "needs about" in row["says"] and found["says"].startswith("Neither version is shown to be better.")


def test_while_nobody_knows_how_labels_come_only_confidence_is_compared(world: World) -> None:
    events: list[dict[str, Any]] = []
    for number in range(200):
        base = {"service": "triage", "version": str(1 + number % 2), "subject": str(number)}
        at = world.clock.now_us() - US_PER_HOUR - number * US_PER_SECOND
        guess = {"kind": "prediction", "role": "request", "label": "ab"[number % 3 % 2], "value": 0.9}
        events.append(world.feeder.event(**base, **guess, at=at))
        events.append(world.feeder.event(**base, kind="outcome", role="none", label="a", at=at))
    world.feeder.fold(*events)
    world.judge()
    found = world.program().get(f"{URL}.json?range=24h").json
    assert found["labels"]["state"] != "mature"
    told = {row["measure"]: row["told"] for row in found["changes"]["measures"]}
    assert told["accuracy"] == "unknown" and told["confidence ≥ 0.8"] != "unknown"
    assert found["changes"]["says"].startswith("What needs labels is not compared")


def test_with_one_version_there_is_nothing_to_compare(world: World) -> None:
    _feed(world, {"1": 0.2}, n=20)
    assert world.program().get(f"{URL}.json?range=7d").json["changes"] is None


def test_where_labels_are_missing_that_should_be_here_what_needs_them_is_unknown(world: World) -> None:
    _feed(world, {"1": 0.4, "2": 0.1}, silent_us=4 * US_PER_DAY)
    found = world.program().get(f"{URL}.json?range=7d").json
    assert found["labels"]["state"] == "overdue" and found["labels"]["here_before"] is not None
    assert {row["measure"]: row["told"] for row in found["changes"]["measures"]}["accuracy"] == "unknown"
    assert found["changes"]["says"].startswith("What needs labels is not compared: fewer of them are here")
