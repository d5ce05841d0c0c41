"""How good predictions were, over the API: with a span of one's own, a day unless said otherwise."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_HOUR

World = Any


def test_a_day_is_told_unless_another_span_is_asked_for(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - 10 * US_PER_HOUR
    feeder.fold(feeder.event(kind="prediction", role="request", service="triage", label="x", subject="a", at=at))
    world.judge()
    program = world.program()
    assert program.get("/api/v1/quality?service=production/triage").json["predictions"] == 1
    assert program.get("/api/v1/quality?service=production/triage&span=6h").json["predictions"] == 0
