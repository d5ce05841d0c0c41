"""Every adapter of the telemetry port, and events to give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.store.journal.codec import decode_payload, encode_batch
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import FoldResult, JournalOffset, Telemetry

#: A Tuesday, on the hour, in microseconds.
NOON_US = 20_000 * US_PER_DAY + 12 * US_PER_HOUR


class Feeder:
    """Folds events given as mappings of what differs from an ordinary, successful chat call."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.telemetry = telemetry
        self.noon_us = NOON_US
        self._number = 0
        self._position = 0

    def event(self, **more: Any) -> dict[str, Any]:
        self._number += 1
        identity = self._number.to_bytes(16, "big")
        base: dict[str, Any] = {
            "event_id": identity,
            "request_id": identity,
            "kind": "inference",
            "at": NOON_US,
            "arrived_at": NOON_US,
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
        batch = EventBatch()
        for event in events:
            batch.add(event)
        self._position += 1
        record_batch = decode_payload(encode_batch(batch), SCHEMA_ID)
        offsets = {"w0": JournalOffset(0, self._position)}
        return self.telemetry.fold([record_batch], offsets, now_us=NOON_US)


@pytest.fixture(params=["duckdb"])
def open_telemetry(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Telemetry]:
    """Opens the same store each time it is called."""
    assert request.param == "duckdb"
    return lambda: DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)


@pytest.fixture
def telemetry(open_telemetry: Callable[[], Telemetry]) -> Iterator[Telemetry]:
    store = open_telemetry()
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: Telemetry) -> Feeder:
    return Feeder(telemetry)
