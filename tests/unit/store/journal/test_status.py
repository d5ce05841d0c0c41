"""What waits in a journal, as the health page and doctor see it."""

from __future__ import annotations

import pytest

from evenkeel.store.journal import status
from evenkeel.store.journal.frame import HEADER_BYTES
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.journal.status import load_status
from evenkeel.store.journal.writer import JournalWriter, WriterOptions
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import SimDisk

ROOT = "home/journal"
FRAME = HEADER_BYTES + 1


@pytest.fixture
def disk() -> SimDisk:
    disk, clock = SimDisk(), SimClock(1_000_000)
    options = WriterOptions(segment_bytes_max=2 * FRAME)
    writer = JournalWriter(disk, f"{ROOT}/w0", writer="w0", clock=clock, options=options)
    for _ in range(5):
        writer.append(b"x", schema_id=1, rows=10)
        clock.advance(1.0)
    return disk


def test_everything_waits_when_nothing_was_folded(disk: SimDisk) -> None:
    (state,) = load_status(disk, ROOT, {})
    assert (state.writer, state.segments, state.bytes_on_disk) == ("w0", 3, 5 * FRAME)
    assert (state.backlog_bytes, state.backlog_frames, state.backlog_rows) == (5 * FRAME, 5, 50)
    assert (state.oldest_at_us, state.is_counted_fully, state.quarantined) == (1_000_000, True, 0)


def test_what_was_folded_waits_no_more(disk: SimDisk) -> None:
    (state,) = load_status(disk, ROOT, {"w0": JournalOffset(2, FRAME)})
    assert (state.backlog_frames, state.backlog_bytes, state.oldest_at_us) == (2, 2 * FRAME, 4_000_000)
    offsets = JournalReader(disk, ROOT).read({}).offsets
    (state,) = load_status(disk, ROOT, offsets)
    assert (state.backlog_frames, state.backlog_bytes, state.oldest_at_us) == (0, 0, None)


def test_damaged_bytes_set_aside_are_counted(disk: SimDisk) -> None:
    disk.damage(f"{ROOT}/w0/00000001.log", 3, b"?")
    JournalReader(disk, ROOT).read({})
    (state,) = load_status(disk, ROOT, {})
    assert (state.quarantined, state.quarantined_bytes) == (1, FRAME)


def test_a_long_backlog_is_counted_up_to_a_limit_and_says_so(disk: SimDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "FRAMES_COUNTED_MAX", 3)
    (state,) = load_status(disk, ROOT, {})
    assert (state.backlog_frames, state.is_counted_fully) == (3, False)
    assert state.backlog_bytes == 5 * FRAME


def test_a_home_without_a_journal_has_nothing_to_say() -> None:
    assert not load_status(SimDisk(), ROOT, {})
