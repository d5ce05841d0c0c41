"""Group commit on an event loop: one frame for a crowd, none waits for ever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, InvalidInputError, OverloadedError, StorageFullError
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.group_commit import GroupCommit, GroupCommitOptions
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.system import RealDisk
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import UNLIMITED_BYTES, SimDisk


def batch_of(*numbers: int, **more: Any) -> EventBatch:
    batch = EventBatch()
    for number in numbers:
        batch.add(
            {
                "event_id": number.to_bytes(16, "big"),
                "kind": "heartbeat",
                "at": 1,
                "arrived_at": 2,
                "environment": "production",
                "service": "bot",
                "request_id": bytes(16),
                "source": "api",
                **more,
            }
        )
    return batch


class GatedWriter(JournalWriter):
    """Waits for the gate before each append and counts frames."""

    def __init__(self, disk: SimDisk | None = None) -> None:
        options = WriterOptions(free_bytes_min=0)
        disk = disk or SimDisk()
        super().__init__(disk, "home/journal/w0", writer="w0", clock=SimClock(), options=options)
        self.disk = disk
        self.gate = threading.Event()
        self.started = threading.Event()
        self.rows: list[int] = []

    def append(self, payload: bytes, *, schema_id: int, rows: int) -> JournalOffset:
        self.started.set()
        assert self.gate.wait(10)
        offset = super().append(payload, schema_id=schema_id, rows=rows)
        self.rows.append(rows)
        return offset


def stored(disk: SimDisk | RealDisk, root: str = "home/journal") -> list[int]:
    frames = JournalReader(disk, root).read({}).frames
    columns = [decode_payload(frame.payload, frame.schema_id).column("event_id").to_pylist() for frame in frames]
    return [int.from_bytes(each, "big") for column in columns for each in column]


async def started(writer: GatedWriter) -> None:
    await asyncio.to_thread(writer.started.wait, 10)


def test_what_piles_up_during_a_sync_goes_out_as_one_frame() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        group = GroupCommit(writer)
        first = asyncio.create_task(group.commit(batch_of(0)))
        await started(writer)
        rest = [asyncio.create_task(group.commit(batch_of(number))) for number in range(1, 51)]
        await asyncio.sleep(0)
        writer.gate.set()
        await asyncio.gather(first, *rest)
        assert writer.rows == [1, 50]
        assert stored(writer.disk) == list(range(51))
        assert group.backlog_bytes == 0
        await group.close()

    asyncio.run(scenario())


def test_a_backlog_beyond_its_bytes_is_refused_with_a_time_to_come_again() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        group = GroupCommit(writer, GroupCommitOptions(backlog_bytes_max=1000))
        waiting = [asyncio.create_task(group.commit(batch_of(1, 2, 3))) for _ in range(1)]
        await started(writer)
        with pytest.raises(OverloadedError, match="wait for the disk") as caught:
            await group.commit(batch_of(4))
        assert caught.value.retry_after_s == 1
        writer.gate.set()
        await asyncio.gather(*waiting)
        await group.commit(batch_of(5))
        await group.commit(batch_of(*range(10, 30)))  # larger than the backlog may be: taken when nothing waits
        await group.close()
        assert stored(writer.disk) == [1, 2, 3, 5, *range(10, 30)]

    asyncio.run(scenario())


def test_one_batch_that_cannot_be_written_does_not_harm_its_companions() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        group = GroupCommit(writer)
        first = asyncio.create_task(group.commit(batch_of(0)))
        await started(writer)
        rest = [batch_of(1), batch_of(2, tokens_in="many"), batch_of(3)]
        tasks = [asyncio.create_task(group.commit(batch)) for batch in rest]
        await asyncio.sleep(0)
        writer.gate.set()
        answers = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [type(each) for each in answers] == [type(None), type(None), InvalidInputError, type(None)]
        assert stored(writer.disk) == [0, 1, 3]
        assert group.backlog_bytes == 0
        await group.close()

    asyncio.run(scenario())


def test_a_full_disk_is_told_to_everyone_waiting_and_ends_without_a_restart() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        writer.gate.set()
        group = GroupCommit(writer)
        await group.commit(batch_of(1))
        writer.disk.capacity_bytes = 10
        answers = await asyncio.gather(*(group.commit(batch_of(n)) for n in range(2, 6)), return_exceptions=True)
        assert {type(each) for each in answers} == {StorageFullError}
        writer.disk.capacity_bytes = UNLIMITED_BYTES
        await group.commit(batch_of(9))
        assert stored(writer.disk) == [1, 9]
        assert group.backlog_bytes == 0
        await group.close()

    asyncio.run(scenario())


def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        group = GroupCommit(writer)
        first = asyncio.create_task(group.commit(batch_of(0)))
        await started(writer)
        impatient, patient = (asyncio.create_task(group.commit(batch_of(n))) for n in (1, 2))
        await asyncio.sleep(0)
        impatient.cancel()
        writer.gate.set()
        await asyncio.gather(first, patient)
        assert impatient.cancelled()
        assert stored(writer.disk) == [0, 1, 2]
        await group.close()

    asyncio.run(scenario())


def test_a_bug_below_wakes_every_waiter_and_the_next_commit_works() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        writer.gate.set()
        broken = True

        async def runner(work: Any) -> None:
            await asyncio.sleep(0)
            if broken:
                raise ZeroDivisionError
            work()

        group = GroupCommit(writer, GroupCommitOptions(runner=runner, group_rows_max=1))
        answers = await asyncio.gather(*(group.commit(batch_of(n)) for n in range(3)), return_exceptions=True)
        assert {type(each) for each in answers} == {ZeroDivisionError}
        assert group.backlog_bytes == 0
        broken = False
        await group.commit(batch_of(7))
        assert stored(writer.disk) == [7]
        await group.close()

    asyncio.run(scenario())


def test_closing_writes_what_waits_and_refuses_what_comes_later() -> None:
    async def scenario() -> None:
        writer = GatedWriter()
        group = GroupCommit(writer)
        waiting = [asyncio.create_task(group.commit(batch_of(n))) for n in range(3)]
        await started(writer)
        closing = asyncio.create_task(group.close())
        await asyncio.sleep(0)
        with pytest.raises(ConflictError, match="is closed"):
            await group.commit(batch_of(9))
        writer.gate.set()
        await asyncio.gather(closing, *waiting)
        assert stored(writer.disk) == [0, 1, 2]

    asyncio.run(scenario())


def test_an_empty_batch_is_durable_at_once() -> None:
    async def scenario() -> None:
        group = GroupCommit(GatedWriter())
        await group.commit(EventBatch())
        await group.close()

    asyncio.run(scenario())


def test_commits_one_after_another_and_at_once_all_reach_a_real_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        options = WriterOptions(free_bytes_min=0)
        writer = JournalWriter(RealDisk(), f"{tmp_path}/w0", writer="w0", clock=SimClock(), options=options)
        group = GroupCommit(writer)

        async def client(number: int) -> None:
            for turn in range(10):
                await group.commit(batch_of(number * 100 + turn))

        await asyncio.gather(*(client(number) for number in range(8)))
        await group.close()

    asyncio.run(scenario())
    expected = [number * 100 + turn for number in range(8) for turn in range(10)]
    assert sorted(stored(RealDisk(), str(tmp_path))) == expected


def test_a_data_plane_worker_that_journals_loads_no_engine() -> None:
    code = "import sys, evenkeel.store.journal.group_commit, evenkeel.store.system; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "sqlalchemy", "fastapi", "numpy"} & {each.partition(".")[0] for each in loaded}
