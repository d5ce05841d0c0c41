"""What waits is read the oldest first, all else the newest first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evenkeel.org.approvals.model import Approval, Decision, State
from evenkeel.org.approvals.records import load_approval, load_approvals, save_approval, save_decision
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
