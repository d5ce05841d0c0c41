"""Live edits over the configuration: each holds until the configured value of its very field changes.

So whoever edits live is not overruled by an unrelated change of the file, and whoever writes the value into the file
is obeyed. A kill holds whatever the file says, until somebody revives the service: also while its route is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from evenkeel.gateway.commands.model import (
    Command,
    Effective,
    KillService,
    ReviveService,
    SetFallback,
    SetLimit,
    SetShadow,
    SetWeights,
)
from evenkeel.gateway.commands.records import Overlay
from evenkeel.gateway.commands.rules import apply, document
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.observe.events import jsontext

KILL: Final = "kill"
LIMIT: Final = "limit:"
_FIELDS: Final[Mapping[type[Command], str]] = {
    SetWeights: "weights",
    SetShadow: "shadow",
    SetFallback: "fallback",
    KillService: KILL,
    ReviveService: KILL,
    SetLimit: "amount",
}


def place_of(command: Command) -> tuple[str, str]:
    """(target, field) that a command changes.

    >>> place_of(SetLimit("trial", 5)), place_of(KillService("production", "bot", "leaks"))
    (('limit:trial', 'amount'), ('production/bot', 'kill'))
    """
    if isinstance(command, SetLimit):
        return f"{LIMIT}{command.limit}", "amount"
    return f"{command.environment}/{command.service}", _FIELDS[type(command)]


def value_of(effective: Effective, target: str, field: str) -> Any:
    """How a field stands, as JSON has it; None where its route or limit is not there."""
    try:
        return document(effective, command_for(target, field, None))[field]
    except EvenkeelError:
        return None


def hash_of(value: object) -> str:
    """What tells one value from another."""
    return hashlib.sha256(jsontext.dump(value, is_sorted=True)).hexdigest()


def lay_over(configured: Effective, overlays: Iterable[Overlay]) -> tuple[Effective, list[Overlay]]:
    """(what is in force, the overlays that do not hold any more: their configured value is another one, or none)."""
    effective, over = configured, list[Overlay]()
    for overlay in overlays:
        is_kill = overlay.field == KILL
        if not is_kill and hash_of(value_of(configured, overlay.target, overlay.field)) != overlay.configured:
            over.append(overlay)
            continue
        try:
            effective = _restore(effective, overlay)
        except EvenkeelError:
            if not is_kill:  # of a version that is gone
                over.append(overlay)
    return effective, over


def _restore(effective: Effective, overlay: Overlay) -> Effective:
    command = command_for(overlay.target, overlay.field, overlay.value)
    said: dict[str, Any] = overlay.value if overlay.field == KILL else {}
    return apply(effective, command, actor=str(said.get("actor", "")), now_us=int(said.get("at_us", 0)))


def command_for(target: str, field: str, value: Any, reason: str = "") -> Command:
    """The command that makes a field stand so; for a kill `value` says why."""
    if target.startswith(LIMIT):
        return SetLimit(target.removeprefix(LIMIT), int(value or 0), reason)
    environment, _, service = target.partition("/")
    match field:
        case "weights":
            return SetWeights(environment, service, dict(value or {}), reason)
        case "shadow":
            given: dict[str, Any] = value or {"version": None, "share": 1.0}
            return SetShadow(environment, service, given["version"], float(given["share"]), reason)
        case "fallback":
            return SetFallback(environment, service, tuple(value or ()), reason)
        case _ if value:
            return KillService(environment, service, str(value["reason"]))
        case _:
            return ReviveService(environment, service, reason)
