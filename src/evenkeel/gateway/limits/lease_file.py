"""What a worker has used of its leases, in a mapped file of its own: it outlives the worker, not the machine.

Each number is stored by one instruction, so a kill finds it old or new; the order of stores makes every state in
between one that charges enough. An entry has the use of one account:

* used: all that was ever reserved, less what was not needed. It alone decides what a dead worker is charged.
* settled: of `used`, what was really spent. The rest is reserved: nobody knows what became of it after a death.
* overrun: of `used`, what was used beyond its reservation.
* two marks (used, overrun): how much of it the account has charged already. The account's turn, which changes in
  the same write as what is charged, says which of the two is right; the other is written before.

After a power cut the file cannot be trusted, since it is never synced; it knows the boot it is of.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import threading
from collections.abc import Iterator, MutableSequence
from pathlib import Path
from typing import Final, cast

from evenkeel.gateway.limits.changing import Used
from evenkeel.kernel.errors import ConflictError, OverloadedError

#: Accounts a worker may have leases of at a time. 1.25 MiB.
ENTRIES_MAX: Final = 16_384
_WORDS: Final = 10  # of an entry, 8 bytes each: name, name, used, settled, overrun, marks (4), unused
_NAME, USED, SETTLED, OVERRUN, _MARKS = 0, 2, 3, 4, 5
_HEADER: Final = 8  # words: magic, boot, boot, unused
_MAGIC: Final = 0x31_7365_7361_656C  # "leases1"
_BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")
#: How long a worker waits for its file: a predecessor may still be dying, or another recovers it.
_TRIES_MAX: Final = 500
_BETWEEN_S: Final = 0.01


class LeaseFile:
    """The entries of one worker, by index. `words` is the mapped file; tests give it a list."""

    def __init__(self, words: MutableSequence[int], boot: bytes) -> None:
        self.words = words
        self._boot = (int.from_bytes(boot[:8], "little") >> 1, int.from_bytes(boot[8:16], "little") >> 1)
        self._capacity = (len(words) - _HEADER) // _WORDS
        self._unused: list[int] = []
        self._next = 0
        self._places: dict[bytes, int] = {}  # of a predecessor's entries

    @property
    def is_trusted(self) -> bool:
        """Whether it is of this boot: nothing that was stored is missing."""
        words = self.words
        return words[0] == _MAGIC and (words[1], words[2]) == self._boot and self._boot != (0, 0)

    def used(self) -> dict[bytes, Used]:
        """What it says of each account, by `record.name_of`; nothing when it cannot be trusted."""
        self._places = dict(self._named()) if self.is_trusted else {}
        return {name: self._used(at) for name, at in self._places.items()}

    def mark(self, name: bytes, turn: int) -> None:
        """Note that with this turn all that was used is charged, of an account that `used` named."""
        at = self._places[name]
        self.write_mark(at, turn, self.words[at + USED], self.words[at + OVERRUN])

    def begin(self) -> None:
        """Forget all entries: of a predecessor whose use was recovered."""
        self.words[0] = 0  # first, so that a half of it is not believed
        for at in range(_HEADER, _HEADER + self._capacity * _WORDS, _WORDS):
            if self.words[at] or self.words[at + 1]:
                self._clear(at)
        self._unused, self._next = [], 0
        self.words[1], self.words[2] = self._boot
        self.words[0] = _MAGIC

    def add(self, name: bytes) -> int:
        """Where the fresh entry of an account lies: the index of its first word. Raises OverloadedError when full."""
        if self._unused:
            at = self._unused.pop()
        elif self._next < self._capacity:
            at = _HEADER + self._next * _WORDS
            self._next += 1
        else:
            fact = f"This worker has leases of {self._capacity} accounts, as many as it can keep."
            raise OverloadedError(fact, retry_after_s=10, hint="See that fewer users share a limit of their own.")
        self._clear(at)
        words = self.words
        words[at + 1] = _signed(name[8:])
        words[at] = _signed(name[:8])
        return at

    def remove(self, at: int) -> None:
        """Give up an entry: all that was used is charged, and nothing is leased."""
        self.words[at + _NAME] = 0
        self._clear(at)
        self._unused.append(at)

    def read_mark(self, at: int, turn: int) -> tuple[int, int]:
        """(used, overrun) that the account has charged when its turn is `turn`."""
        first = at + _MARKS + 2 * turn
        return self.words[first], self.words[first + 1]

    def write_mark(self, at: int, turn: int, used: int, overrun: int) -> None:
        """Note what will be charged when the account's turn has become `turn`."""
        first = at + _MARKS + 2 * turn
        self.words[first] = used
        self.words[first + 1] = overrun

    def close(self) -> None:
        """Nothing to release."""

    def _named(self) -> Iterator[tuple[bytes, int]]:
        words = self.words
        for at in range(_HEADER, _HEADER + self._capacity * _WORDS, _WORDS):
            if words[at] and words[at + 1]:
                yield _unsigned(words[at]) + _unsigned(words[at + 1]), at

    def _used(self, at: int) -> Used:
        used, settled, overrun = (self.words[at + which] for which in (USED, SETTLED, OVERRUN))
        return Used(used, settled, overrun, (self.read_mark(at, 0), self.read_mark(at, 1)))

    def _clear(self, at: int) -> None:
        for word in range(at, at + _WORDS):
            self.words[word] = 0


class MappedLeaseFile(LeaseFile):
    """The lease file of one worker at a path; nobody else has it while it is open."""

    def __init__(self, path: Path, boot: bytes, *, tries_max: int = _TRIES_MAX) -> None:
        size = 8 * (_HEADER + ENTRIES_MAX * _WORDS)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(self._descriptor, path.name, tries_max)
            if os.fstat(self._descriptor).st_size < size:
                os.posix_fallocate(self._descriptor, 0, size)  # else a full disk would kill with SIGBUS
            self._map = mmap.mmap(self._descriptor, size)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._view = memoryview(self._map).cast("q")
        super().__init__(cast("MutableSequence[int]", self._view), boot)

    def close(self) -> None:
        """Let a successor have it; closing twice is harmless."""
        if self._descriptor >= 0:
            self._view.release()
            self._map.close()
            os.close(self._descriptor)
            self._descriptor = -1


def read_boot() -> bytes:
    """16 bytes that tell this boot of the machine from all others; where none is told, zeros: trusted never."""
    try:
        return bytes.fromhex(_BOOT_FILE.read_text("ascii").strip().replace("-", ""))
    except (OSError, ValueError):
        return bytes(16)


def _lock(descriptor: int, name: str, tries_max: int) -> None:
    never = threading.Event()
    for tried in range(tries_max):
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if tried < tries_max - 1:
            never.wait(_BETWEEN_S)
    raise ConflictError(
        f"{name} belongs to another worker that is alive.", hint="Give each worker a number of its own."
    )


def _signed(half: bytes) -> int:
    return int.from_bytes(half, "little", signed=True) or 1


def _unsigned(word: int) -> bytes:
    return word.to_bytes(8, "little", signed=True)
