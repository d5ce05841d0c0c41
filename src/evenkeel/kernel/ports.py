"""The edges of the pure core: time, identity, chance and the disk.

Everything that decides takes these as arguments, so that tests can set the clock, repeat the dice and
lose what a disk had not yet synced. Real ones live in `store.system`; simulated ones in
`evenkeel.testing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_us(self) -> int:
        """Wall time: microseconds since 1970-01-01T00:00Z. May step backwards."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never steps."""
        ...


class Ids(Protocol):
    """Where fresh identities come from."""

    def new_id(self) -> str:
        """A fresh identity, unique for ever: 32 lower-case hex digits, rising with time."""
        ...


class Random(Protocol):
    """Where chance comes from (`random.Random` fits)."""

    def random(self) -> float:
        """Uniform in [0, 1)."""
        ...


class DiskFile(Protocol):
    """A file open for appending."""

    def append(self, data: bytes) -> None:
        """Add `data` at the end. Not durable until `sync`. Raises OSError (ENOSPC when full)."""
        ...

    def sync(self) -> None:
        """Return when every appended byte and the length are on stable storage."""
        ...

    def truncate(self, size: int) -> None:
        """Cut to `size` bytes; durable after `sync`."""
        ...

    def size(self) -> int:
        """Length in bytes, synced or not."""
        ...

    def close(self) -> None:
        """Release the handle; closing does not sync."""
        ...


class DiskLock(Protocol):
    """An exclusive hold on a path; ends with `release` or with the process."""

    def release(self) -> None:
        """Give it up; releasing twice is harmless."""
        ...


class Disk(Protocol):
    """The part of a file system the journal needs. Paths are strings with `/`."""

    def make_directory(self, path: str) -> None:
        """Create `path` and its parents, durably; no error if it exists."""
        ...

    def open_append(self, path: str) -> DiskFile:
        """Open for appending, created empty if absent. The name is durable after `sync_directory`."""
        ...

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        """Up to `size` bytes from `offset` (-1: to the end). Raises FileNotFoundError."""
        ...

    def size(self, path: str) -> int:
        """Length in bytes. Raises FileNotFoundError."""
        ...

    def list(self, path: str) -> Sequence[str]:
        """Names in a directory, sorted; empty if it does not exist."""
        ...

    def replace(self, path: str, data: bytes) -> None:
        """Put `data` at `path` atomically and durably: after a crash the old or the new, never a mix."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Rename within one file system, atomically; durable after `sync_directory`."""
        ...

    def remove(self, path: str) -> None:
        """Delete a file; durable after `sync_directory`. No error if it is gone."""
        ...

    def sync_directory(self, path: str) -> None:
        """Return when the names in `path` are on stable storage."""
        ...

    def free_bytes(self, path: str) -> int:
        """Room left for unprivileged writers on the file system that holds `path`."""
        ...

    def lock(self, path: str) -> DiskLock:
        """Hold `path` exclusively, created if absent. Raises BlockingIOError when another holds it."""
        ...
