"""`evenkeel doctor` on damaged homes: what it says, and its exit code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evenkeel.app.importing import import_file
from evenkeel.cli.doctor import SIGNS
from evenkeel.observe.imports.mapping import read_mapping
from evenkeel.observe.imports.run import ImportOrder
from evenkeel.web.health import Level

Calls = Callable[..., list[str]]


@pytest.fixture
def lived_in(evenkeel: Any, calls: Calls) -> Any:
    evenkeel(*calls(5))
    evenkeel("keys", "create", "bot")
    return evenkeel


def test_a_home_that_is_well_exits_with_0(lived_in: Any) -> None:
    output = lived_in("doctor").output
    assert "● audit trail: The chain of 1 rows holds." in output
    assert all(line.startswith("●") for line in output.splitlines())


def test_every_level_of_a_check_has_a_sign() -> None:
    assert SIGNS.keys() == {level.value for level in Level}


def test_a_changed_counter_is_named_with_what_to_do(lived_in: Any) -> None:
    with closing(duckdb.connect(str(lived_in.home.telemetry))) as connection:
        connection.execute("UPDATE counters_minute SET good = good + 1")
    found = lived_in("doctor", fails=True)
    assert found.exit_code == 1
    assert "■ counters: " in found.output
    assert "production/bot" in found.output
    assert "    → Report this" in found.output


def test_a_changed_trail_is_named_in_json(lived_in: Any) -> None:
    with closing(sqlite3.connect(lived_in.home.records)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE trail SET actor = 'eve'")
        connection.commit()
    document = lived_in.json("doctor", fails=True)
    assert document["status"] == "breach"
    (broken,) = [check for check in document["checks"] if check["status"] != "ok"]
    assert (broken["name"], broken["finding"]) == ("audit trail", "The chain breaks: row 1 was altered.")


def test_a_corrupted_frame_that_waits_is_met_set_aside_and_named(lived_in: Any, calls: Calls, tmp_path: Path) -> None:
    for name in ("one", "two"):
        words = calls(3, name=name)
        order = ImportOrder(Path(words[-1]), read_mapping(Path(words[-2])), lived_in.home.imports)
        import_file(lived_in.home, order, folds=False, progress=lambda _: None)
    segments = sorted((lived_in.home.journal / "import").glob("*.log"))
    data = bytearray(segments[-2].read_bytes())
    data[120] ^= 0xFF
    segments[-2].write_bytes(data)
    found = lived_in("doctor", fails=True)
    assert found.exit_code == 1
    assert "▲ journal: Damaged data was passed by: journal import" in found.output
    assert "▲ journal import frames: 1 piece" in found.output
    assert "→ They lie in" in found.output


def test_a_journal_that_begins_before_what_was_folded_is_named(lived_in: Any, calls: Calls) -> None:
    for name in ("one", "two", "three"):
        lived_in(*calls(3, name=name))
    (*_, newest) = sorted((lived_in.home.journal / "import").glob("*.log"))
    newest.unlink()
    for segment in (lived_in.home.journal / "import").glob("*.log"):
        segment.unlink()
    (newest.parent / "00000001.log").write_bytes(b"")
    found = lived_in("doctor", fails=True)
    assert found.exit_code == 1
    assert "begins before what was folded" in found.output
