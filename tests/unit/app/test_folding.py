"""From the journals of a home into its store."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from evenkeel.app.control import Control
from evenkeel.app.folding import DELETE_EVERY_US, FINDINGS_KEPT, Folding
from evenkeel.app.home import Home
from evenkeel.app.offline import fold_home
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.testing.clock import SimClock

Write = Any


def stored(control: Control) -> int:
    return control.stores.telemetry.usage().events


def test_what_waits_in_all_journals_is_folded_once(control: Control, write: Write) -> None:
    write(3)
    write(2, writer="w1")
    assert control.folding.drain() == 5
    assert control.folding.drain() == 0
    assert (stored(control), control.folding.rows) == (5, 5)


def test_a_second_look_goes_on_where_the_first_stopped_also_in_another_process(home: Home, write: Write) -> None:
    write(3)
    assert fold_home(home) == 3
    write(1)
    assert fold_home(home) == 1


def test_a_damaged_frame_is_set_aside_and_named_and_the_rest_is_folded(
    home: Home, control: Control, write: Write
) -> None:
    write(1)
    write(1)
    write(1)
    damage(home.journal / "w0" / "00000002.log", 80)
    assert control.folding.drain() == 2
    (finding,) = control.folding.findings
    assert finding.startswith("Damaged data was passed by: journal w0, segment 2")
    assert len(list((home.journal / "w0").glob("*.quarantine"))) == 1


def test_a_frame_whose_checksum_holds_but_whose_content_cannot_be_read_is_set_aside(
    home: Home, control: Control, write: Write
) -> None:
    journal = JournalWriter(RealDisk(), str(home.journal / "w0"), writer="w0", clock=SystemClock())
    journal.append(b"no arrow at all", schema_id=SCHEMA_ID, rows=1)
    journal.close()
    write(2, writer="w1")
    assert control.folding.drain() == 2
    assert any("kept in" in finding and "w0" in finding for finding in control.folding.findings)
    assert control.folding.drain() == 0, "it is not read again"


def test_folded_segments_are_deleted_now_and_then_but_the_newest_stays(
    home: Home, write: Write, control: Control
) -> None:
    clock = SimClock()
    folding = Folding(control.stores.telemetry, RealDisk(), str(home.journal), clock)
    write(1)
    folding.drain()
    write(1)
    folding.drain()
    assert [file.name for file in sorted((home.journal / "w0").glob("*.log"))] == ["00000001.log", "00000002.log"]
    clock.advance(DELETE_EVERY_US / US_PER_SECOND)
    folding.drain()
    assert [file.name for file in (home.journal / "w0").glob("*.log")] == ["00000002.log"]


def test_findings_are_kept_for_the_health_page_but_not_for_ever(home: Home, control: Control, write: Write) -> None:
    for _ in range(FINDINGS_KEPT + 2):
        write(1)
    for segment in range(1, FINDINGS_KEPT + 2):
        damage(home.journal / "w0" / f"{segment:08d}.log", 80)
    control.folding.drain()
    assert stored(control) == 1
    assert len(control.folding.findings) == FINDINGS_KEPT
    assert f"segment {FINDINGS_KEPT + 1}," in control.folding.findings[-1], "the newest ones are kept"


def test_a_batch_that_the_store_refuses_is_set_aside_and_does_not_stop_the_others(
    home: Home, control: Control, write: Write
) -> None:
    write(2)
    write(1, tokens_in=2**62, weight=1e9)  # the doors refuse such numbers; a journal may come from elsewhere
    write(3)
    write(1, writer="w1")
    assert control.folding.drain() == 6
    assert "out of range" in control.folding.findings[-1]
    (kept,) = [file for file in (home.journal / "w0").iterdir() if file.suffix not in (".log", "")]
    assert kept.stat().st_size > 0
    assert stored(control) == 6
    write(1)
    assert control.folding.drain() == 1
    assert len(control.folding.findings) == 1


def test_nobody_folds_while_somebody_holds_the_home_still(control: Control, write: Write) -> None:
    write(1)
    done = threading.Event()

    def fold() -> None:
        control.folding.drain()
        done.set()

    with control.folding.still:
        thread = threading.Thread(target=fold)
        thread.start()
        assert not done.wait(0.2)
        assert stored(control) == 0
    assert done.wait(10)
    thread.join()
    assert len(control.stores.telemetry.events(EventFilter()).events) == 1


def damage(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 0xFF
    file.write_bytes(data)
