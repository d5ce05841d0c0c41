"""A seeded life of a journal on a disk that crashes, and the check at its end.

A schedule: clients commit batches through GroupCommit, other processes fold and delete between any two
disk operations, machines lose power, processes are killed, disks fill up and fail to sync, clocks step;
clients send again what was not acknowledged. At its end every acknowledged event must be stored exactly
once, every batch whole or not at all, and no frame folded twice.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import OverloadedError
from evenkeel.store.journal.frame import MAGIC
from evenkeel.store.journal.group_commit import GroupCommit, GroupCommitOptions
from evenkeel.store.journal.reader import FindingKind, Frame, JournalReader, ReadLimits
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import UNLIMITED_BYTES, SimDisk, SimulatedCrashError

ROOT = "home/journal"
WRITERS = ("w0", "w1")


class ProcessKilledError(Exception):
    """kill -9: the process is gone, the page cache stays."""


class ViolationError(AssertionError):
    """A promise was broken."""


async def inline(work: Callable[[], None]) -> None:
    """Instead of a thread, so that a seed decides everything."""
    await asyncio.sleep(0)
    work()


def encode_ids(chance: random.Random, batch: EventBatch) -> bytes:
    """A small payload: event ids, then bytes that look as much like a frame as a sender can make them."""
    ids = batch.columns["event_id"]
    padding = chance.choice((b"", bytes(40), MAGIC * 3, MAGIC + struct.pack("<HHIIq", 1, 1, 1, 9, 0)))
    return struct.pack("<H", len(ids)) + b"".join(ids) + padding * chance.randint(0, 20)


def decode_ids(payload: bytes) -> list[bytes]:
    (count,) = struct.unpack_from("<H", payload)
    return [payload[2 + 16 * each : 18 + 16 * each] for each in range(count)]


@dataclass
class Store:
    """The store of truth, reduced to its promise: events and offsets change together or not at all."""

    disk: SimDisk
    events: dict[bytes, int] = field(default_factory=dict)
    offsets: dict[str, JournalOffset] = field(default_factory=dict)
    folded: set[tuple[str, int, int]] = field(default_factory=set)

    def fold(self, frames: list[Frame], offsets: Mapping[str, JournalOffset]) -> None:
        self.disk.step("commit", "store")
        self.put_events(frames)
        self.offsets.update(offsets)
        self.disk.step("committed", "store")

    def put_events(self, frames: list[Frame]) -> None:
        for frame in frames:
            key = (frame.writer, frame.segment, frame.position_end)
            if key in self.folded:
                raise ViolationError(f"{key} was folded twice")
            self.folded.add(key)
            for event_id in decode_ids(frame.payload):  # sent again: known by its id
                self.events[event_id] = self.events.get(event_id, 0) or 1


class EventsFirstStore(Store):
    """Broken: two transactions, events before offsets."""

    def fold(self, frames: list[Frame], offsets: Mapping[str, JournalOffset]) -> None:
        self.put_events(frames)
        self.disk.step("commit", "store")
        self.offsets.update(offsets)


class OffsetsFirstStore(Store):
    """Broken: two transactions, offsets before events."""

    def fold(self, frames: list[Frame], offsets: Mapping[str, JournalOffset]) -> None:
        self.offsets.update(offsets)
        self.disk.step("commit", "store")
        self.put_events(frames)


@dataclass
class Sent:
    batch: EventBatch
    ids: list[bytes]
    acknowledged: bool = False


@dataclass(frozen=True)
class House:
    """What a schedule is played with; tests replace a part by a broken one."""

    writer: type[JournalWriter] = JournalWriter
    reader: type[JournalReader] = JournalReader
    store: type[Store] = Store
    lies_about_sync: bool = False
    forgets_names: bool = False


class Life:
    """One schedule."""

    def __init__(self, seed: int, house: House) -> None:
        self.chance = random.Random(seed)
        self.house = house
        self.disk = SimDisk(seed)
        self.disk.lies_about_sync = house.lies_about_sync
        self.disk.forgets_names = house.forgets_names
        self.store = house.store(self.disk)
        self.clock = SimClock()
        self.sent: list[Sent] = []
        self.workers: dict[str, tuple[JournalWriter, GroupCommit]] = {}
        self.next_id = 0
        self.is_folding = False
        self.kill_in: int | None = None
        self.options = WriterOptions(
            segment_bytes_max=self.chance.choice((300, 2_000, 1_000_000)),
            # Asking how much room there is helps only while nobody else fills it.
            free_bytes_min=self.chance.choice((0, -1_000_000)),
        )
        self.reader = self.new_reader()
        self.disk.on_operation = self.meanwhile

    # --- processes
    def new_reader(self) -> JournalReader:
        limits = ReadLimits(rows_max=self.chance.choice((2, 1_000)), bytes_max=self.chance.choice((100, 10**6)))
        return self.house.reader(self.disk, ROOT, limits)

    def worker(self, name: str) -> tuple[JournalWriter, GroupCommit]:
        if name not in self.workers:
            writer = self.house.writer(self.disk, f"{ROOT}/{name}", writer=name, clock=self.clock, options=self.options)
            encode = partial(encode_ids, self.chance)
            group_rows_max = self.chance.choice((1, 4, 100))
            options = GroupCommitOptions(encode=encode, runner=inline, group_rows_max=group_rows_max)
            self.workers[name] = (writer, GroupCommit(writer, options))
        return self.workers[name]

    def lose_power(self) -> None:
        self.disk.crash()
        self.workers.clear()
        self.reader = self.new_reader()

    def kill_processes(self) -> None:
        self.disk.release_locks()  # the kernel closes and unlocks; nothing is synced
        self.workers.clear()
        self.reader = self.new_reader()

    def meanwhile(self, operation: str, path: str) -> None:
        """What other processes do between two operations of this one."""
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in <= 0:
                self.kill_in = None
                raise ProcessKilledError(path)
        if self.is_folding:
            if self.chance.random() < 0.1:
                for _ in range(self.chance.randint(1, 4)):  # enough to fill a segment and open the next
                    self.append_directly()
        elif self.chance.random() < 0.05:
            self.fold()

    # --- what happens
    def new_batch(self) -> Sent:
        again = [sent for sent in self.sent if not sent.acknowledged]
        if again and self.chance.random() < 0.4:
            return self.chance.choice(again)
        batch = EventBatch()
        for _ in range(self.chance.randint(1, 3)):
            self.next_id += 1
            batch.columns["event_id"].append(self.next_id.to_bytes(16, "big"))
            batch.columns["attributes"].append(None)
        sent = Sent(batch, list(batch.columns["event_id"]))
        self.sent.append(sent)
        return sent

    async def commit_some(self) -> None:
        group = self.worker(self.chance.choice(WRITERS))[1]
        sent = [self.new_batch() for _ in range(self.chance.randint(1, 5))]
        answers = await asyncio.gather(*(group.commit(each.batch) for each in sent), return_exceptions=True)
        for each, answer in zip(sent, answers, strict=True):
            if answer is None:
                each.acknowledged = True
        severe = [each for each in answers if each is not None and not isinstance(each, OverloadedError)]
        if severe:
            raise severe[0]

    def append_directly(self) -> None:
        name = self.chance.choice(WRITERS)
        if name in self.workers:
            sent = self.new_batch()
            try:
                self.workers[name][0].append(encode_ids(self.chance, sent.batch), schema_id=1, rows=len(sent.batch))
            except OverloadedError:
                return
            sent.acknowledged = True

    def fold(self) -> bool:
        """One round; whether anything moved."""
        self.is_folding = True
        try:
            result = self.reader.read(self.store.offsets)
            strange = [each for each in result.findings if each.kind in (FindingKind.RESTARTED, FindingKind.UNREADABLE)]
            if strange:
                raise ViolationError(strange[0].message)
            self.store.fold(list(result.frames), result.offsets)
            if self.chance.random() < 0.3:
                self.reader.delete_folded(self.store.offsets)
        finally:
            self.is_folding = False
        return bool(result.offsets)

    def change_disk(self) -> None:
        self.disk.sync_error_ratio = self.chance.choice((0.0, 0.0, 0.3))
        full = self.chance.random() < 0.3
        self.disk.capacity_bytes = UNLIMITED_BYTES
        if full:
            used = UNLIMITED_BYTES - self.disk.free_bytes("")
            self.disk.capacity_bytes = used + self.chance.randint(0, 300)

    async def step(self) -> None:
        what = self.chance.random()
        if what < 0.15:
            self.disk.crash_after(self.chance.randint(1, 40))
        elif what < 0.22:
            self.kill_in = self.chance.randint(1, 30)
        elif what < 0.32:
            self.change_disk()
        elif what < 0.36:
            self.clock.step(self.chance.uniform(-1e6, 1e6))
        elif what < 0.38:
            raise SimulatedCrashError("between operations")
        elif what < 0.6:
            self.fold()
        else:
            await self.commit_some()

    async def live(self) -> None:
        for _ in range(self.chance.randint(5, 30)):
            try:
                await self.step()
            except SimulatedCrashError:
                self.lose_power()
            except ProcessKilledError:
                self.kill_processes()
        await self.recover()
        self.check()

    async def recover(self) -> None:
        """The faults end: without a restart everything works again, and all is folded."""
        self.disk.sync_error_ratio = 0.0
        self.disk.capacity_bytes = UNLIMITED_BYTES
        self.disk.crash_after(-1)
        self.disk.on_operation = None
        self.kill_in = None
        for name in WRITERS:
            sent = self.new_batch()
            await self.worker(name)[1].commit(sent.batch)
            sent.acknowledged = True
        if self.chance.random() < 0.5:
            self.lose_power()
        for name in WRITERS:  # a new segment tells the reader that the one before is final
            _, group = self.worker(name)
            await group.close()
            del self.workers[name]
            sent = self.new_batch()
            await self.worker(name)[1].commit(sent.batch)
            sent.acknowledged = True
        while self.fold():
            pass

    def check(self) -> None:
        for sent in self.sent:
            stored = [self.store.events.get(event_id, 0) for event_id in sent.ids]
            if sent.acknowledged and stored != [1] * len(stored):
                raise ViolationError(f"acknowledged, stored {stored} times")
            if stored not in ([0] * len(stored), [1] * len(stored)):
                raise ViolationError(f"half a batch: {stored}")


def play(seeds: range, house: House | None = None) -> None:
    """Live every seed; raises ViolationError naming the first that went wrong."""

    async def all_of_them() -> None:
        for seed in seeds:
            try:
                await Life(seed, house or House()).live()
            except ViolationError as error:
                raise ViolationError(f"schedule {seed}: {error}") from error

    asyncio.run(all_of_them())


@pytest.fixture
def schedules() -> SimpleNamespace:
    """What the tests of this folder play with."""
    return SimpleNamespace(
        play=play,
        House=House,
        ViolationError=ViolationError,
        EventsFirstStore=EventsFirstStore,
        OffsetsFirstStore=OffsetsFirstStore,
    )
