"""What waits is read the oldest first, all else the newest first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evenkeel.org.approvals.model import Approval, Decision, State, Tally
from evenkeel.org.approvals.records import load_approval, load_approvals, load_tally, save_approval, save_decision
from evenkeel.store.records.engine import Records

FIRST = Approval("a" * 32, "test", "production", "bot", {"side": "output"}, 1_000, 2_000)
SECOND = replace(FIRST, id="b" * 32, asked_at_us=1_100)


def test_approvals_are_read_as_they_were_written(tmp_path: Path) -> None:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with records.transaction() as connection:
        save_approval(connection, SECOND)
        save_approval(connection, FIRST)
        assert load_approvals(connection, State.WAITING, 10) == [FIRST, SECOND]
        assert load_approvals(connection, None, 1) == [SECOND]
        save_decision(connection, FIRST.id, Decision(State.REJECTED, "grace", 1_500, "no"))
        found = load_approval(connection, FIRST.id)
        assert load_approvals(connection, State.WAITING, 10) == [SECOND]
    records.close()
    assert found == replace(FIRST, state=State.REJECTED, decided_at_us=1_500, decided_by="grace", reason="no")


def test_what_waits_is_counted_with_what_nobody_decided_in_time(tmp_path: Path) -> None:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    gone = replace(FIRST, id="c" * 32, expires_at_us=1_200)
    expired, decided, old = (replace(gone, id=each * 32) for each in "def")
    with records.transaction() as connection:
        assert load_tally(connection, "test", 1_500, 0) == Tally(0, 0, None, None, 0)
        for each in (FIRST, SECOND, gone, expired, decided, replace(old, expires_at_us=1_099)):
            save_approval(connection, each)
        save_approval(connection, replace(FIRST, id="0" * 32, kind="other"))
        save_decision(connection, expired.id, Decision(State.EXPIRED, "nobody", 1_300))
        save_decision(connection, decided.id, Decision(State.APPROVED, "grace", 1_150))
        # Of those that wait, the first is past half of its time; one that nobody wrote down as expired has.
        assert load_tally(connection, "test", 1_500, 1_100) == Tally(2, 1, 1_000, 2_000, 2)
        assert load_tally(connection, "test", 1_500, 1_000).expired == 3
        assert load_tally(connection, "test", 2_000, 1_200) == Tally(0, 0, None, None, 2)
    records.close()
