"""The journal over a real disk: what is written is read back, whole and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.errors import HomeBusyError
from evenkeel.store.journal.reader import JournalReader, ReadLimits
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.telemetry.port import JournalOffset


def open_writer(root: Path, writer: str = "w0", segment_bytes_max: int = 64 * 1024 * 1024) -> JournalWriter:
    options = WriterOptions(segment_bytes_max=segment_bytes_max, free_bytes_min=0)
    return JournalWriter(RealDisk(), f"{root}/{writer}", writer=writer, clock=SystemClock(), options=options)


def test_frames_are_read_back_in_order_and_after_the_offset(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    middle = [writer.append(b"%d" % each, schema_id=1, rows=each + 1) for each in range(5)][2]
    reader = JournalReader(RealDisk(), str(tmp_path))
    everything = reader.read({})
    assert [(frame.payload, frame.rows) for frame in everything.frames] == [(b"%d" % n, n + 1) for n in range(5)]
    assert not everything.findings
    assert not everything.more
    rest = reader.read({"w0": middle})
    assert [frame.payload for frame in rest.frames] == [b"3", b"4"]
    assert not reader.read(everything.offsets).frames


def test_a_full_segment_is_followed_by_another_and_folded_ones_are_deleted(tmp_path: Path) -> None:
    writer = open_writer(tmp_path, segment_bytes_max=100)
    for each in range(6):
        writer.append(b"%d" % each * 40, schema_id=1, rows=1)
    reader = JournalReader(RealDisk(), str(tmp_path))
    result = reader.read({})
    assert [frame.payload[:1] for frame in result.frames] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert result.offsets["w0"].segment == 6
    assert reader.delete_folded(result.offsets) == 5
    assert reader.delete_folded({"w0": JournalOffset(99, 0)}) == 0
    assert not reader.read(result.offsets).frames


def test_a_limit_stops_reading_and_the_next_read_goes_on(tmp_path: Path) -> None:
    first, second = open_writer(tmp_path, "a"), open_writer(tmp_path, "b")
    for each in range(10):
        first.append(b"a%d" % each, schema_id=1, rows=10)
    second.append(b"b", schema_id=1, rows=1)
    reader = JournalReader(RealDisk(), str(tmp_path), ReadLimits(rows_max=30))
    seen: list[bytes] = []
    offsets: dict[str, JournalOffset] = {}
    reads = 0
    while (result := reader.read(offsets)).more:
        offsets.update(result.offsets)
        seen += [frame.payload for frame in result.frames]
        reads += 1
    seen += [frame.payload for frame in result.frames]
    assert sorted(seen) == [*(b"a%d" % each for each in range(10)), b"b"]
    assert seen.index(b"b") < 9, "a busy writer must not starve the other"


def test_a_second_process_cannot_write_the_same_journal(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    with pytest.raises(HomeBusyError, match="Another process writes"):
        open_writer(tmp_path)
    writer.close()
    open_writer(tmp_path).close()
