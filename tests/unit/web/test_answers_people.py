"""What people say of answers, beside what evaluators count."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_MINUTE

World = Any


def test_what_is_not_set_right_by_people_is_unknown_and_says_where_answers_are_drawn(world: World) -> None:
    at = world.clock.now_us() - US_PER_MINUTE
    for marked, count in ((0, 60), (2, 40)):
        text = json.dumps({"evenkeel.evaluation.evaluated": 1, "evenkeel.grounding.unsupported": marked})
        world.feeder.fold(*(world.feeder.event(at=at, service="bot", attributes=text) for _ in range(count)))
    world.judge()
    (found,) = world.program().get("/api/v1/answers?service=production/bot&span=24h").json["by_people"]
    assert (found["objective"], found["status"]) == ("hallucination_rate", "unknown")
    assert "The check marks 40 % of 100 answers; how many are wrong, it cannot say." in found["says"]
    page = world.person().get("/services/production/bot?tab=quality&view=answers&range=24h").text
    assert "It takes about 20 more labels by people to say." in page
    form = world.person().get(found["draw"])
    assert form.status == 200
    assert 'value="grounding"' in form.text
    assert "has its texts stored" in form.text
