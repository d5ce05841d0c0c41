"""Which segment carries a drift, over the API and on the page."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.port import ServiceKey

World = Any
URL = "/api/v1/drift/carriers?service=production/bot&span=24h&feature="
PAGE = "/services/production/bot?tab=quality&view=drift&range=24h&feature=age"


def _send(world: World) -> None:
    """Nine days of predictions, on the last of which those from es are older."""
    rng, feeder, now_us = np.random.default_rng(1), world.feeder, world.clock.now_us()
    grid = build_profile(rng.normal(40.0, 10.0, size=2_000)).grid
    feeder.telemetry.set_feature_grids(ServiceKey("production", "bot"), {"age": grid}, now_us=now_us - 9 * US_PER_DAY)
    told: list[dict[str, Any]] = []
    for number in range(9_000):
        at = now_us - (number + 1) * 9 * US_PER_DAY // 9_000
        is_es = number % 2 == 0
        age = float(rng.normal(70.0 if is_es and at > now_us - US_PER_DAY else 40.0, 10.0))
        attributes = {"feature.age": age, "segment.country": "es" if is_es else "de"}
        event = {"kind": "prediction", "role": "request", "service": "bot", "at": at}
        told.append(feeder.event(**event, attributes=json.dumps(attributes)))
    feeder.fold(*told)
    world.judge()


def test_the_segment_is_told_when_asked_for_and_not_before(world: World) -> None:
    _send(world)
    found = world.program().get(f"{URL}age").json
    assert found["says"].startswith("age is carried by country = es: ")
    assert [(each["segment"], each["level"]) for each in found["carriers"]] == [("country", "es")]
    assert (found["segments"], found["cut"], found["then"]["is_reference"]) == (["country"], False, True)
    assert found["n"] == found["stored"]
    assert world.program().get(f"{URL}weight").status == 404
    person = world.person()
    asked = person.get(PAGE)
    assert "Which segment carries it?" in asked.text
    assert "is carried by" not in asked.text
    answered = person.get(f"{PAGE}&carriers=1")
    assert "age is carried by country = es" in answered.text
    beside = person.get(PAGE.replace("?", ".json?") + "&carriers=1").json
    assert beside["carried"]["says"] == found["says"]
