"""Damage in a journal: cut or set aside, named, and the rest intact."""

from __future__ import annotations

import pytest

from evenkeel.store.journal import reader
from evenkeel.store.journal.frame import HEADER_BYTES
from evenkeel.store.journal.layout import segment_name
from evenkeel.store.journal.reader import FindingKind, Frame, JournalReader, ReadResult
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import SimDisk

ROOT = "home/journal"
PAYLOAD = b"payload of forty bytes, more or less....."
FRAME = HEADER_BYTES + len(PAYLOAD)


class Journal:
    """One writer's journal on a simulated disk, with a reader that remembers its offsets."""

    def __init__(self, seed: int = 3) -> None:
        self.disk = SimDisk(seed)
        self.offsets: dict[str, JournalOffset] = {}
        self.reader = JournalReader(self.disk, ROOT)
        self.writer = self.open()

    def open(self) -> JournalWriter:
        return JournalWriter(self.disk, f"{ROOT}/w0", writer="w0", clock=SimClock())

    def restart(self, *, frames: int = 0) -> None:
        self.writer.close()
        self.writer = self.open()
        self.write(frames)

    def write(self, frames: int) -> None:
        for _ in range(frames):
            self.writer.append(PAYLOAD, schema_id=1, rows=1)

    def path(self, segment: int = 1) -> str:
        return f"{ROOT}/w0/{segment_name(segment)}"

    def read(self) -> ReadResult:
        result = self.reader.read(self.offsets)
        self.offsets.update(result.offsets)
        return result

    def tail(self, data: bytes, segment: int = 1) -> None:
        file = self.disk.open_append(self.path(segment))
        file.append(data)
        file.sync()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.mark.parametrize("where", [0, 9, 20, HEADER_BYTES, FRAME - 1])
