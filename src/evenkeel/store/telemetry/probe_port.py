"""The part of the telemetry port that is about probes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """What one probe found from one vantage over a window, and what it found last."""

    key: ServiceKey
    name: str
    kind: str  # http | tls | golden | dependency
    vantage: str
    good: int
    bad: int
    undecided: int  # runs that said nothing of the service
    latency_s_p95: float | None
    last_at: int
    last_outcome: str
    last_reason: str  # empty when there was none
    last_status_code: int | None
    last_latency_s: float | None
    last_value: float | None  # days left (tls), share of what was expected that was found (golden)
    last_detail: str
    last_every_s: float | None  # how often it runs, as it says itself
    last_event_id: str


class ProbeRecords(Protocol):
    """What probes found."""

    def probes(self, window: Window, key: ServiceKey | None = None) -> Sequence[ProbeRow]:
        """What the probes of a service, or of all, found in the window: one row per probe and vantage, by name."""
        ...
