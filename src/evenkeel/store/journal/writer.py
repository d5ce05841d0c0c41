"""The writer of a journal: whole frames, on stable storage before it answers.

A process opens a new segment when it starts and after every failed write: after a failed sync the page
cache holds bytes that never reach the disk, and a reader may already have followed them, so that no
position of such a segment may be written twice. What had failed is cut off, so that it takes no room.
"""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.errors import ConflictError, HomeBusyError, InvalidInputError, OverloadedError, StorageFullError
from evenkeel.kernel.ports import Clock, Disk, DiskFile, DiskLock
from evenkeel.store.journal.frame import HEADER_BYTES, Header, encode_frame, segment_seed
from evenkeel.store.journal.layout import LOCK_NAME, SEGMENT_MAX, check_writer, last_number, segment_name
from evenkeel.store.telemetry.port import JournalOffset

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RETRY_AFTER_FULL_S: Final = 10
_RETRY_AFTER_ERROR_S: Final = 5


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """Limits of a writer, in bytes."""

    segment_bytes_max: int = 64 * 1024 * 1024  # folded segments are deleted whole
    free_bytes_min: int = 64 * 1024 * 1024  # left to the stores, which must go on folding when we refuse


@dataclass(slots=True)
class _Open:
    file: DiskFile
    segment: int
    seed: int
    position: int = 0  # end of the last durable frame


class JournalWriter:
    """Appends frames to `directory` (`<home>/journal/<writer>`); one process per directory.

    Not safe for several threads at once; `GroupCommit` is what a server uses. Raises HomeBusyError when
    another process writes there.
    """

    def __init__(
        self, disk: Disk, directory: str, *, writer: str, clock: Clock, options: WriterOptions | None = None
    ) -> None:
        self.writer = check_writer(writer)
        self._disk = disk
        self._directory = directory
        self._clock = clock
        self._options = options or WriterOptions()
        self._open: _Open | None = None
        disk.make_directory(directory)
        self._lock: DiskLock | None = _lock(disk, directory)
        try:
            self._next_segment = last_number(disk, directory) + 1
        except OSError:
            self.close()
            raise

    def append(self, payload: bytes, *, schema_id: int, rows: int) -> JournalOffset:
        """Write one frame and return its end once it is on stable storage.

        Raises StorageFullError or OverloadedError when the disk refuses (the next call begins afresh) and
        InvalidInputError when the payload is too large for any frame.
        """
        if self._lock is None:
            message = f"The journal of {self.writer} is closed."
            raise ConflictError(message, hint="Open a new writer.")
        if rows <= 0:
            message = f"A frame of {rows} rows says nothing."
            raise InvalidInputError(message, hint="Append only batches that hold events.")
        size = HEADER_BYTES + len(payload)
        self._refuse_when_full(size)
        try:
            self._roll(size)
            return self._write(payload, schema_id, rows)
        except OSError as error:
            self._abandon()
            raise _refusal(error, self._directory) from error

    def close(self) -> None:
        """Release the segment and the directory. Everything appended is durable already."""
        self._release_segment()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _refuse_when_full(self, size: int) -> None:
        # Asked first: a full disk must not leave an empty segment behind for every request refused.
        free = self._disk.free_bytes(self._directory)
        if free - size < self._options.free_bytes_min:
            message = f"The disk of {self._directory} has {free} bytes left; {self._options.free_bytes_min} are kept."
            hint = "Free some room; nothing has to be restarted."
            raise StorageFullError(message, hint=hint, retry_after_s=_RETRY_AFTER_FULL_S, free_bytes=free)

    def _roll(self, size: int) -> None:
        if self._open and self._open.position and self._open.position + size > self._options.segment_bytes_max:
            self._release_segment()
        if self._open is None:
            self._open_segment()

    def _open_segment(self) -> None:
        segment = self._next_segment
        if segment > SEGMENT_MAX:
            message = f"The journal of {self.writer} has used all {SEGMENT_MAX} segment numbers."
            raise ConflictError(message, hint="Start it with another writer name.")
        self._next_segment += 1
        file = self._disk.open_append(f"{self._directory}/{segment_name(segment)}")
        self._open = _Open(file, segment, segment_seed(self.writer, segment))
        # Before the first byte: a reader that saw a frame here must find the name again after a crash,
        # else its number would be given out a second time, behind the reader's back.
        self._disk.sync_directory(self._directory)

    def _write(self, payload: bytes, schema_id: int, rows: int) -> JournalOffset:
        current = self._open
        assert current is not None
        header = Header(schema_id, rows, len(payload), self._clock.now_us())
        frame = encode_frame(header, payload, current.seed)
        current.file.append(frame)
        current.file.sync()
        current.position += len(frame)
        return JournalOffset(current.segment, current.position)

    def _abandon(self) -> None:
        if self._open is None:
            return
        with contextlib.suppress(OSError):  # only to free room; readers stop at the torn frame by themselves
            self._open.file.truncate(self._open.position)
            self._open.file.sync()
        self._release_segment()

    def _release_segment(self) -> None:
        if self._open is not None:
            with contextlib.suppress(OSError):  # closing reports late write errors; what counts was synced
                self._open.file.close()
            self._open = None


def _lock(disk: Disk, directory: str) -> DiskLock:
    try:
        return disk.lock(f"{directory}/{LOCK_NAME}")
    except BlockingIOError as error:
        message = f"Another process writes the journal {directory}."
        raise HomeBusyError(message, hint="Stop it, or choose another home.", directory=directory) from error


def _refusal(error: OSError, directory: str) -> OverloadedError:
    if error.errno in _FULL:
        message = f"The disk of {directory} is full ({error.strerror})."
        hint = "Free some room; nothing has to be restarted."
        return StorageFullError(message, hint=hint, retry_after_s=_RETRY_AFTER_FULL_S)
    message = f"The disk of {directory} failed to store a batch ({error.strerror or error})."
    hint = "Nothing was acknowledged; check the disk if this goes on."
    return OverloadedError(message, hint=hint, retry_after_s=_RETRY_AFTER_ERROR_S)
