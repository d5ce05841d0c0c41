"""What is asked, over the API: unknown where no question is looked at, and only of a service that is known."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.org.access.model import Scope

API = "/api/v1/questions?service=production/bot&span=24h"
VIEW = "/services/production/bot?tab=quality&view=answers"


def test_without_the_evaluator_it_is_unknown_and_the_view_shows_nothing_of_it(world: Any) -> None:
    attributes = json.dumps({"evenkeel.evaluation.evaluated": 1, "evenkeel.answer.words": 3})
    world.feeder.fold(world.feeder.event(at=world.clock.now_us() - 1, attributes=attributes))
    world.judge()
    assert "Switch on the evaluator" in world.program(Scope.READ).get(API).json["says"]
    assert "What is asked most" not in world.person().get(VIEW).text
    assert world.program(Scope.READ).get("/api/v1/questions?service=production/none").status == 404
