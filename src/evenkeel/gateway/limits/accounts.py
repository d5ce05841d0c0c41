"""The accounts of a machine in one file of fixed records, changed by workers only and under one lock.

A record is found by its name with open addressing. It is put elsewhere never, and given to another account only
when its period and its grace are over. A lease is answered after it is on stable storage; everything else may be
lost with the power, because what is lost is then charged: leases count as spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from evenkeel.gateway.limits import changing
from evenkeel.gateway.limits.changing import WANTED_US, Answer, Change, Recovered, Used, grace_us
from evenkeel.gateway.limits.model import Account, AccountState, Period
from evenkeel.gateway.limits.record import (
    SIZE,
    TAG_SIZE,
    WORKERS_MAX,
    Record,
    holder_in,
    name_of,
    unpack,
    whose_of,
)
from evenkeel.gateway.limits.shared_file import RealSharedFile, SharedFile
from evenkeel.kernel.errors import CorruptDataError, EvenkeelError, OverloadedError
from evenkeel.kernel.time import US_PER_DAY

#: Twice the accounts that are expected at a time, 16,384, so that chains stay short. 16 MiB.
SLOTS: Final = 32_768
#: How far a record may lie from where its name points to. Half full, chains are some tens at most.
_PROBES_MAX: Final = 256
#: Readers do not lock. A record that is being written while it is read is whole the next time.
_READS_MAX: Final = 64
_READ_AHEAD: Final = 128  # records at a time, where all are looked at
_MAGIC: Final = b"evenkeel accounts 1\n"
_CALLS: Final = slice(32, 40)  # of the header: how often a worker was short of something


class Accounts:
    """All accounts of this machine. Its methods block, for a sync at worst; a worker calls them in a thread."""

    look_every_s = 0.02  # a read of 512 bytes
    calls_at_hand = True  # as often as they are read, they never leave memory
    lets_pass = False

    def __init__(self, file: SharedFile, *, slots: int = SLOTS) -> None:
        self._file = file
        self._slots = slots
        self._found: dict[bytes, int] = {}  # where a record was seen last
        head = file.read(0, SIZE)
        if head.strip(b"\0"):
            self._slots = read_slots(head)
        else:
            file.write(0, (_MAGIC.ljust(24, b"\0") + slots.to_bytes(8, "little")).ljust(SIZE, b"\0"))
            file.sync()

    @classmethod
    def open(cls, path: Path, *, slots: int = SLOTS) -> Accounts:
        """The accounts at `path`, made with room for `slots` records if there are none. Raises OSError."""
        return cls(RealSharedFile(path, (slots + 1) * SIZE), slots=slots)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def state(self, account: Account) -> AccountState | None:
        """How an account stands, without the lock; None when nobody used it. Raises CorruptDataError."""
        for left in reversed(range(_READS_MAX)):
            try:
                _, record = self._find(name_of(account))
            except CorruptDataError:
                if not left:
                    raise
                continue
            return None if record is None else record.state
        return None

    def calls(self) -> int:
        """A number that grows whenever a worker is short of something that others may have leased."""
        return int.from_bytes(self._file.read(0, SIZE)[_CALLS], "little")

    def wanted(self, names: Iterable[bytes], now_us: int) -> list[bytes]:
        """Which of these accounts a worker is short of now."""
        found: list[bytes] = []
        for name in names:
            try:
                _, record = self._find(name)
            except CorruptDataError:
                continue
            if record is not None and now_us < record.wanted_until_us <= now_us + WANTED_US:
                found.append(name)
        return found

    def apply(
        self, worker: int, changes: Sequence[Change], now_us: int, *, syncs: bool = False
    ) -> list[Answer | EvenkeelError]:
        """Do `changes` in order; the answers, when all that was leased is durable.

        An account that is damaged or has no room is answered with its error, and nothing of its change is done. With
        `syncs` all is durable, whatever it is. Raises OSError, and OverloadedError when the lock is not to be had;
        then some changes may have been done and others not, none of them by half.
        """
        answers: list[Answer | EvenkeelError] = []
        with self._file.locked():
            for change in changes:
                try:
                    slot, record = self._take(change.account, change.name, now_us)
                except (CorruptDataError, OverloadedError) as error:
                    answers.append(error)
                    continue
                answer = changing.apply(record, worker, change, now_us)
                self._put(slot, record)
                if answer.granted < change.least and answer.others:
                    self._call()
                answers.append(answer)
                syncs |= change.account.limit.period is not Period.MINUTE and answer.granted + change.cover > 0
        if syncs:  # not under the lock: what others write meanwhile is synced with it, and harms nobody
            self._file.sync()
        return answers

    def recover(self, worker: int, used: Mapping[bytes, Used], mark: Callable[[bytes, int], None]) -> Recovered:
        """Charge what a dead worker had spent and reserved, and free the rest of its leases.

        `mark(name, turn)` notes for which turn all that it used counts as charged, before it is. An account that
        `used` does not name is charged its whole lease: nobody knows what became of it.
        """
        total = Recovered()
        with self._file.locked():
            for slot, record in self._all():
                known = used.get(record.name)
                if record.leases[worker] == 0 and known is None:
                    continue
                found = changing.recover(record, worker, known, partial(mark, record.name))
                if found.accounts:
                    self._put(slot, record)
                    total = total.and_(found)
        return total

    def lessees(self) -> set[int]:
        """Workers that have something leased."""
        return {worker for _, record in self._all() for worker in range(WORKERS_MAX) if record.leases[worker]}

    def reconcile(self, account: Account, amount: int) -> int:
        """Take back up to `amount` of what was charged for dead workers and was not used in truth; what was taken.

        Durable on return.
        """
        with self._file.locked():
            slot, record = self._find(name_of(account))
            if slot is None or record is None:
                return 0
            taken = changing.reconcile(record, amount)
            self._put(slot, record)
        self._file.sync()
        return taken

    def forget(self, holder: str) -> int:
        """Take a name out of all accounts, which count on without it; out of how many. Durable on return."""
        count = 0
        with self._file.locked():
            for slot, record in self._all():
                if holder_in(record.whose) == holder:
                    record.whose = record.whose[:TAG_SIZE]
                    self._put(slot, record)
                    count += 1
        if count:
            self._file.sync()
        return count

    def _take(self, account: Account, name: bytes, now_us: int) -> tuple[int, Record]:
        """The record of an account, and where it lies; a fresh one if there is none. Under the lock."""
        slot, record = self._find(name)
        if record is None or slot is None:
            slot = self._room(name, now_us)
            record = Record(name, account.limit.amount, until_us=account.until_us, grace_us=grace_us(account))
            self._remember(name, slot)
        record.amount = account.limit.amount
        if not record.whose:
            record.whose = whose_of(account)
        return slot, record

    def _find(self, name: bytes) -> tuple[int | None, Record | None]:
        known = self._found.get(name)
        if known is not None:
            record = self._read(known)
            if record is not None and record.name == name:
                return known, record
            self._found.pop(name, None)
        damaged: CorruptDataError | None = None
        for slot in self._chain(name):
            try:
                record = self._read(slot)
            except CorruptDataError as error:  # it may be another's
                damaged = error
                continue
            if record is None:
                break
            if record.name == name:
                self._remember(name, slot)
                return slot, record
        if damaged is not None:
            raise damaged
        return None, None

    def _remember(self, name: bytes, slot: int) -> None:
        if len(self._found) >= self._slots:  # most of them are of periods long over
            self._found.clear()
        self._found[name] = slot

    def _room(self, name: bytes, now_us: int) -> int:
        """The first place in a name's chain that is empty or whose account is over."""
        for slot in self._chain(name):
            record = self._read(slot)
            if record is None or _is_over(record, now_us):
                return slot
        fact = f"There is no room for another account of a limit: {self._slots} records, too many of them in use."
        raise OverloadedError(fact, retry_after_s=60, hint='Limits of "*" by minute and by user take the most room.')

    def _chain(self, name: bytes) -> Iterator[int]:
        home = int.from_bytes(name[:8], "little")
        return ((home + step) % self._slots for step in range(min(_PROBES_MAX, self._slots)))

    def _all(self) -> Iterator[tuple[int, Record]]:
        """Every record that is whole, with its place."""
        for first in range(0, self._slots, _READ_AHEAD):
            block = self._file.read((first + 1) * SIZE, min(_READ_AHEAD, self._slots - first) * SIZE)
            if block == bytes(len(block)):  # to strip it takes 40 times as long, of all a start takes the most
                continue
            for offset in range(0, len(block), SIZE):
                try:
                    record = unpack(block[offset : offset + SIZE])
                except CorruptDataError:
                    continue
                if record is not None:
                    yield first + offset // SIZE, record

    def _read(self, slot: int) -> Record | None:
        return unpack(self._file.read((slot + 1) * SIZE, SIZE))

    def _put(self, slot: int, record: Record) -> None:
        record.version += 1
        self._file.write((slot + 1) * SIZE, record.pack())

    def _call(self) -> None:
        head = bytearray(self._file.read(0, SIZE))
        head[_CALLS] = (int.from_bytes(head[_CALLS], "little") + 1).to_bytes(8, "little")
        self._file.write(0, bytes(head))


def read_slots(head: bytes) -> int:
    """How many records a file has, by its first 512 bytes. Raises CorruptDataError for anything else."""
    if head[: len(_MAGIC)] != _MAGIC:
        raise CorruptDataError("This is no file of accounts.", hint="Restore it; without it nothing is let through.")
    return int.from_bytes(head[24:32], "little")


def _is_over(record: Record, now_us: int) -> bool:
    grace_us = max(record.grace_us, US_PER_DAY) if any(record.leases) else record.grace_us
    return now_us >= record.until_us + grace_us
