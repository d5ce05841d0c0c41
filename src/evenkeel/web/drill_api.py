"""Drills of the gateway over the API: when a flip was last proven, and how fast."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from evenkeel.gateway.drill.model import Drill, DrillState, Standing
from evenkeel.kernel.errors import ConflictError
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.web.asking import Asking, At

router = APIRouter()


@router.get("/gateway/drill", summary="How fast every worker last obeyed a flip, a kill and a new key")
def show_drill(site: At, _: Asking) -> dict[str, Any]:
    """The last drill, and the last that proved it."""
    return drill_document(site.given.drill.state())


@router.post("/gateway/drill", summary="Hold a drill now, on a route of evenkeel's own")
def hold_drill(site: At, asker: Asking) -> dict[str, Any]:
    """Takes about a second; up to half a minute when a worker does not obey."""
    asker.require(RULE_GATEWAY)
    if site.given.drill.state().standing is Standing.OFF:
        raise ConflictError("There is nothing to drill.", hint="Configure a route, and `gateway: {drill: 60 s}`.")
    if site.given.drill.hold() is None:
        raise ConflictError("No gateway worker runs.", hint="`evenkeel up` starts one within seconds of a route.")
    return drill_document(site.given.drill.state())


def drill_document(state: DrillState) -> dict[str, Any]:
    """How the drills stand. Seconds are of the slowest worker; null: one did not obey."""
    return {
        "standing": state.standing.value,
        "finding": state.finding,
        "todo": state.todo,
        "every_s": state.every_s,
        "drills": state.held,
        "drills_failed": state.failed,
        "last": None if state.last is None else _document(state.last),
        "last_proven": None if state.proven is None else _document(state.proven),
    }


def _document(drill: Drill) -> dict[str, Any]:
    return {
        "at": isoformat(drill.at_us),
        "proven": drill.is_proven,
        "flip_s": drill.flip_s,
        "kill_s": drill.kill_s,
        "old_key_s": drill.old_key_s,
        "workers": [
            {
                "worker": proof.worker,
                "flip_s": proof.flip_s,
                "kill_s": proof.kill_s,
                "old_key_s": proof.old_key_s,
                "fault": proof.fault,
            }
            for proof in drill.workers
        ],
    }
