"""What rules did, over the API: the same figures as the page's."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_SECOND

World = Any


def test_the_api_gives_the_figures_of_the_page(world: World) -> None:
    at = world.clock.now_us() - US_PER_SECOND
    about = '{"evenkeel.model_rule":"short"}'
    world.feeder.fold(world.feeder.event(source="gateway", role="request", at=at, attributes=about))
    program = world.program()
    found = program.get("/api/v1/gateway/rules?span=1h").json
    assert [(each["rule"], each["requests_ratio"]) for each in found["rules"]] == [("short", 1.0)]
    assert (found["quality"], "estimate" in found["estimate"]) == (None, True)
    assert found == program.get("/gateway/rules.json?span=1h").json
    assert program.get("/api/v1/gateway/rules?service=other").json["rules"] == []
    assert program.get("/api/v1/gateway/rules?span=9y").status == 422
    assert world.anonymous().get("/api/v1/gateway/rules").status == 401
