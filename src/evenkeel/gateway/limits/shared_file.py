"""The file that all workers of a machine share: what its accounts need of an operating system, and no more."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from evenkeel.kernel.errors import OverloadedError

#: How often the lock is tried, and how long between: two seconds. Those who hold it do so for less than a millisecond,
#: unless one was stopped while it did.
_TRIES_MAX: Final = 4_000
_BETWEEN_S: Final = 0.0005


class SharedFile(Protocol):
    """Bytes at offsets, and a lock."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        ...

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`: other processes see it at once, a disk after `sync`. Raises OSError."""
        ...

    def sync(self) -> None:
        """Return when all that was written is on stable storage. Raises OSError."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep all others out; ends with the process. Raises OverloadedError when that takes too long."""
        ...

    def close(self) -> None:
        """Release the handle."""
        ...


class RealSharedFile:
    """A file of this machine, of a size that it has from the beginning: no write finds the disk full."""

    def __init__(self, path: Path, size: int) -> None:
        self._name = path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._threads = threading.Lock()  # flock keeps out other openings of the file, not other threads
        try:
            with self.locked():
                if os.fstat(self._descriptor).st_size < size:
                    os.posix_fallocate(self._descriptor, 0, size)
                    os.fsync(self._descriptor)
                    _sync_directory(path.parent)
        except BaseException:
            self.close()
            raise

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        return os.pread(self._descriptor, size, offset)

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`. Within one page no kill can cut it."""
        written = os.pwrite(self._descriptor, data, offset)
        if written != len(data):
            raise OSError(f"{written} of {len(data)} bytes were written")

    def sync(self) -> None:
        """Make durable what was written, also by others."""
        os.fdatasync(self._descriptor)

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Keep out all other threads and processes."""
        with self._threads:
            self._lock()
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the handle; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _lock(self) -> None:
        never = threading.Event()
        for _ in range(_TRIES_MAX):
            with contextlib.suppress(BlockingIOError):
                return fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            never.wait(_BETWEEN_S)
        held_s = _TRIES_MAX * _BETWEEN_S
        fact = f"{self._name} has been locked for {held_s:g} s."
        raise OverloadedError(fact, retry_after_s=1, hint="See whether a worker of the gateway was stopped (SIGSTOP).")


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
