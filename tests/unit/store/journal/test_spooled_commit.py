"""Committed is written down; journaled it is soon after, once or more often, never less."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from evenkeel.kernel.errors import ConflictError, InvalidInputError, OverloadedError, StorageFullError
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.group_commit import GroupCommit, GroupCommitOptions
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.journal.spool import Spool
from evenkeel.store.journal.spooled_commit import BACKLOG_BYTES_MAX, SpooledCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import SimDisk


def events(number: int, **more: Any) -> list[dict[str, Any]]:
    name = number.to_bytes(16)
    made = {
        "event_id": name,
        "kind": "inference",
        "at": 1,
        "arrived_at": 2,
        "environment": "production",
        "service": "bot",
        "request_id": name,
        "source": "gateway",
        **more,
    }
    return [made]


class Gate:
    """Lets the journal work, or not."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.failures: list[Exception] = []
        self.groups = 0
        self.worked: asyncio.Queue[int] = asyncio.Queue()

    async def __call__(self, work: Callable[[], None]) -> None:
        await self.is_open.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.groups += 1
        work()
        self.worked.put_nowait(self.groups)


def opened(disk: SimDisk, gate: Gate | None = None) -> SpooledCommit:
    if gate is None:
        gate = Gate()
        gate.is_open.set()
    writer = JournalWriter(disk, "journal/g0", writer="g0", clock=SimClock())
    journal = GroupCommit(writer, GroupCommitOptions(runner=gate))
    return SpooledCommit(Spool(disk, "journal/g0"), journal, retry_s=0.01)


def journaled(disk: SimDisk) -> list[int]:
    frames = JournalReader(disk, "journal").read({}).frames
    names = [
        name for frame in frames for name in decode_payload(frame.payload, frame.schema_id)["event_id"].to_pylist()
    ]
    return [int.from_bytes(getattr(name, "bytes", name)) for name in names]


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


def test_what_is_committed_is_journaled_and_the_spool_is_clear() -> None:
    disk = SimDisk()

    async def work() -> None:
        commit = opened(disk)
        for number in range(5):
            await commit.commit(events(number))
        await commit.close()

    run(work)
    assert journaled(disk) == [0, 1, 2, 3, 4]
    disk.release_locks()
    assert len(Spool(disk, "journal/g0").left()) == 0


def test_commit_does_not_wait_for_the_disk_and_a_crowd_is_one_group() -> None:
    disk = SimDisk()

    async def work() -> None:
        gate = Gate()
        commit = opened(disk, gate)
        for number in range(100):
            await commit.commit(events(number))
        assert gate.groups == 0
        gate.is_open.set()
        await commit.close()
        assert gate.groups <= 2

    run(work)
    assert sorted(journaled(disk)) == list(range(100))


def test_what_comes_in_one_turn_is_written_down_at_once() -> None:
    disk = SimDisk()

    async def work() -> None:
        spool, sizes = Spool(disk, "journal/g0"), list[int]()
        real = spool.write

        def write(batch: Sequence[Mapping[str, Any]]) -> int:
            sizes.append(len(batch))
            return real(batch)

        spool.write = write  # pyright: ignore[reportAttributeAccessIssue]
        journal = GroupCommit(JournalWriter(disk, "journal/g0", writer="g0", clock=SimClock()))
        commit = SpooledCommit(spool, journal)
        await asyncio.gather(*(commit.commit(events(number)) for number in range(10)))
        await commit.close()
        assert sizes == [10]

    run(work)
    assert sorted(journaled(disk)) == list(range(10))


def test_one_that_cannot_be_written_down_loses_itself_only() -> None:
    disk = SimDisk()

    async def work() -> None:
        commit = opened(disk)
        batches = [events(0), events(1, tokens_in=2**70), events(2)]
        found = await asyncio.gather(*(commit.commit(batch) for batch in batches), return_exceptions=True)
        assert [type(each) for each in found] == [type(None), InvalidInputError, type(None)]
        await commit.close()

    run(work)
    assert sorted(journaled(disk)) == [0, 2]


def test_what_nobody_waits_for_any_more_is_written_down() -> None:
    disk = SimDisk()

    async def work() -> None:
        commit = opened(disk)
        tasks = [asyncio.create_task(commit.commit(events(number))) for number in range(2)]
        await asyncio.sleep(0)  # both have begun, nothing is written yet
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await commit.close()

    run(work)
    assert sorted(journaled(disk)) == [0, 1]


def test_what_a_killed_process_left_is_journaled_by_the_next_one() -> None:
    disk = SimDisk()

    async def killed() -> None:
        commit = opened(disk, Gate())  # its journal never gets to work
        for number in range(3):
            await commit.commit(events(number, model="m"))

    run(killed)
    assert journaled(disk) == []
    disk.release_locks()

    async def work() -> None:
        commit = opened(disk)
        assert await commit.recover() == 3
        await commit.commit(events(3))
        await commit.close()

    run(work)
    assert journaled(disk) == [0, 1, 2, 3]


def test_a_disk_that_fails_for_a_while_loses_nothing() -> None:
    disk = SimDisk()

    async def work() -> None:
        gate = Gate()
        gate.is_open.set()
        gate.failures = [StorageFullError("full", retry_after_s=1), OverloadedError("busy", retry_after_s=1)]
        commit = opened(disk, gate)
        await commit.commit(events(1))
        await commit.commit(events(2))
        async with asyncio.timeout(10):
            await gate.worked.get()
        await commit.close()

    run(work)
    assert sorted(journaled(disk)) == [1, 2]


def test_a_disk_that_fails_until_the_end_leaves_it_in_the_spool() -> None:
    disk = SimDisk()

    async def work() -> None:
        gate = Gate()
        gate.is_open.set()
        gate.failures = [StorageFullError("full", retry_after_s=1)] * 1_000
        commit = opened(disk, gate)
        await commit.commit(events(1))
        await commit.close()
        with pytest.raises(ConflictError):
            await commit.commit(events(2))

    run(work)
    disk.release_locks()
    assert len(Spool(disk, "journal/g0").left()) == 1


def test_one_record_that_cannot_be_written_loses_itself_only() -> None:
    disk = SimDisk()

    async def work() -> None:
        gate = Gate()
        commit = opened(disk, gate)
        await commit.commit(events(0))  # on its way alone
        await asyncio.sleep(0)
        await commit.commit(events(1, tokens_in="many"))
        await commit.commit(events(2))
        gate.is_open.set()
        await commit.close()

    run(work)
    assert sorted(journaled(disk)) == [0, 2]


def test_one_record_that_is_no_event_loses_itself_only() -> None:
    disk = SimDisk()

    async def work() -> None:
        commit = opened(disk)
        await commit.commit(events(1, no_such_column=1))
        await commit.commit(events(2, service=None))
        await commit.commit(events(3))
        await commit.close()

    run(work)
    assert journaled(disk) == [3]


def test_too_much_that_waits_is_refused() -> None:
    disk = SimDisk()

    async def work() -> None:
        commit = opened(disk, Gate())
        large = events(1, attributes="x" * BACKLOG_BYTES_MAX)
        await commit.commit(large)
        with pytest.raises(OverloadedError):
            await commit.commit(events(2))

    run(work)
