"""A home of one's own, its control, and events written to its journals as the doors write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.journal.codec import encode_batch
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock

#: (events, writer): append them as one frame; answers their ids.
Write = Callable[..., list[bytes]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def control(home: Home) -> Iterator[Control]:
    with opened(home) as control:
        yield control


@pytest.fixture
def write(home: Home) -> Write:
    """Appends successful chat calls that end now, a second apart, to a journal of the home."""
    numbers = iter(range(1, 1_000_000))

    def write(count: int = 1, *, writer: str = "w0", **more: Any) -> list[bytes]:
        clock, batch, identities = SystemClock(), EventBatch(), []
        for index in range(count):
            identity = next(numbers).to_bytes(16, "big")
            identities.append(identity)
            at = clock.now_us() - (count - index) * US_PER_SECOND
            event: dict[str, Any] = {
                "event_id": identity,
                "request_id": identity,
                "kind": "inference",
                "at": at,
                "arrived_at": at,
                "environment": "production",
                "service": "bot",
                "version": "1",
                "operation": "chat",
                "source": "otlp",
                "role": "attempt",
                "outcome": "good",
                "solo": True,
                "latency_s": 0.5,
            }
            batch.add(event | more)
        home.create()
        journal = JournalWriter(RealDisk(), str(home.journal / writer), writer=writer, clock=clock)
        try:
            journal.append(encode_batch(batch), schema_id=SCHEMA_ID, rows=len(batch))
        finally:
            journal.close()
        return identities

    return write
