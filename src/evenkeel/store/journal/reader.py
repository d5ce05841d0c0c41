"""The reader of every writer's journal: whole frames after an offset, damage set aside and named.

What is not a whole frame means one of three things. With an intact frame behind it: damage, put in
quarantine and passed by. At the end of a segment that has a successor: a torn tail, cut. At the end of
the newest segment: not yet written. Segments are listed before one is read, so that a segment with a
successor is known to be final when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from evenkeel.kernel.ports import Disk
from evenkeel.store.journal.frame import (
    FRAME_BYTES_MAX,
    HEADER_BYTES,
    Header,
    NotAFrame,
    find_frame,
    parse_frame,
    payload_of,
    segment_seed,
)
from evenkeel.store.journal.layout import list_segments, list_writers, quarantine_name, segment_name
from evenkeel.store.telemetry.port import JournalOffset

#: Read at once: about what a fold of 20,000 rows takes.
READ_BYTES: Final = 8 * 1024 * 1024
_LAST_OF_SEGMENT: Final = "It was the last write before the process ended, so it may never have been acknowledged."


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole, intact frame as read; `position_end` is the offset once it is folded."""

    writer: str
    segment: int
    position_end: int
    schema_id: int
    rows: int
    payload: bytes
    written_at_us: int

    @property
    def offset(self) -> JournalOffset:
        """Where reading goes on after this frame."""
        return JournalOffset(self.segment, self.position_end)


