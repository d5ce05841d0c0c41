"""The course of a model, and its advice, are there even where nothing is known."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.quality_course import course_document, retraining_document, retraining_values

World = Any
NOBODY = ServiceKey("production", "nobody")


def test_of_nobody_there_is_no_course_and_no_advice(world: World) -> None:
    telemetry, now_us = world.feeder.telemetry, world.clock.now_us()
    course = course_document(telemetry, NOBODY, Window(now_us - US_PER_DAY, now_us), None, None)
    assert (course["steps"], course["versions"], course["step_s"]) == ([], [], 3_600)
    advice = retraining_document(telemetry, NOBODY, now_us, None)
    assert not advice["retrain"]
    assert retraining_values(advice)["findings"][0][2] == "labels missing"
