"""The part of the telemetry port that is about the store's own upkeep: what it holds, forgets, checks and copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey, Thresholds  # which takes this part over


@dataclass(frozen=True, slots=True)
class Usage:
    """What a store holds."""

    events: int
    counter_rows: int
    sketch_rows: int
    bytes_on_disk: int
    oldest_event_at: int | None
    newest_event_at: int | None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A minute whose counter is not the sum of its events."""

    key: ServiceKey
    at: int
    measure: str
    counter: float
    events: float


class UpkeepRecords(Protocol):
    """What keeps a store whole, small and private."""

    def set_thresholds(self, thresholds: Thresholds) -> None:
        """Count these thresholds from now on, and recount them over the stored events."""
        ...

    def erase_caller(self, caller: int, *, now_us: int) -> int:
        """Take from a person's events all that tells who it was, now and whenever they are sent again.

        The events stay as anonymous numbers, so that no published figure changes. Answers how many.
        """
        ...

    def apply_retention(self, keep_days: Mapping[str, int], now_us: int) -> Mapping[str, int]:
        """Delete what is older than its class allows; answers rows deleted per class."""
        ...

    def verify(self, window: Window) -> Sequence[Discrepancy]:
        """Recount the window from its events; answers what does not agree."""
        ...

    def usage(self) -> Usage:
        """Rows and bytes."""
        ...

    def backup(self, directory: str) -> None:
        """Write a consistent copy that `restore` of the adapter can open."""
        ...

    def close(self) -> None:
        """Make everything durable and release the files."""
        ...
