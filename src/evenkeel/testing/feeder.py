"""Feeds a telemetry store with events as the doors would write them."""

from __future__ import annotations

from typing import Any, Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.store.journal.codec import decode_payload, encode_batch
from evenkeel.store.telemetry.port import FoldResult, JournalOffset, Telemetry

#: Friday 4 October 2024, noon UTC, in microseconds.
NOON_US: Final = 20_000 * US_PER_DAY + 12 * US_PER_HOUR


class Feeder:
    """Folds events given as mappings of what differs from an ordinary, successful chat call at noon."""

    noon_us = NOON_US

    def __init__(self, telemetry: Telemetry) -> None:
        self.telemetry = telemetry
        self._number = 0
        self._position = 0

    def event(self, **more: Any) -> dict[str, Any]:
        """An event with an identity of its own; it arrives when it happens unless `arrived_at` is said."""
        self._number += 1
        identity = self._number.to_bytes(16, "big")
        base: dict[str, Any] = {
            "event_id": identity,
            "request_id": identity,
            "kind": "inference",
            "at": NOON_US,
            "arrived_at": more.get("at", NOON_US),
            "environment": "production",
            "service": "bot",
            "version": "1",
            "model": "gpt-4o",
            "operation": "chat",
            "source": "otlp",
            "role": "attempt",
            "outcome": "good",
            "solo": True,
            "latency_s": 0.5,
            "tokens_in": 100,
            "tokens_out": 10,
            "cost_nano": 350_000,
            "currency": "USD",
            "cost_basis": "exact",
        }
        return base | more

    def fold(self, *events: dict[str, Any]) -> FoldResult:
        """Fold `events` as one batch of a journal."""
        batch = EventBatch()
        for event in events:
            batch.add(event)
        self._position += 1
        record_batch = decode_payload(encode_batch(batch), SCHEMA_ID)
        offsets = {"w0": JournalOffset(0, self._position)}
        return self.telemetry.fold([record_batch], offsets, now_us=NOON_US)
