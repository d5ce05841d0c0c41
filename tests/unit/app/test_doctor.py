"""The doctor finds damage that was really made, names it, and says what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evenkeel.app.control import Control
from evenkeel.app.doctor import examine
from evenkeel.app.home import Home
from evenkeel.app.offline import fold_home, opened
from evenkeel.org.access.keys import NewKey
from evenkeel.web.health import Check, Level

Write = Any


@pytest.fixture
def lived_in(home: Home, write: Write) -> Home:
    """A home with folded events of two writers and a trail."""
    write(5)
    write(2, writer="w1")
    with opened(home) as control:
        control.folding.drain()
        for name in ("a", "b", "c"):
            control.stores.keys.create(NewKey(name), actor="jo")
    return home


def look(home: Home) -> dict[str, Check]:
    with opened(home) as control:
        return checks(control)


def checks(control: Control) -> dict[str, Check]:
    return {check.name: check for check in examine(control.stores, 30)}


def wrong(found: dict[str, Check]) -> list[str]:
    return [name for name, check in found.items() if check.level is not Level.OK]


def test_a_home_that_is_well_is_said_to_be_well(lived_in: Home) -> None:
    found = look(lived_in)
    assert wrong(found) == []
    assert set(found) == {"journal w0 frames", "journal w1 frames", "offsets", "counters", "audit trail"}
    assert not any(check.todo for check in found.values())
    assert "2 journals" in found["offsets"].finding
    assert "3 rows" in found["audit trail"].finding


def test_an_empty_home_is_well(home: Home) -> None:
    assert wrong(look(home)) == []


def test_a_corrupted_frame_is_found_and_the_folder_it_lies_in_named(lived_in: Home, write: Write) -> None:
    write(1)
    write(1)
    flip(lived_in.journal / "w0" / "00000002.log", 100)
    fold_home(lived_in)
    found = look(lived_in)
    assert wrong(found) == ["journal w0 frames"]
    check = found["journal w0 frames"]
    assert check.facts == {"quarantined": 1}
    assert check.finding.startswith("1 piece")
    assert str(lived_in.journal / "w0") in check.todo


@pytest.mark.parametrize(
    ("change", "measure"),
    [
        ("UPDATE counters_minute SET good = good + 1", "good"),
        ("DELETE FROM counters_minute", "good"),
        ("DELETE FROM events", "good"),
        ("UPDATE counters_minute SET cost_nano = 1", "cost_nano"),
    ],
)
def test_counters_that_are_not_the_sum_of_their_events_are_found(lived_in: Home, change: str, measure: str) -> None:
    with closing(duckdb.connect(str(lived_in.telemetry))) as connection:
        connection.execute(change)
    check = look(lived_in)["counters"]
    assert check.level is Level.BREACH
    assert "production/bot" in check.finding
    assert measure in check.finding
    assert check.facts["discrepancies"] >= 1
    assert "backup" in check.todo


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE trail SET actor = 'eve' WHERE seq = 2", "row 2 was altered"),
        ("UPDATE trail SET after = replace(after, 'b', 'x') WHERE seq = 2", "row 2 was altered"),
        ("DELETE FROM trail WHERE seq = 2", "row 2 is missing"),
        ("UPDATE trail SET hash = 'f' WHERE seq = 1", "row 1 was altered"),
        ("UPDATE trail SET previous = '' WHERE seq = 3", "row 3 does not follow"),
    ],
)
def test_a_trail_that_somebody_changed_is_found(lived_in: Home, change: str, why: str) -> None:
    tamper(lived_in.records, change)
    check = look(lived_in)["audit trail"]
    assert check.level is Level.BREACH
    assert why in check.finding
    assert check.facts == {"broken_at": int(why.split()[1])}
    assert "Compare with a backup" in check.todo


def test_a_journal_that_is_gone_is_named(lived_in: Home) -> None:
    for file in sorted((lived_in.journal / "w1").iterdir()):
        file.unlink()
    (lived_in.journal / "w1").rmdir()
    check = look(lived_in)["offsets"]
    assert check.level is Level.WARNING
    assert "w1 is gone" in check.finding
    assert "restore the journal folder" in check.todo


def test_a_journal_cut_below_what_was_folded_is_named(lived_in: Home) -> None:
    file = lived_in.journal / "w0" / "00000001.log"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:100])
    found = look(lived_in)
    assert wrong(found) == ["offsets"]
    assert f"segment 1 of w0 was folded up to byte {size:,} and has 100" in found["offsets"].finding


def test_an_offset_beyond_the_last_segment_is_named(lived_in: Home, write: Write) -> None:
    for _ in range(3):
        write(1)
    fold_home(lived_in)
    newest = lived_in.journal / "w0" / "00000004.log"
    newest.rename(newest.with_name("00000002.log"))
    found = look(lived_in)
    assert wrong(found) == ["offsets"]
    assert "w0 was folded up to segment 4 and ends with segment 2" in found["offsets"].finding


def test_every_kind_of_damage_is_found_at_once(lived_in: Home, write: Write) -> None:
    write(1)
    write(1)
    flip(lived_in.journal / "w0" / "00000002.log", 100)
    fold_home(lived_in)
    tamper(lived_in.records, "DELETE FROM trail WHERE seq = 1")
    with closing(duckdb.connect(str(lived_in.telemetry))) as connection:
        connection.execute("UPDATE counters_minute SET bad = 7")
    (lived_in.journal / "w1" / "00000001.log").unlink()
    assert wrong(look(lived_in)) == ["journal w0 frames", "offsets", "counters", "audit trail"]


def flip(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 0xFF
    file.write_bytes(data)


def tamper(records: Path, statement: str) -> None:
    """What somebody with a database shell can do: the refusing triggers go first."""
    with closing(sqlite3.connect(records)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert triggers
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        assert connection.execute(statement).rowcount > 0
        connection.commit()
