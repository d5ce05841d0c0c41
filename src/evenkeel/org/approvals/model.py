"""What waits for a person to decide. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class State(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    EDITED = "edited"  # approved in other words
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody decided in time


#: What a person can say.
DECISIONS: Final = frozenset((State.APPROVED, State.EDITED, State.REJECTED))


@dataclass(frozen=True, slots=True)
class Approval:
    """One thing to decide on, and what became of it."""

    id: str
    kind: str  # what is asked: gateway.hold …
    environment: str
    service: str
    payload: Mapping[str, Any]  # facts of that kind; never content
    asked_at_us: int
    expires_at_us: int
    state: State = State.WAITING
    decided_at_us: int | None = None
    decided_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody said."""

    state: State
    by: str
    at_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What of a kind waits, and what nobody decided in time."""

    waiting: int
    late: int  # of these, those of which half of the time is over
    oldest_at_us: int | None
    next_expires_at_us: int | None
    expired: int
