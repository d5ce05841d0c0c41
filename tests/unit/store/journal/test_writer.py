"""The writer on disks that fill up, fail and forget."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import ConflictError, InvalidInputError, OverloadedError, StorageFullError
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import UNLIMITED_BYTES, SimDisk

DIRECTORY = "home/journal/w0"


def open_writer(disk: SimDisk, clock: SimClock | None = None, **options: int) -> JournalWriter:
    return JournalWriter(
        disk,
        DIRECTORY,
        writer="w0",
        clock=clock or SimClock(),
        options=WriterOptions(**{"free_bytes_min": 0, **options}),
    )


def payloads(disk: SimDisk) -> list[bytes]:
    return [frame.payload for frame in JournalReader(disk, "home/journal").read({}).frames]


def test_a_full_disk_refuses_without_leaving_a_trace_and_recovers_without_a_restart() -> None:
    disk = SimDisk()
    writer = open_writer(disk, free_bytes_min=1000)
    writer.append(b"first", schema_id=1, rows=1)
    disk.capacity_bytes = UNLIMITED_BYTES - disk.free_bytes("") + 1000
    names = list(disk.list(DIRECTORY))
    for _ in range(20):
        with pytest.raises(StorageFullError, match="has 1000 bytes left; 1000 are kept") as caught:
            writer.append(b"refused", schema_id=1, rows=1)
    assert caught.value.retry_after_s > 0
    assert list(disk.list(DIRECTORY)) == names
    disk.capacity_bytes = UNLIMITED_BYTES
    writer.append(b"second", schema_id=1, rows=1)
    assert payloads(disk) == [b"first", b"second"]


def test_a_disk_filled_by_others_in_the_middle_of_a_write_costs_only_the_room_of_what_was_kept() -> None:
    disk = SimDisk()
    writer = open_writer(disk, free_bytes_min=-1000)
    end = writer.append(b"first", schema_id=1, rows=1)
    disk.capacity_bytes = UNLIMITED_BYTES - disk.free_bytes("") + 20
    with pytest.raises(StorageFullError, match="is full"):
        writer.append(b"refused", schema_id=1, rows=1)
    assert disk.size(f"{DIRECTORY}/00000001.log") == end.position
    disk.capacity_bytes = UNLIMITED_BYTES
    assert writer.append(b"second", schema_id=1, rows=1).segment == 2
    disk.crash()
    assert payloads(disk) == [b"first", b"second"]


def test_after_a_failed_sync_the_segment_is_never_written_again() -> None:
    disk = SimDisk()
    writer = open_writer(disk)
    writer.append(b"first", schema_id=1, rows=1)
    disk.sync_error_ratio = 1.0
    with pytest.raises(OverloadedError, match="failed to store a batch"):
        writer.append(b"refused", schema_id=1, rows=1)
    disk.sync_error_ratio = 0.0
    assert writer.append(b"second", schema_id=1, rows=1).segment == 2
    assert payloads(disk) == [b"first", b"second"]
    disk.crash()
    assert set(payloads(disk)) - {b"refused"} == {b"first", b"second"}, "what was refused may be stored, or not"


def test_a_clock_that_steps_back_changes_nothing_but_the_time_written() -> None:
    disk, clock = SimDisk(), SimClock()
    writer = open_writer(disk, clock)
    first = writer.append(b"first", schema_id=1, rows=1)
    clock.step(-3_000_000_000.0)
    second = writer.append(b"second", schema_id=1, rows=1)
    assert first.position < second.position
    assert payloads(disk) == [b"first", b"second"]


def test_a_restart_opens_a_new_segment_and_a_roll_another() -> None:
    disk = SimDisk()
    assert open_writer(disk).append(b"1", schema_id=1, rows=1).segment == 1
    disk.crash()
    writer = open_writer(disk, segment_bytes_max=50)
    assert [writer.append(b"2", schema_id=1, rows=1).segment for _ in range(3)] == [2, 3, 4]


def test_a_frame_larger_than_a_segment_still_has_one_of_its_own() -> None:
    disk = SimDisk()
    writer = open_writer(disk, segment_bytes_max=50)
    assert [writer.append(bytes(500), schema_id=1, rows=1).segment for _ in range(2)] == [1, 2]
    assert payloads(disk) == [bytes(500)] * 2


def test_a_quarantined_number_is_not_given_out_again() -> None:
    disk = SimDisk()
    disk.make_directory(DIRECTORY)
    disk.replace(f"{DIRECTORY}/00000041.7.quarantine", b"x")
    assert open_writer(disk).append(b"1", schema_id=1, rows=1).segment == 42


@pytest.mark.parametrize("name", ["", "..", "a/b", "W0", "-x", "x" * 64])
def test_a_name_that_is_no_directory_of_ours_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="not a usable name"):
        JournalWriter(SimDisk(), "home/journal/x", writer=name, clock=SimClock())


def test_empty_frames_and_closed_writers_are_refused() -> None:
    writer = open_writer(SimDisk())
    with pytest.raises(InvalidInputError, match="A frame of 0 rows"):
        writer.append(b"", schema_id=1, rows=0)
    writer.close()
    writer.close()
    with pytest.raises(ConflictError, match="is closed"):
        writer.append(b"late", schema_id=1, rows=1)


def test_the_position_answered_is_where_reading_goes_on() -> None:
    disk = SimDisk()
    writer = open_writer(disk)
    offset = writer.append(b"first", schema_id=1, rows=1)
    assert isinstance(offset, JournalOffset)
    writer.append(b"second", schema_id=1, rows=1)
    result = JournalReader(disk, "home/journal").read({"w0": offset})
    assert [frame.payload for frame in result.frames] == [b"second"]
