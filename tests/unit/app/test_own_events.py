"""Control's own events are safe before they are answered for, and read as anybody's."""

from __future__ import annotations

from pathlib import Path

from evenkeel.app.own_events import WRITER, OwnEvents
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.system import RealDisk
from evenkeel.testing.clock import SimClock


def batch(number: int) -> EventBatch:
    made = EventBatch()
    about = {"environment": "production", "service": "bot", "source": "api"}
    own = number.to_bytes(16, "big")
    made.add({"event_id": own, "request_id": own, "kind": "review", "at": 1, "arrived_at": 1, **about})
    return made


def test_what_was_written_is_in_a_journal_of_its_own_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    for number in range(2):
        events = OwnEvents(RealDisk(), tmp_path, SimClock())
        events.write(batch(number))
        events.close()
        events.close()
    frames = JournalReader(RealDisk(), str(tmp_path)).read({}).frames
    assert {frame.writer for frame in frames} == {WRITER}
    assert [decode_payload(frame.payload, SCHEMA_ID).num_rows for frame in frames] == [1, 1]


def test_nothing_is_made_before_the_first_event(tmp_path: Path) -> None:
    OwnEvents(RealDisk(), tmp_path, SimClock()).close()
    assert list(tmp_path.iterdir()) == []
