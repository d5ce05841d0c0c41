"""The guard's findings over the API: the same figures as the page's."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_SECOND

World = Any


def test_the_api_gives_the_figures_of_the_page(world: World) -> None:
    about = '{"evenkeel.guard":{"input redact email":2}}'
    at = world.clock.now_us() - US_PER_SECOND
    world.feeder.fold(world.feeder.event(source="gateway", role="request", at=at, attributes=about))
    program = world.program()
    found = program.get("/api/v1/gateway/findings?side=input").json
    assert [each["entity"] for each in found["findings"]] == ["email"]
    assert found == program.get("/gateway/guard.json?side=input").json
    assert program.get("/api/v1/gateway/findings?side=output").json["findings"] == []
    assert program.get("/api/v1/gateway/findings?span=9y").status == 422
    assert world.anonymous().get("/api/v1/gateway/findings").status == 401
