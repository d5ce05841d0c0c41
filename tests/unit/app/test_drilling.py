"""Who is drilled, and what health says of it."""

from __future__ import annotations

import json

from evenkeel.app.drilling import drill_checks, live_workers
from evenkeel.app.home import Home
from evenkeel.app.running import own_identity
from evenkeel.gateway.drill.model import Drill, DrillState, LiveWorker, Proof, Standing
from evenkeel.web.health import Level


def test_only_workers_that_run_and_have_a_port_of_their_own_are_drilled(home: Home) -> None:
    home.create()
    mine = dict(own_identity())
    (home.gateways / "g0.json").write_text(json.dumps({**mine, "writer": "g0", "port": 4, "own_port": 5}))
    (home.gateways / "g1.json").write_text(
        json.dumps({**mine, "started": "earlier", "writer": "g1", "port": 4, "own_port": 6})
    )
    (home.gateways / "g2.json").write_text(json.dumps({**mine, "writer": "g2", "port": 4}))
    (home.gateways / "g3.json").write_text("{")
    assert live_workers(home) == [LiveWorker("g0", 5)]


def test_health_takes_what_failed_for_worse_than_what_is_not_known() -> None:
    drill = Drill(5, (Proof("g0", 0.1, 0.2, 0.3),))
    states = {
        standing: DrillState(standing, "It is so.", last=drill, proven=drill)
        for standing in (Standing.PROVEN, Standing.UNKNOWN, Standing.FAILED)
    }
    levels = [drill_checks(state, 1)[0].level for state in states.values()]
    assert levels == [Level.OK, Level.WARNING, Level.BREACH]
    (check,) = drill_checks(states[Standing.PROVEN], 1)
    assert (check.facts["flip_s"], check.facts["proven_at_us"], check.facts["workers"]) == (0.1, 5, 1)


def test_health_says_nothing_where_there_is_nothing_to_drill() -> None:
    assert drill_checks(DrillState(Standing.OFF, "There is no route to drill yet."), 0) == []