class FindingKind(StrEnum):
    """What may be wrong with a journal."""

    CORRUPT = "corrupt"  # bytes that were a frame, or should have been
    TORN = "torn"  # the end of a write that a crash interrupted; it was never acknowledged
    RESTARTED = "restarted"  # the journal is older than the offset: it was removed or restored
    UNREADABLE = "unreadable"  # the disk refused to read


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader found that people should know."""

    kind: FindingKind
    writer: str
    segment: int
    start: int
    end: int
    quarantine: str = ""  # the file that keeps the bytes; empty when there are none or it could not be written
    detail: str = ""

    @property
    def _note(self) -> str:
        return f" {self.detail}" if self.detail else ""

    @property
    def message(self) -> str:
        """One sentence for a log, the health page and doctor."""
        where = f"journal {self.writer}, segment {self.segment}, bytes {self.start} to {self.end}"
        kept = f"; kept in {self.quarantine}" if self.quarantine else ""
        match self.kind:
            case FindingKind.CORRUPT:
                return f"Damaged data was passed by: {where}{kept}. Everything around it was read.{self._note}"
            case FindingKind.TORN:
                return f"An interrupted write was cut: {where}{kept}. It had not been acknowledged."
            case FindingKind.RESTARTED:
                return f"The journal {self.writer} begins before what was folded; it is read again from its start."
            case FindingKind.UNREADABLE:
                return f"The disk could not read {where} ({self.detail}); reading is tried again."


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What one read found. Store `offsets` in the transaction that stores the frames."""

    frames: Sequence[Frame]
    offsets: Mapping[str, JournalOffset]  # of writers whose offset moved
    findings: Sequence[Finding]
    more: bool  # the limits were reached: read again at once


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much one read takes; at least one frame is always taken."""

    rows_max: int = 20_000
    bytes_max: int = 32 * 1024 * 1024


@dataclass(slots=True)
class _Pass:
    """One read under way."""

    limits: ReadLimits
    frames: list[Frame] = field(default_factory=list[Frame])
    findings: list[Finding] = field(default_factory=list[Finding])
    rows: int = 0
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        return self.rows >= self.limits.rows_max or self.bytes >= self.limits.bytes_max

    def take(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.rows += frame.rows
        self.bytes += len(frame.payload)


class JournalReader:
    """Reads `root` (`<home>/journal`). Holds no position: offsets come in and go out with each read."""

    def __init__(self, disk: Disk, root: str, limits: ReadLimits | None = None) -> None:
        self._disk = disk
        self._root = root
        self._limits = limits or ReadLimits()
        self._turn = 0

    def read(self, offsets: Mapping[str, JournalOffset]) -> ReadResult:
        """Frames of all writers after `offsets`, in order within each writer, within the limits."""
        one_pass = _Pass(self._limits)
        moved: dict[str, JournalOffset] = {}
        for writer in self._writers_by_turn():
            if one_pass.is_full:
                break
            old = offsets.get(writer)
            new = self._read_writer(writer, old, one_pass)
            if new is not None and new != old:
                moved[writer] = new
        return ReadResult(one_pass.frames, moved, one_pass.findings, one_pass.is_full)

    def quarantine(self, frame: Frame) -> Finding:
        """Set aside an intact frame whose content cannot be read, and name it."""
        start = frame.position_end - len(frame.payload) - HEADER_BYTES
        return self._set_aside(FindingKind.CORRUPT, frame.writer, JournalOffset(frame.segment, start), frame.payload)

    def delete_folded(self, offsets: Mapping[str, JournalOffset]) -> int:
        """Delete the segments before the durable `offsets`; answers how many.

        The newest segment of a writer always stays: numbers continue from it. Raises OSError when the disk
        refuses; then the rest is left for the next time.
        """
        deleted = 0
        for writer, offset in offsets.items():
            directory = f"{self._root}/{writer}"
            folded = [each for each in list_segments(self._disk, directory)[:-1] if each < offset.segment]
            if folded:
                # A writer killed while opening the newest segment left its name to chance. Were the older
                # ones deleted and that name lost, numbers would begin again below the offset.
                self._disk.sync_directory(directory)
            for segment in folded:
                self._disk.remove(f"{directory}/{segment_name(segment)}")
            deleted += len(folded)
        return deleted

    def _writers_by_turn(self) -> Sequence[str]:
        """Another writer first each time, so that a busy one never starves the rest."""
        writers = list_writers(self._disk, self._root)
        first = self._turn % len(writers) if writers else 0
        self._turn += 1
        return [*writers[first:], *writers[:first]]

    def _read_writer(self, writer: str, old: JournalOffset | None, one_pass: _Pass) -> JournalOffset | None:
        segments = list_segments(self._disk, f"{self._root}/{writer}")
        if not segments:
            return old
        offset = self._start(writer, segments, old, one_pass)
        for index, segment in enumerate(segments):
            if segment < offset.segment or one_pass.is_full:
                continue
            position = offset.position if segment == offset.segment else 0
            is_final = index + 1 < len(segments)
            try:
                end = self._read_segment(writer, JournalOffset(segment, position), one_pass, is_final=is_final)
            except FileNotFoundError:
                return offset  # deleted since it was listed: look again next time
            except OSError as error:
                detail = error.strerror or str(error)
                one_pass.findings.append(
                    Finding(FindingKind.UNREADABLE, writer, segment, position, position, detail=detail)
                )
                return offset
            offset = JournalOffset(segments[index + 1], 0) if end is None else JournalOffset(segment, end)
        return offset

    def _start(self, writer: str, segments: Sequence[int], old: JournalOffset | None, one_pass: _Pass) -> JournalOffset:
        if old is None:
            return JournalOffset(segments[0], 0)
        newest = segments[-1]
        # A crash may take back the name of a segment that was seen empty; anything else beyond the newest
        # is a journal that was removed or restored: its new frames must not hide behind an old offset.
        if old.segment <= newest or old == JournalOffset(newest + 1, 0):
            return old
        one_pass.findings.append(Finding(FindingKind.RESTARTED, writer, segments[0], 0, 0))
        return JournalOffset(segments[0], 0)

    def _read_segment(self, writer: str, start: JournalOffset, one_pass: _Pass, *, is_final: bool) -> int | None:
        """Take frames from `start`; the position reached, or None when the segment is final and done."""
        path = f"{self._root}/{writer}/{segment_name(start.segment)}"
        position, size = start.position, READ_BYTES
        while not one_pass.is_full:
            buffer = self._disk.read(path, position, size)
            taken = _take_frames(buffer, writer, JournalOffset(start.segment, position), one_pass)
            position += taken
            if len(buffer) == size and (taken or size < FRAME_BYTES_MAX):
                size = READ_BYTES if taken else FRAME_BYTES_MAX  # a frame may be larger than what is usually read
                continue
            if one_pass.is_full:
                break
            if taken == len(buffer):
                return None if is_final else position
            passed = self._pass_damage(writer, JournalOffset(start.segment, position), one_pass, is_final=is_final)
            if passed is None:
                return None if is_final else position
            position += passed
        return position

    def _pass_damage(self, writer: str, at: JournalOffset, one_pass: _Pass, *, is_final: bool) -> int | None:
        """The bytes to pass by because an intact frame follows them, or None when none does."""
        # Read afresh and to the end: the writer may have completed the frame since.
        rest = self._disk.read(f"{self._root}/{writer}/{segment_name(at.segment)}", at.position)
        length = find_frame(rest, 0, segment_seed(writer, at.segment))
        if length == 0:
            return 0
        if length is not None:
            one_pass.findings.append(self._set_aside(FindingKind.CORRUPT, writer, at, rest[:length]))
        elif is_final and rest:
            is_torn = _looks_torn(rest, segment_seed(writer, at.segment))
            kind, detail = (FindingKind.TORN, "") if is_torn else (FindingKind.CORRUPT, _LAST_OF_SEGMENT)
            one_pass.findings.append(replace(self._set_aside(kind, writer, at, rest), detail=detail))
        return length

    def _set_aside(self, kind: FindingKind, writer: str, at: JournalOffset, data: bytes) -> Finding:
        path = f"{self._root}/{writer}/{quarantine_name(at.segment, at.position)}"
        try:
            self._disk.replace(path, data)
        except OSError:
            path = ""  # a full disk must not keep what is intact from being folded
        return Finding(kind, writer, at.segment, at.position, at.position + len(data), quarantine=path)


def _take_frames(buffer: bytes, writer: str, start: JournalOffset, one_pass: _Pass) -> int:
    """Add the frames at the beginning of `buffer` to the pass; answers the bytes they take."""
    seed = segment_seed(writer, start.segment)
    position = 0
    while not one_pass.is_full:
        header = parse_frame(buffer, position, seed)
        if not isinstance(header, Header):
            break
        payload = payload_of(buffer, position, header)
        position += header.frame_bytes
        end = start.position + position
        one_pass.take(Frame(writer, start.segment, end, header.schema_id, header.rows, payload, header.written_at_us))
    return position


def _looks_torn(tail: bytes, seed: int) -> bool:
    """Whether the end of a segment is a write cut short: it stops early, or was never filled in."""
    return parse_frame(tail, 0, seed) is NotAFrame.INCOMPLETE or not any(tail)
