"""The real clock, identities and disk: what `kernel.ports` names, done by the operating system."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_RANDOM_BITS = 74  # what RFC 9562 leaves beside 48 bits of milliseconds, version and variant
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1
_STEP_BITS = 32
_STEP_MASK = (1 << _STEP_BITS) - 1
_RANDOM_BYTES = (_RANDOM_BITS + _STEP_BITS + 7) // 8
_DRAWS = 64  # at once: each call of the kernel costs more than what it draws
_NEW_NAMES = itertools.count()


class SystemClock:
    """The clock of this machine."""

    def now_us(self) -> int:
        """Wall time: microseconds since 1970-01-01T00:00Z. May step backwards."""
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never steps."""
        return time.monotonic()


class SystemIds:
    """Identities as UUID version 7 (RFC 9562): milliseconds first, then chance.

    Within a process they rise even when the clock steps backwards or a millisecond yields many.

    >>> ids = SystemIds()
    >>> first, second = ids.new_id(), ids.new_id()
    >>> len(first), first[12], first < second
    (32, '7', True)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._drawn: list[int] = []

    def new_id(self) -> str:
        """A fresh identity: 32 lower-case hex digits. Safe to call from any thread."""
        with self._lock:
            drawn = self._drawn.pop() if self._drawn else self._draw()
            fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | drawn >> _STEP_BITS & _RANDOM_MASK
            # A random step keeps neighbours unguessable when the clock has not moved on.
            self._last = fresh if fresh > self._last else self._last + 1 + (drawn & _STEP_MASK)
            moment, chance = self._last >> _RANDOM_BITS, self._last & _RANDOM_MASK
        high, low = chance >> 62, chance & ((1 << 62) - 1)
        return f"{moment << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}"

    def _draw(self) -> int:
        """Draw many, for this process alone: a fork would share them."""
        chance = os.urandom(_RANDOM_BYTES * _DRAWS)
        starts = range(0, len(chance), _RANDOM_BYTES)
        self._drawn = [int.from_bytes(chance[start : start + _RANDOM_BYTES]) for start in starts]
        return self._drawn.pop()


class SystemChance:
    """Chance from the operating system.

    >>> 0.0 <= SystemChance().random() < 1.0
    True
    """

    def random(self) -> float:
        """Uniform in [0, 1)."""
        return secrets.randbits(53) / (1 << 53)


class RealFile:
    """A file of this machine, open for appending."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def append(self, data: bytes) -> None:
        """Add all of `data`. Raises OSError; then any part of it may have been added."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def sync(self) -> None:
        """Make bytes and length durable. The modification time, which nobody reads, is left out."""
        os.fdatasync(self._descriptor)

    def truncate(self, size: int) -> None:
        """Cut to `size` bytes; durable after `sync`."""
        os.ftruncate(self._descriptor, size)

    def size(self) -> int:
        """Length in bytes."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Release the handle; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RealLock:
    """An exclusive lock on a path, held until `release` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock up; releasing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RealDisk:
    """The file system of this machine. What it creates is readable by its owner only."""

    def make_directory(self, path: str) -> None:
        """Create `path` and its missing parents, each with its name made durable."""
        missing = list(itertools.takewhile(lambda each: not each.is_dir(), (Path(path), *Path(path).parents)))
        for directory in reversed(missing):
            directory.mkdir(mode=0o700, exist_ok=True)
            self.sync_directory(str(directory.parent))

    def open_append(self, path: str) -> RealFile:
        """Open for appending, created empty if absent."""
        return RealFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        """Up to `size` bytes from `offset` (-1: to the end). Raises FileNotFoundError."""
        with Path(path).open("rb") as file:
            left = max(0, os.fstat(file.fileno()).st_size - offset)
            file.seek(offset)
            return file.read(left if size < 0 else min(size, left))  # else Python reserves `size` bytes first

    def size(self, path: str) -> int:
        """Length in bytes. Raises FileNotFoundError."""
        return Path(path).stat().st_size

    def list(self, path: str) -> Sequence[str]:
        """Names in a directory, sorted; empty if it does not exist."""
        try:
            return sorted(each.name for each in Path(path).iterdir())
        except FileNotFoundError:
            return []

    def replace(self, path: str, data: bytes) -> None:
        """Put `data` at `path` atomically and durably."""
        target = Path(path)
        fresh = target.with_name(f".{target.name}.{os.getpid()}-{next(_NEW_NAMES)}.new")
        file = self.open_append(str(fresh))
        try:
            try:
                file.append(data)
                file.sync()
            finally:
                file.close()
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        self.sync_directory(str(target.parent))

    def rename(self, old: str, new: str) -> None:
        """Rename within one file system, atomically; durable after `sync_directory`."""
        Path(old).replace(new)

    def remove(self, path: str) -> None:
        """Delete a file; durable after `sync_directory`. No error if it is gone."""
        Path(path).unlink(missing_ok=True)

    def sync_directory(self, path: str) -> None:
        """Return when the names in `path` are on stable storage."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def free_bytes(self, path: str) -> int:
        """Room left for unprivileged writers on the file system that holds `path` or its first existing parent."""
        for each in (Path(path), *Path(path).absolute().parents):
            with contextlib.suppress(FileNotFoundError):
                numbers = os.statvfs(each)
                return numbers.f_bavail * numbers.f_frsize
        raise FileNotFoundError(path)

    def lock(self, path: str) -> RealLock:
        """Hold the file `path` exclusively (flock). Raises BlockingIOError when another holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return RealLock(descriptor)