@pytest.mark.parametrize("frame", [0, 1, 2])
def test_a_damaged_frame_is_set_aside_and_its_neighbours_are_read(journal: Journal, frame: int, where: int) -> None:
    journal.write(4)
    position = frame * FRAME + where
    original = journal.disk.read(journal.path(), position, 1)
    journal.disk.damage(journal.path(), position, bytes([original[0] ^ 0xFF]))
    result = journal.read()
    assert [each.position_end // FRAME for each in result.frames] == [n + 1 for n in range(4) if n != frame]
    (finding,) = result.findings
    assert (finding.kind, finding.start, finding.end) == (FindingKind.CORRUPT, frame * FRAME, (frame + 1) * FRAME)
    assert "Damaged data was passed by: journal w0, segment 1" in finding.message
    assert len(journal.disk.read(finding.quarantine)) == FRAME
    assert not journal.read().findings, "it is reported once"


def test_a_length_that_lies_does_not_hide_what_follows(journal: Journal) -> None:
    journal.write(3)
    journal.disk.damage(journal.path(), FRAME + 16, (10**6).to_bytes(4, "little"))
    assert len(journal.read().frames) == 2


def test_the_unfinished_end_of_the_newest_segment_is_simply_not_there_yet(journal: Journal) -> None:
    journal.write(2)
    whole = journal.disk.read(journal.path())
    journal.restart(frames=1)
    journal.tail(whole[: FRAME - 5], segment=2)
    assert len(journal.read().frames) == 3
    again = journal.read()
    assert not again.frames
    assert not again.findings
    assert journal.offsets["w0"] == JournalOffset(2, FRAME)


@pytest.mark.parametrize("size", [1, HEADER_BYTES - 1, HEADER_BYTES, FRAME - 1])
def test_a_torn_end_is_cut_once_a_newer_segment_exists(journal: Journal, size: int) -> None:
    journal.write(2)
    journal.tail(journal.disk.read(journal.path(), 0, size))
    assert not journal.read().findings
    journal.restart(frames=1)
    result = journal.read()
    assert [each.segment for each in result.frames] == [2]
    (finding,) = result.findings
    assert (finding.kind, finding.start, finding.end) == (FindingKind.TORN, 2 * FRAME, 2 * FRAME + size)
    assert "An interrupted write was cut" in finding.message
    assert journal.offsets["w0"] == JournalOffset(2, FRAME)


def test_zeroes_at_the_end_are_a_torn_write_and_rubbish_is_called_damage(journal: Journal) -> None:
    journal.write(1)
    journal.tail(bytes(500))
    journal.restart(frames=1)
    journal.tail(b"rubbish" * 50, segment=2)
    journal.restart(frames=1)
    result = journal.read()
    assert [each.kind for each in result.findings] == [FindingKind.TORN, FindingKind.CORRUPT]
    assert "may never have been acknowledged" in result.findings[1].message
    assert len(result.frames) == 3


def test_a_segment_shorter_than_the_offset_is_done(journal: Journal) -> None:
    """The fold may have followed a frame that a crash then took back; it was never acknowledged."""
    journal.write(1)
    journal.offsets["w0"] = JournalOffset(1, 5 * FRAME)
    assert not journal.read().offsets
    journal.restart(frames=1)
    assert [each.segment for each in journal.read().frames] == [2]


def test_a_journal_that_was_removed_is_read_from_its_new_start(journal: Journal) -> None:
    journal.write(1)
    journal.offsets["w0"] = JournalOffset(7, 100)
    result = journal.read()
    assert [each.kind for each in result.findings] == [FindingKind.RESTARTED]
    assert len(result.frames) == 1
    assert not journal.read().findings


def test_a_full_disk_does_not_keep_intact_frames_from_being_read(journal: Journal) -> None:
    journal.write(3)
    journal.disk.damage(journal.path(), FRAME + 2, b"\x00")
    journal.disk.capacity_bytes = 0
    result = journal.read()
    assert len(result.frames) == 2
    assert result.findings[0].quarantine == ""


def test_a_disk_that_cannot_read_one_journal_does_not_stop_the_others(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write(1)
    other = JournalWriter(journal.disk, f"{ROOT}/w1", writer="w1", clock=SimClock())
    other.append(PAYLOAD, schema_id=1, rows=1)
    read = journal.disk.read

    def failing(path: str, offset: int = 0, size: int = -1) -> bytes:
        if "/w0/" in path:
            raise OSError(5, "Input/output error")
        return read(path, offset, size)

    with monkeypatch.context() as patch:
        patch.setattr(journal.disk, "read", failing)
        result = journal.read()
    assert [each.writer for each in result.frames] == ["w1"]
    assert "could not read journal w0" in result.findings[0].message
    assert result.findings[0].kind is FindingKind.UNREADABLE
    assert "Input/output error" in result.findings[0].message
    assert [each.writer for each in journal.read().frames] == ["w0"]


def test_a_frame_whose_content_cannot_be_used_is_set_aside_by_name(journal: Journal) -> None:
    journal.write(2)
    frame: Frame = journal.read().frames[1]
    finding = journal.reader.quarantine(frame)
    assert (finding.start, finding.end) == (FRAME, FRAME + len(PAYLOAD))
    assert journal.disk.read(finding.quarantine) == PAYLOAD


def test_segment_numbers_go_on_after_everything_was_folded_and_deleted(journal: Journal) -> None:
    journal.write(1)
    journal.restart(frames=1)
    journal.read()
    journal.restart(frames=1)
    assert [each.segment for each in journal.read().frames] == [3]
    assert journal.reader.delete_folded(journal.offsets) == 2
    journal.restart(frames=1)
    assert [each.segment for each in journal.read().frames] == [4]


@pytest.mark.parametrize("seed", range(20))
def test_deleting_waits_for_the_name_of_the_newest_segment(seed: int) -> None:
    """Found by schedule 3987: a kill while a segment is opened, a fold, a deletion, then a power cut."""
    journal = Journal(seed)
    journal.write(1)
    journal.restart(frames=1)
    journal.writer.close()
    journal.disk.open_append(journal.path(3))  # killed before it synced the directory
    journal.read()
    assert journal.offsets["w0"] == JournalOffset(3, 0)
    assert journal.reader.delete_folded(journal.offsets) == 2
    journal.disk.crash()
    journal.writer = journal.open()
    assert journal.writer.append(PAYLOAD, schema_id=1, rows=1).segment > 3
    assert len(journal.read().frames) == 1


@pytest.mark.parametrize("size", [1, HEADER_BYTES, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME])
@pytest.mark.parametrize("damaged", [False, True])
def test_frames_are_found_whatever_is_read_at_once(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, size: int, damaged: bool
) -> None:
    monkeypatch.setattr(reader, "READ_BYTES", size)
    journal.write(5)
    if damaged:
        journal.disk.damage(journal.path(), 2 * FRAME + 30, b"?")
    result = journal.read()
    assert len(result.frames) == 5 - damaged
    assert len(result.findings) == damaged
    journal.restart(frames=2)
    assert len(journal.read().frames) == 2
