"""What a person can say."""

from __future__ import annotations

from evenkeel.org.approvals.model import DECISIONS, State


def test_waiting_and_expired_are_no_decisions() -> None:
    assert set(State) - DECISIONS == {State.WAITING, State.EXPIRED}
