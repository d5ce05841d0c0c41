"""Drills of this home's gateway workers, and what health says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from evenkeel.app.home import Home
from evenkeel.app.notices import read_notices
from evenkeel.app.stores import Stores
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.drill.model import ENVIRONMENT, DrillState, LiveWorker, Standing
from evenkeel.gateway.drill.service import DrillDependencies, SelfDrill
from evenkeel.org.access.keys import new_secret
from evenkeel.web.health import Check, Level

_LEVELS: Final[Mapping[Standing, Level]] = {
    Standing.PROVEN: Level.OK,
    Standing.FAILED: Level.BREACH,
    Standing.UNKNOWN: Level.WARNING,
}


def self_drill(stores: Stores, gateway: Gateway, every_s: Callable[[], float]) -> SelfDrill:
    """The drills of a home."""
    given = DrillDependencies(
        gateway=gateway,
        lend_keys=stores.keys.lend,
        new_secret=lambda: new_secret(ENVIRONMENT),
        workers=lambda: live_workers(stores.home),
        every_s=every_s,
        clock=stores.clock,
    )
    return SelfDrill(given)


def live_workers(home: Home) -> list[LiveWorker]:
    """The gateway workers that run, by their names."""
    return [
        LiveWorker(notice.writer, notice.own_port)
        for notice in read_notices(home.gateways)
        if notice.is_alive and notice.own_port is not None
    ]


def drill_checks(state: DrillState, workers: int) -> list[Check]:
    """How the drills stand; nothing where none are held, whatever they found before. `workers`: how many run."""
    if state.standing is Standing.OFF:
        return []
    facts: dict[str, Any] = {"standing": state.standing.value, "workers": workers, "failed": state.failed}
    if state.last is not None:
        facts |= {"flip_s": state.last.flip_s, "kill_s": state.last.kill_s, "old_key_s": state.last.old_key_s}
    if state.proven is not None:
        facts["proven_at_us"] = state.proven.at_us
    return [Check("gateway drill", _LEVELS[state.standing], state.finding, state.todo, facts)]
