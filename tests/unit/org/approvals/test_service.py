"""One decision stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.errors import ConflictError, NotFoundError
from evenkeel.org.approvals.model import Approval, Decision, State
from evenkeel.org.approvals.service import Approvals
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemClock
from evenkeel.store.trail import trail

ASKED = Approval("a" * 32, "test", "production", "bot", {"side": "output"}, 1_000, 2_000)


@pytest.fixture
def records(tmp_path: Path) -> Any:
    made = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def approvals(records: Records) -> Approvals:
    made = Approvals(records, SystemClock())
    made.ask(ASKED)
    return made


def test_asking_twice_is_asking_once(approvals: Approvals) -> None:
    approvals.ask(ASKED)
    assert approvals.list(State.WAITING) == [ASKED]


def test_a_second_decision_is_told_of_the_first_which_is_audited(approvals: Approvals, records: Records) -> None:
    approvals.decide(ASKED.id, Decision(State.APPROVED, "grace", 1_500, "fine"))
    with pytest.raises(ConflictError, match="was approved by grace"):
        approvals.decide(ASKED.id, Decision(State.REJECTED, "ada", 1_600))
    assert approvals.get(ASKED.id).decided_by == "grace"
    (row,) = trail.latest(records)
    assert (row["actor"], row["action"], row["reason"]) == ("grace", "approval.approved", "fine")


def test_nobody_decides_on_what_has_expired(approvals: Approvals) -> None:
    with pytest.raises(ConflictError, match="expired"):
        approvals.decide(ASKED.id, Decision(State.APPROVED, "grace", 2_000))
    approvals.decide(ASKED.id, Decision(State.EXPIRED, "nobody", 2_000))
    with pytest.raises(ConflictError, match="nobody decided in time"):
        approvals.decide(ASKED.id, Decision(State.APPROVED, "grace", 1_999))


def test_a_decision_that_cannot_be_carried_out_is_none(approvals: Approvals, records: Records) -> None:
    def fail(_: Approval) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        approvals.decide(ASKED.id, Decision(State.APPROVED, "grace", 1_500), fail)
    assert approvals.get(ASKED.id) == ASKED
    assert trail.latest(records) == []


def test_what_there_is_not_is_not_found(approvals: Approvals) -> None:
    with pytest.raises(NotFoundError):
        approvals.get("b" * 32)
