"""The journal against the disk's own limit: frames and bytes made durable per second.

The raw figure appends the same bytes and syncs them without frames, checksums or names: no journal can be
faster on this disk. The ratio of the two is what the machine hardly changes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence

from bench.report import Row, beside

from evenkeel.kernel.batch import EventBatch
from evenkeel.store.journal.codec import encode_batch
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.system import RealDisk, SystemClock

HEADING = "Journal: appends made durable per second, wall time"
SECONDS = 1.0  # per figure
SIZES = (1_000, 100_000, 1_000_000)
CLIENTS = 64


def measure(*, full: bool = False) -> Sequence[Row]:
    """The table: raw and framed appends by size, then whole batches through group commit."""
    del full
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=".") as directory:
        for size in SIZES:
            raw, framed = _side_by_side(directory, bytes(size))
            rows += [
                Row(f"raw append + sync, {size:,} B", raw, "1/s"),
                Row(f"journal frame, {size:,} B", framed, "1/s", beside=beside("raw", raw, "1/s", framed)),
                Row(f"journal bytes, {size:,} B", framed * size / 1e6, "MB/s"),
            ]
        rows.append(
            Row(f"group commit, {CLIENTS} clients of 20 events", asyncio.run(_events_per_s(directory)), "events/s")
        )
    return rows


def _side_by_side(directory: str, data: bytes) -> tuple[float, float]:
    """Raw and framed appends per second, taken in turns: the speed of a shared disk drifts."""
    file = RealDisk().open_append(f"{directory}/raw-{len(data)}")
    writer = _writer(directory, f"w{len(data)}")
    raw_s = framed_s = 0.0
    calls = 0
    while raw_s + framed_s < 2 * SECONDS:
        started = time.perf_counter()
        file.append(data)
        file.sync()
        between = time.perf_counter()
        writer.append(data, schema_id=1, rows=1)
        framed_s += time.perf_counter() - between
        raw_s += between - started
        calls += 1
    file.close()
    writer.close()
    return calls / raw_s, calls / framed_s


def _writer(directory: str, name: str) -> JournalWriter:
    options = WriterOptions(segment_bytes_max=1 << 40, free_bytes_min=0)  # one segment, as the raw figure has one file
    return JournalWriter(RealDisk(), f"{directory}/{name}", writer=name, clock=SystemClock(), options=options)


async def _events_per_s(directory: str) -> float:
    group = GroupCommit(_writer(directory, "group"))
    batch = _batch(20)
    started, events = time.perf_counter(), 0

    async def client() -> None:
        nonlocal events
        while time.perf_counter() - started < SECONDS:
            await group.commit(batch)
            events += len(batch)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    elapsed = time.perf_counter() - started
    await group.close()
    return events / elapsed


def _batch(events: int) -> EventBatch:
    batch = EventBatch()
    for number in range(events):
        batch.add(
            {
                "event_id": number.to_bytes(16, "big"),
                "kind": "inference",
                "at": 1,
                "arrived_at": 2,
                "environment": "production",
                "service": "bench",
                "model": "gpt-4o-mini",
                "request_id": bytes(16),
                "role": "attempt",
                "source": "api",
                "latency_s": 0.25,
                "tokens_in": 900,
                "tokens_out": 120,
                "attributes": '{"gen_ai.request.temperature": 0.2}',
            }
        )
    encode_batch(batch)  # the first one loads what is loaded once
    return batch
