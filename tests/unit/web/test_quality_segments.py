"""Segments beyond those that are told one by one are counted."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.web.quality_segments import SEGMENTS_TOLD

World = Any


def test_of_many_segments_the_largest_are_told_and_the_rest_counted(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - US_PER_MINUTE
    for number in range(SEGMENTS_TOLD + 5):
        base = {"service": "triage", "at": at, "subject": f"s{number}", "label": "x"}
        attributes = json.dumps({"segment.site": f"site-{number:03}"})
        feeder.fold(
            feeder.event(**base, kind="prediction", role="request", attributes=attributes),
            feeder.event(**base, kind="outcome", role="none"),
        )
    world.judge()
    page = world.person().get("/services/production/triage?tab=quality&range=1h")
    assert "5 smaller segments are not shown" in page.text
    assert "No segment is worse than the rest beyond chance" in page.text


def test_every_segment_that_is_worse_is_told_and_counted(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - US_PER_MINUTE
    many = SEGMENTS_TOLD + 3
    for number in range(3 * many * 12):
        site, is_bad = number % (3 * many), number % (3 * many) < many
        base = {"service": "triage", "at": at, "subject": f"s{number}"}
        attributes = json.dumps({"segment.site": f"site-{site:03}"})
        feeder.fold(
            feeder.event(**base, kind="prediction", role="request", label="x", attributes=attributes),
            feeder.event(**base, kind="outcome", role="none", label="y" if is_bad else "x"),
        )
    world.judge()
    found = world.program().get("/api/v1/quality?service=production/triage&span=1h").json["segments"]
    assert found["says"].startswith(f"{many} segments are worse than the rest")
    assert [each["finding"] for each in found["segments"]] == ["worse"] * many
