"""A disk in memory that may crash: it loses and tears whatever was not synced.

Implements `kernel.ports.Disk`. With the same seed and the same operations it does the same, so that a
failing schedule can be repeated.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Sequence
from typing import Final

from evenkeel.testing.inode import Inode

UNLIMITED_BYTES: Final = 1 << 50
Link = tuple[str, Inode | None]  # a name and what it leads to; None: removed


class SimulatedCrashError(Exception):
    """The machine is down. Nothing works until `SimDisk.crash` has brought it up again."""


class SimFile:
    """A file of a `SimDisk`, open for appending."""

    def __init__(self, disk: SimDisk, path: str, inode: Inode) -> None:
        self._disk = disk
        self._path = path
        self._inode = inode
        self._life = disk.crashes

    def append(self, data: bytes) -> None:
        """Add `data`; readers may see any part of it first. Raises OSError (ENOSPC) after what fits."""
        self._step("append")
        fits = min(len(data), self._disk.free_bytes(self._path))
        half = self._disk.chance.randint(0, fits)
        self._inode.append(data[:half])
        self._step("append-rest")
        self._inode.append(data[half:fits])
        if fits < len(data):
            raise OSError(errno.ENOSPC, "No space left on the simulated disk", self._path)

    def sync(self) -> None:
        """Make every byte durable. Raises OSError (EIO) as often as `sync_error_ratio` says."""
        self._step("sync")
        if self._disk.chance.random() < self._disk.sync_error_ratio:
            self._inode.fail_sync()
            raise OSError(errno.EIO, "Input/output error on the simulated disk", self._path)
        if not self._disk.lies_about_sync:
            self._inode.sync(self._disk.chance)
        self._step("synced")

    def truncate(self, size: int) -> None:
        """Cut to `size` bytes."""
        self._step("truncate")
        self._inode.truncate(size)

    def size(self) -> int:
        """Length in bytes."""
        return len(self._inode.data)

    def close(self) -> None:
        """Release the handle."""

    def _step(self, operation: str) -> None:
        if self._life != self._disk.crashes:
            raise SimulatedCrashError(self._path)
        self._disk.step(operation, self._path)


class SimLock:
    """An exclusive hold on a path of a `SimDisk`."""

    def __init__(self, held: set[str], path: str) -> None:
        self._held = held
        self._path = path

    def release(self) -> None:
        """Give it up."""
        self._held.discard(self._path)


class SimDisk:
    """A file system in memory with a page cache that a crash empties.

    `capacity_bytes` and `sync_error_ratio` inject full and failing disks. `on_operation`
    is called before every operation with its name and path: tests let other processes act there.
    `lies_about_sync` and `forgets_names` make a broken disk, with which a test proves that it can fail.

    >>> disk = SimDisk(seed=1)
    >>> file = disk.open_append("a")
    >>> file.append(b"kept"); file.sync(); disk.sync_directory("")
    >>> lost = disk.open_append("b")
    >>> disk.crash()
    >>> disk.read("a")
    b'kept'
    """

    def __init__(self, seed: int = 0, *, capacity_bytes: int = UNLIMITED_BYTES) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a seeded simulation, no secret
        self.capacity_bytes = capacity_bytes
        self.sync_error_ratio = 0.0
        self.lies_about_sync = False
        self.forgets_names = False
        self.on_operation: Callable[[str, str], None] | None = None
        self.crashes = 0
        self.operations = 0
        self._crash_at: int | None = None
        self._down = False
        self._names: dict[str, Inode] = {}
        self._durable_names: dict[str, Inode] = {}
        self._pending_names: dict[str, list[list[Link]]] = {}
        self._directories: set[str] = {""}
        self._locks: set[str] = set()

    # --- what tests do to it
    def crash_after(self, operations: int) -> None:
        """Go down at the n-th operation from now: it and all that follow raise SimulatedCrashError."""
        self._crash_at = self.operations + operations

    def crash(self) -> None:
        """Lose power and come up again: what was synced is there, of the rest what chance leaves."""
        for directory in sorted(self._pending_names):
            for links in _surviving(self._pending_names[directory], self.chance):
                _link(self._durable_names, links)
        self._pending_names.clear()
        self._names = dict(self._durable_names)
        for inode in {id(inode): inode for inode in self._names.values()}.values():
            inode.crash(self.chance)
        self._locks = set()
        self._crash_at = None
        self._down = False
        self.crashes += 1

    def release_locks(self) -> None:
        """What the kernel does when processes are killed; all else of them is in the page cache."""
        self._locks.clear()

    def damage(self, path: str, position: int, data: bytes) -> None:
        """Overwrite bytes, cached and durable, as failing hardware does."""
        inode = self._inode(path)
        inode.data[position : position + len(data)] = data
        inode.sync(self.chance)

    def step(self, operation: str, path: str) -> None:
        """Count an operation, crash if its time has come, and let others act before it."""
        self.operations += 1
        if self._down or self.operations == self._crash_at:
            self._down = True
            raise SimulatedCrashError(path)
        act, self.on_operation = self.on_operation, None  # those who act are not interrupted in turn
        try:
            if act is not None:
                act(operation, path)
        finally:
            self.on_operation = act

    # --- the port
    def make_directory(self, path: str) -> None:
        """Create `path` and its parents, durably."""
        self.step("make_directory", path)
        while path:
            self._directories.add(path)
            path = _parent(path)

    def open_append(self, path: str) -> SimFile:
        """Open for appending, created empty if absent."""
        self.step("open_append", path)
        if path not in self._names:
            if _parent(path) not in self._directories:
                raise FileNotFoundError(errno.ENOENT, "No such directory", path)
            self._change_names(_parent(path), [(path, Inode())])
        return SimFile(self, path, self._names[path])

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        """Up to `size` bytes from `offset`, synced or not."""
        self.step("read", path)
        data = self._inode(path).data
        return bytes(data[offset:] if size < 0 else data[offset : offset + size])

    def size(self, path: str) -> int:
        """Length in bytes."""
        self.step("size", path)
        return len(self._inode(path).data)

    def list(self, path: str) -> Sequence[str]:
        """Names in a directory, sorted."""
        self.step("list", path)
        known = {*self._names, *self._directories} - {""}
        return sorted(each.rpartition("/")[2] for each in known if _parent(each) == path)

    def replace(self, path: str, data: bytes) -> None:
        """Put `data` at `path` atomically and durably; a crash on the way leaves the old or the new."""
        try:
            self.step("replace", path)
        except SimulatedCrashError:
            if self.chance.random() < 0.5:
                self._replace(path, data)
            raise
        if len(data) > self.free_bytes(path):
            raise OSError(errno.ENOSPC, "No space left on the simulated disk", path)
        self._replace(path, data)
        self.step("replaced", path)

    def rename(self, old: str, new: str) -> None:
        """Rename; durable after `sync_directory` of where it went."""
        self.step("rename", old)
        self._change_names(_parent(new), [(old, None), (new, self._inode(old))])

    def remove(self, path: str) -> None:
        """Delete a file; durable after `sync_directory`."""
        self.step("remove", path)
        if path in self._names:
            self._change_names(_parent(path), [(path, None)])

    def sync_directory(self, path: str) -> None:
        """Make the names in `path` durable."""
        self.step("sync_directory", path)
        if path not in self._directories:
            raise FileNotFoundError(errno.ENOENT, "No such directory", path)
        if not self.forgets_names:
            for links in self._pending_names.pop(path, []):
                _link(self._durable_names, links)
        self.step("synced_directory", path)

    def free_bytes(self, path: str) -> int:  # noqa: ARG002  the port's signature
        """Room left; `path` does not matter, the disk is one."""
        inodes = {id(inode): len(inode.data) for inode in self._names.values()}
        return max(0, self.capacity_bytes - sum(inodes.values()))

    def lock(self, path: str) -> SimLock:
        """Hold `path` exclusively. Raises BlockingIOError when it is held."""
        self.open_append(path)
        if path in self._locks:
            raise BlockingIOError(errno.EWOULDBLOCK, "Held by another", path)
        self._locks.add(path)
        return SimLock(self._locks, path)

    def _inode(self, path: str) -> Inode:
        if path not in self._names:
            raise FileNotFoundError(errno.ENOENT, "No such file", path)
        return self._names[path]

    def _change_names(self, directory: str, links: list[Link]) -> None:
        _link(self._names, links)
        self._pending_names.setdefault(directory, []).append(links)

    def _replace(self, path: str, data: bytes) -> None:
        inode = Inode(bytearray(data), data)
        for names in (self._names, self._durable_names):
            names[path] = inode
        pending = self._pending_names.get(_parent(path), [])
        pending[:] = [[link for link in links if link[0] != path] for links in pending]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _link(names: dict[str, Inode], links: Sequence[Link]) -> None:
    for path, inode in links:
        if inode is None:
            names.pop(path, None)
        else:
            names[path] = inode


def _surviving(changes: Sequence[list[Link]], chance: random.Random) -> Sequence[list[Link]]:
    """The unsynced changes of names that reached the disk: a beginning, or any selection."""
    if chance.random() < 0.5:
        return changes[: chance.randint(0, len(changes))]
    return [links for links in changes if chance.random() < 0.5]
