"""Entries of the organisation's calendar, and the time they take out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import ServiceKey

#: "From now on" is not afterwards, though a moment passes until it is entered.
RETROACTIVE_US: Final = US_PER_MINUTE


class EntryKind(StrEnum):
    """What an entry is for."""

    MAINTENANCE = "maintenance"  # time that no error budget is charged for, and that pages nobody


@dataclass(frozen=True, slots=True)
class Entry:
    """A span of time with a reason. An empty environment or service means all of them.

    Cancelled while it runs, it ends then; cancelled before it began or after it ended, it counts for nothing.
    """

    id: str
    kind: EntryKind
    environment: str
    service: str
    starts_us: int
    ends_us: int
    reason: str
    author: str
    created_at_us: int
    cancelled_at_us: int | None = None
    cancelled_by: str = ""

    @property
    def is_retroactive(self) -> bool:
        """Whether it was entered after it had begun: a figure was changed afterwards."""
        return self.created_at_us - self.starts_us > RETROACTIVE_US

    @property
    def span(self) -> Window | None:
        """The time it stands for, or None when it was called off."""
        if self.cancelled_at_us is None:
            return Window(self.starts_us, self.ends_us)
        if self.starts_us < self.cancelled_at_us < self.ends_us:
            return Window(self.starts_us, self.cancelled_at_us)
        return None

    @property
    def scope(self) -> str:
        """Whom it is about, in words."""
        if not self.environment and not self.service:
            return "everything"
        return f"{self.environment or 'every environment'}/{self.service or 'every service'}"

    def covers(self, key: ServiceKey) -> bool:
        """Whether it is about this service."""
        return self.environment in ("", key.environment) and self.service in ("", key.service)


def covering(entries: Iterable[Entry], key: ServiceKey, at_us: int) -> Entry | None:
    """The entry that covers a service at a moment; of several the one that ends last."""
    found = [
        (span.end_us, entry)
        for entry in entries
        if entry.covers(key) and (span := entry.span) is not None and span.contains(at_us)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def excluded_spans(entries: Iterable[Entry], key: ServiceKey, window: Window) -> tuple[Window, ...]:
    """The parts of `window` that entries take out for a service, merged and in order."""
    spans = [span for entry in entries if entry.covers(key) and (span := entry.span) is not None]
    return merge_spans(spans, window)


def merge_spans(spans: Sequence[Window], window: Window) -> tuple[Window, ...]:
    """Spans cut to `window`, overlapping and adjoining ones made one, in order.

    >>> merge_spans([Window(5, 9), Window(0, 3), Window(2, 4), Window(20, 30)], Window(1, 10))
    (Window(start_us=1, end_us=4), Window(start_us=5, end_us=9))
    """
    merged: list[Window] = []
    for span in sorted(spans, key=lambda each: each.start_us):
        start, end = max(span.start_us, window.start_us), min(span.end_us, window.end_us)
        if start >= end:
            continue
        if merged and start <= merged[-1].end_us:
            merged[-1] = Window(merged[-1].start_us, max(merged[-1].end_us, end))
        else:
            merged.append(Window(start, end))
    return tuple(merged)
