"""What waits in the journals: for the health page and `evenkeel doctor`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.ports import Disk
from evenkeel.store.journal.frame import HEADER_BYTES, NotAFrame, parse_header
from evenkeel.store.journal.layout import list_quarantined, list_segments, list_writers, segment_name
from evenkeel.store.telemetry.port import JournalOffset

#: Headers read one by one for one writer; beyond it "at least" is a good enough answer for a page.
FRAMES_COUNTED_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """The journal of one writer, measured against what has been folded."""

    writer: str
    segments: int
    bytes_on_disk: int
    backlog_bytes: int  # not folded yet, torn tails included
    backlog_frames: int
    backlog_rows: int
    is_counted_fully: bool  # False: frames and rows are "at least"
    oldest_at_us: int | None  # when the oldest waiting frame was written
    quarantined: int  # files of damaged bytes set aside
    quarantined_bytes: int


@dataclass(slots=True)
class _Count:
    frames: int = 0
    rows: int = 0
    oldest_at_us: int | None = None
    is_full: bool = False


def load_status(disk: Disk, root: str, offsets: Mapping[str, JournalOffset]) -> Sequence[WriterStatus]:
    """The state of every writer under `root`, by name. Reads headers only."""
    return [_writer_status(disk, root, writer, offsets.get(writer)) for writer in list_writers(disk, root)]


def _writer_status(disk: Disk, root: str, writer: str, offset: JournalOffset | None) -> WriterStatus:
    directory = f"{root}/{writer}"
    segments = list_segments(disk, directory)
    start = offset or JournalOffset(0, 0)
    on_disk = backlog = 0
    count = _Count()
    for segment in segments:
        path = f"{directory}/{segment_name(segment)}"
        size = _size(disk, path)
        on_disk += size
        position = start.position if segment == start.segment else 0
        if segment < start.segment or position >= size:
            continue
        backlog += size - position
        _count_frames(disk, path, position, count)
    damaged = list_quarantined(disk, directory)
    return WriterStatus(
        writer=writer,
        segments=len(segments),
        bytes_on_disk=on_disk,
        backlog_bytes=backlog,
        backlog_frames=count.frames,
        backlog_rows=count.rows,
        is_counted_fully=not count.is_full,
        oldest_at_us=count.oldest_at_us,
        quarantined=len(damaged),
        quarantined_bytes=sum(_size(disk, f"{directory}/{name}") for name in damaged),
    )


def _count_frames(disk: Disk, path: str, position: int, count: _Count) -> None:
    while count.frames < FRAMES_COUNTED_MAX:
        try:
            header = parse_header(disk.read(path, position, HEADER_BYTES), 0)
        except FileNotFoundError:
            return
        if isinstance(header, NotAFrame):
            return
        if count.oldest_at_us is None:
            count.oldest_at_us = header.written_at_us
        count.frames += 1
        count.rows += header.rows
        position += header.frame_bytes
    count.is_full = True


def _size(disk: Disk, path: str) -> int:
    try:
        return disk.size(path)
    except FileNotFoundError:  # folded and deleted since it was listed
        return 0
