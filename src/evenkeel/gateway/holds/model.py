"""What is held for a person, and how it stands at a moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

#: What approvals of this kind are called (`org/approvals`).
KIND: Final = "gateway.hold"


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """How long callers and people have."""

    wait_s: float = 0.0  # for which a caller waits before it is told to ask again; 0: it is told at once
    expires_s: float = 3600.0  # in which people can decide


@dataclass(frozen=True, slots=True)
class Hold:
    """Facts of a request or an answer that waits; what it says is its `Content`, which is kept apart and erased."""

    id: str  # 32 hex digits that nobody can guess
    key_id: str  # of the only caller that may ask for it
    environment: str
    service: str
    side: str  # input, output
    operation: str
    dialect: str
    method: str
    path: str
    request_id: str  # of the request that was held
    asked_at_us: int
    expires_at_us: int
    size_bytes: int
    sha256: str  # of the body
    version: str = ""  # who answered; of a request that is held, nobody yet
    upstream: str = ""
    reasons: tuple[str, ...] = ()
    found: dict[str, int] = field(default_factory=dict[str, int])  # how many of each entity
    policy: dict[str, Any] = field(default_factory=dict[str, Any])  # of the guard, as it was


@dataclass(frozen=True, slots=True)
class Content:
    """What a request or an answer says, as it goes on when it is released."""

    headers: list[tuple[str, str]]
    body: bytes
    status: int = 0  # of an answer
    query: str = ""  # of a request


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of a hold, as control tells workers."""

    state: str  # approved, edited, rejected, expired
    by: str
    at_us: int
    reason: str = ""


class Fate(StrEnum):
    """What a caller that asks for it is told."""

    WAITING = "waiting"
    RELEASED = "released"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNCOLLECTED = "uncollected"  # released, and not asked for in time


def decide_fate(hold: Hold, ruling: Ruling | None, now_us: int) -> Fate:
    """How a hold stands. Without a ruling it expires by itself, so that nothing is released while control is dead.

    What is released can be collected for as long as people could have decided, counted from their ruling on.
    """
    if ruling is None:
        return Fate.WAITING if now_us < hold.expires_at_us else Fate.EXPIRED
    if ruling.state in ("rejected", "expired"):
        return Fate(ruling.state)
    is_kept = now_us < ruling.at_us + (hold.expires_at_us - hold.asked_at_us)
    return Fate.RELEASED if is_kept else Fate.UNCOLLECTED
