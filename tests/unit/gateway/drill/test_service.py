"""Drills against real workers: what obeys is timed, what does not is named."""

from __future__ import annotations

import signal
from typing import Any

from evenkeel.gateway.drill.model import Standing
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.system import RealDisk


def test_every_worker_is_asked_alone_and_timed_drill_after_drill(world: Any) -> None:
    world.start("g0")
    world.start("g1")
    for _ in range(3):
        drill = world.drill.hold()
        assert [(proof.worker, proof.fault) for proof in drill.workers] == [("g0", ""), ("g1", "")]
        for seconds in (drill.flip_s, drill.kill_s, drill.old_key_s):
            assert seconds is not None
            assert 0 < seconds < 3
    state = world.drill.state()
    assert (state.held, state.last) == (3, drill)


def test_a_drill_leaves_no_trace_among_what_users_see(world: Any) -> None:
    world.start("g0")
    world.drill.hold()
    assert world.gateway.history() == []
    assert set(world.gateway.effective.routes) == {"production/bot"}
    assert world.keys.list() == []
    assert not [frame for frame in JournalReader(RealDisk(), str(world.home.journal)).read({}).frames if frame.rows]


def test_a_worker_that_stands_still_is_named_and_the_others_are_proven(world: Any) -> None:
    world.start("g0")
    still = world.start("g1")
    world.drill.hold()
    still.send_signal(signal.SIGSTOP)
    try:
        drill = world.drill.hold()
    finally:
        still.send_signal(signal.SIGCONT)
    first, second = drill.workers
    assert (first.fault, second.fault) == ("", "does not answer on the drill's route")
    assert first.flip_s is not None
    assert (drill.is_proven, drill.flip_s) == (False, None)
    state = world.drill.state()
    assert state.standing is Standing.FAILED
    assert "g1 does not answer" in state.finding


def test_without_a_worker_nothing_is_proven_and_without_a_route_nothing_is_drilled(world: Any) -> None:
    assert world.drill.hold() is None
    assert world.drill.state().standing is Standing.UNKNOWN
    world.every_s = 0.0
    assert world.drill.state().standing is Standing.OFF


def test_a_step_holds_one_when_it_is_due_and_takes_the_route_back_when_drills_are_switched_off(world: Any) -> None:
    world.start("g0")
    world.drill.step()
    world.drill.step()
    assert world.drill.state().held == 1
    assert "evenkeel:drill/drill" in world.published()["routes"]
    world.every_s = 0.0
    world.drill.step()
    assert set(world.published()["routes"]) == {"production/bot"}
