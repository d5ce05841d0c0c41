"""The file behind the map of drift."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_DAY

World = Any


def test_the_file_has_a_head_even_where_nothing_is_known(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="bot", at=world.clock.now_us() - US_PER_DAY))
    world.judge()
    found = world.person().get("/services/production/bot/drift.csv?range=7d")
    assert (found.status, found.text) == (200, "feature,start_utc,state,rows,psi\n")
    assert world.person().get("/services/production/bot/drift.csv?range=9y").status == 400
