"""A real process, a real disk, a real kill -9: what was acknowledged is read back, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import FindingKind, JournalReader
from evenkeel.store.system import RealDisk
from evenkeel.store.telemetry.port import JournalOffset

ROUNDS = 50
BATCH = 20  # events, as the child makes them
LIFE_S = (0.05, 0.4)  # after its first acknowledgement
CHILD = """
import asyncio, os, sys
from evenkeel.kernel.batch import EventBatch
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.system import RealDisk, SystemClock

ROOT, FIRST = sys.argv[1], int(sys.argv[2])
options = WriterOptions(segment_bytes_max=200_000, free_bytes_min=0)
writer = JournalWriter(RealDisk(), ROOT + "/w0", writer="w0", clock=SystemClock(), options=options)
numbers = iter(range(FIRST, FIRST + 10**9))

def one_batch():
    batch = EventBatch()
    for _ in range(20):
        batch.add({"event_id": next(numbers).to_bytes(16, "big"), "kind": "heartbeat", "at": 1, "arrived_at": 2,
                   "environment": "production", "service": "bot", "request_id": bytes(16), "source": "api"})
    return batch

async def client(group):
    while True:
        batch = one_batch()
        ids = [int.from_bytes(each, "big") for each in batch.columns["event_id"]]
        await group.commit(batch)
        # One write below PIPE_BUF: a line is told whole or not at all.
        os.write(1, f"{ids[0]} {ids[-1]}\\n".encode())

async def main():
    group = GroupCommit(writer)
    await asyncio.gather(*(client(group) for _ in range(16)))

asyncio.run(main())
"""


def acknowledged_until_killed(root: Path, first: int, life_s: float) -> list[range]:
    """Let a process write under load, kill it, and answer the events it was told are durable."""
    command = [sys.executable, "-c", CHILD, str(root), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        beginning = child.stdout.readline()
        deadline = time.monotonic() + life_s
        lines = [beginning]
        while time.monotonic() < deadline:
            lines.append(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.readlines()
        assert child.wait() == -signal.SIGKILL
    spans = [line.split() for line in lines if line.endswith(b"\n")]
    return [range(int(low), int(high) + 1) for low, high in spans]


def drain(reader: JournalReader, offsets: dict[str, JournalOffset], stored: Counter[int]) -> list[FindingKind]:
    """Read everything there is, as a fold does."""
    found: list[FindingKind] = []
    while True:
        result = reader.read(offsets)
        offsets.update(result.offsets)
        found += [each.kind for each in result.findings]
        for frame in result.frames:
            ids = decode_payload(frame.payload, frame.schema_id).column("event_id").to_pylist()
            stored.update(int.from_bytes(each, "big") for each in ids)
        if not result.more:
            return found


@pytest.mark.slow
def test_every_acknowledged_event_survives_50_kills_exactly_once(tmp_path: Path) -> None:
    chance = random.Random(9)
    reader = JournalReader(RealDisk(), str(tmp_path))
    offsets: dict[str, JournalOffset] = {}
    stored: Counter[int] = Counter()
    acknowledged: list[int] = []
    for number in range(ROUNDS):
        spans = acknowledged_until_killed(tmp_path, number * 10**9, chance.uniform(*LIFE_S))
        acknowledged += [each for span in spans for each in span]
        assert FindingKind.CORRUPT not in drain(reader, offsets, stored)
        reader.delete_folded(offsets)
    missing = [each for each in acknowledged if stored[each] == 0]
    twice = [each for each, count in stored.items() if count > 1]
    assert len(acknowledged) > ROUNDS * BATCH
    assert not missing
    assert not twice
    assert set(Counter(batch_start(each) for each in stored).values()) == {BATCH}, "half a batch"
    print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, {len(stored)} stored")


def batch_start(event: int) -> int:
    """The first event of the batch that holds `event`: children number them in twenties."""
    return event - event % 10**9 % BATCH
