"""The use cases around what waits for a person: asked, decided once, expired (SPEC GW-9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from evenkeel.kernel.errors import ConflictError, NotFoundError
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import isoformat
from evenkeel.org.approvals.model import Approval, Decision, State, Tally
from evenkeel.org.approvals.records import load_approval, load_approvals, load_tally, save_approval, save_decision
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail

#: Who is named where nobody decided in time.
NOBODY: Final = "nobody"
#: Of a list, at most.
LISTED_MAX: Final = 1_000

Then = Callable[[Approval], None]


class Approvals:
    """Safe to use from any thread: a transaction decides who was first."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def ask(self, approval: Approval) -> None:
        """Let it wait for a person; asking again changes nothing."""
        with self._records.transaction() as connection:
            if load_approval(connection, approval.id) is None:
                save_approval(connection, approval)

    def get(self, approval_id: str) -> Approval:
        """One. Raises NotFoundError."""
        with self._records.transaction() as connection:
            return _found(load_approval(connection, approval_id), approval_id)

    def list(self, state: State | None = None, limit: int = 100) -> Sequence[Approval]:
        """What waits, the oldest first; other states, the newest first."""
        with self._records.transaction() as connection:
            return load_approvals(connection, state, min(limit, LISTED_MAX))

    def tally(self, kind: str, within_us: int) -> Tally:
        """What of a kind waits, and how much expired within that time."""
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            return load_tally(connection, kind, now_us, now_us - within_us)

    def decide(self, approval_id: str, decision: Decision, then: Then | None = None) -> Approval:
        """Decide. `then` carries it out, within the transaction: what it raises leaves all as it was.

        Raises NotFoundError, and ConflictError that names who decided before, or that it expired.
        """
        with self._records.transaction() as connection:
            approval = _found(load_approval(connection, approval_id), approval_id)
            if approval.state is not State.WAITING:
                raise ConflictError(_told(approval), hint="The first decision stands.", state=approval.state.value)
            if decision.state is not State.EXPIRED and decision.at_us >= approval.expires_at_us:
                fact = f"Review {approval_id} expired at {isoformat(approval.expires_at_us)}."
                raise ConflictError(fact, hint="Its caller was refused; the request has to be sent again.")
            decided = replace(
                approval,
                state=decision.state,
                decided_at_us=decision.at_us,
                decided_by=decision.by,
                reason=decision.reason,
            )
            save_decision(connection, approval_id, decision)
            change = trail.Change(
                decision.by,
                f"approval.{decision.state.value}",
                f"{approval.kind} {approval_id} of {approval.environment}/{approval.service}"[:400],
                before={"state": approval.state.value},
                after={"state": decision.state.value, **approval.payload},
                reason=decision.reason,
            )
            trail.record(connection, change, self._clock.now_us())
            if then is not None:
                then(decided)
            return decided


def _found(approval: Approval | None, approval_id: str) -> Approval:
    if approval is None:
        raise NotFoundError(
            f"There is no review {approval_id[:40]!r}.", hint="`evenkeel reviews list` shows what waits."
        )
    return approval


def _told(approval: Approval) -> str:
    at = isoformat(approval.decided_at_us or 0)
    if approval.state is State.EXPIRED:
        return f"Review {approval.id} expired at {at}: nobody decided in time."
    return f"Review {approval.id} was {approval.state.value} by {approval.decided_by} at {at}."
