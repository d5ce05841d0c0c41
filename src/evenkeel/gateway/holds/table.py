"""How long holds of each route wait, as control publishes it and workers read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, cast

import msgspec

from evenkeel.gateway.holds.model import HoldPolicy

#: A caller is not kept waiting longer: proxies on the way would give up.
WAIT_S_MAX: Final = 300.0
EXPIRES_S_MIN: Final = 1.0
EXPIRES_S_MAX: Final = 7 * 86_400.0


def parse_holds(document: Mapping[str, Any]) -> Mapping[str, HoldPolicy]:
    """Policies by the name of their route. Raises ValueError or TypeError that names what is wrong.

    >>> parse_holds({"holds": {"production/bot": {"wait_s": 5, "expires_s": 60}}})["production/bot"].wait_s
    5.0
    """
    rows = document.get("holds", {})
    if not isinstance(rows, dict):
        raise TypeError("holds: not an object")
    return {name: _policy(name, row) for name, row in cast("dict[str, Any]", rows).items()}


def holds_document(holds: Mapping[str, HoldPolicy]) -> dict[str, Any]:
    """What control publishes: `parse_holds` of it is `holds`."""
    return {"holds": {name: asdict(policy) for name, policy in sorted(holds.items())}}


def _policy(name: str, row: object) -> HoldPolicy:
    try:
        policy = msgspec.convert(row, HoldPolicy)
    except ValueError as error:
        raise ValueError(f"holds.{name}: {error}") from None
    if not 0 <= policy.wait_s <= WAIT_S_MAX:
        raise ValueError(f"holds.{name}.wait_s: {policy.wait_s} is not from 0 to {WAIT_S_MAX}")
    if not EXPIRES_S_MIN <= policy.expires_s <= EXPIRES_S_MAX:
        raise ValueError(f"holds.{name}.expires_s: {policy.expires_s} is not from {EXPIRES_S_MIN} to {EXPIRES_S_MAX}")
    return policy
