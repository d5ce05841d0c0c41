"""What is kept of golden queries is read back as it was."""

from __future__ import annotations

from pathlib import Path

from evenkeel.judge.golden import records
from evenkeel.judge.golden.model import GoldenQuery, GoldenRun, GoldenSet, Scored, SetHead
from evenkeel.kernel.time import Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "bot")


def test_a_set_and_a_run_are_read_back_as_they_were(tmp_path: Path) -> None:
    held = GoldenSet(SetHead(KEY, "faq", 1, 5, 60, 1, 7, "jo"), {"q": GoldenQuery("q", {"a": 2.0}, "Why?")})
    scored = Scored({"q": (0.0, 2.0)}, unknown=["z"], failed={"q": "timeout"})
    run = GoldenRun("1", KEY, "faq", 1, 8, "1.4", "ci", scored, "d")
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with opened.transaction() as connection:
        records.save_set(connection, held)
        records.save_run(connection, run)
        assert records.load_set(connection, KEY, "faq") == held
        assert records.load_heads(connection, KEY) == [held.head]
        assert records.load_versions(connection, KEY, "faq") == [(held.head, 1)]
        assert records.load_newest_run(connection, KEY, "faq", Window(9, 20)) is None
        assert records.load_newest_run(connection, KEY, "faq", Window(8, 8)) is not None
        found = records.load_run(connection, KEY, "faq", "1")
        assert records.load_accepted(connection, KEY, "faq") is None
        records.accept_run(connection, run, 9, "jo")
        assert records.load_accepted(connection, KEY, "faq", but="1") is None
        assert records.load_accepted(connection, KEY, "faq") is not None
    opened.close()
    assert found is not None
    assert found.scored.gains == scored.gains
    assert (found.scored.failed, found.scored.unknown, found.release) == ({"q": "timeout"}, ["z"], "1.4")
