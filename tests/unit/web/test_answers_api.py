"""What answers were like, over the API: with a span of one's own, a day unless said otherwise."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_HOUR

World = Any


def test_a_day_is_told_unless_another_span_is_asked_for(world: World) -> None:
    feeder, at = world.feeder, world.clock.now_us() - 10 * US_PER_HOUR
    numbers = json.dumps({"evenkeel.evaluation.evaluated": 1})
    feeder.fold(feeder.event(service="bot", at=at, attributes=numbers))
    world.judge()
    program = world.program()
    assert program.get("/api/v1/answers?service=production/bot").json["evaluated"] == 1
    assert program.get("/api/v1/answers?service=production/bot&span=6h").json["evaluated"] == 0
