"""The part of the telemetry port that is about single events: what people browse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evenkeel.kernel.time import Window


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a list shows. None: any. `text` is looked for in ids, model, reason, operation."""

    window: Window | None = None
    environment: str | None = None
    service: str | None = None
    version: str | None = None
    model: str | None = None
    kind: str | None = None
    role: str | None = None
    outcome: str | None = None
    reason: str | None = None
    finding: str | None = None
    guard: str | None = None  # what the gateway's guard found: "side action entity"
    cache: str | None = None  # what the gateway's cache did, hit or miss; or what asking a hit again showed
    probes: tuple[str, ...] = ()  # runs of these only
    slower_than_s: float | None = None
    counted: bool | None = None  # True: logical requests only; False: duplicates and parts only
    text: str | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, latest first. Each is a mapping of the columns of `kernel.event` plus `counts_request`,
    `counts_attempt` (bools), `event_id` and `request_id` as UUID strings, times in microseconds."""

    events: Sequence[Mapping[str, Any]]
    next_cursor: str | None  # pass it back for the following page
    total: int | None = None  # when cheap to know


class EventRecords(Protocol):
    """Events as they are stored, one by one."""

    def events(self, where: EventFilter, *, limit: int = 50, cursor: str | None = None) -> EventPage:
        """A page of events, latest first."""
        ...

    def event(self, event_id: str) -> Mapping[str, Any] | None:
        """One event by its id (a UUID string), or None."""
        ...

    def request_events(self, request_id: str, near_us: int) -> Sequence[Mapping[str, Any]]:
        """The events of one request, earliest first."""
        ...
