"""The table of approvals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    RowMapping,
    String,
    Table,
    Text,
    case,
    func,
    insert,
    select,
    update,
)

from evenkeel.org.approvals.model import Approval, Decision, State, Tally
from evenkeel.store.records.engine import metadata

approvals: Final = Table(
    "approvals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("decided_at_us", BigInteger),
    Column("decided_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)


def load_approval(connection: Connection, approval_id: str) -> Approval | None:
    """One."""
    row = connection.execute(select(approvals).where(approvals.c.id == approval_id)).mappings().first()
    return None if row is None else _read(row)


def load_approvals(connection: Connection, state: State | None, limit: int) -> Sequence[Approval]:
    """Those of a state, the oldest first; of any state, the newest first."""
    query = select(approvals).limit(limit)
    if state is State.WAITING:
        query = query.order_by(approvals.c.asked_at_us, approvals.c.id)
    else:
        query = query.order_by(approvals.c.asked_at_us.desc(), approvals.c.id)
    if state is not None:
        query = query.where(approvals.c.state == state.value)
    return [_read(row) for row in connection.execute(query).mappings()]


def load_tally(connection: Connection, kind: str, now_us: int, since_us: int) -> Tally:
    """What waits of a kind, and what expired since then; what is past its time has expired, whoever wrote it down."""
    is_open = (approvals.c.state == State.WAITING.value) & (approvals.c.expires_at_us > now_us)
    is_late = is_open & (approvals.c.asked_at_us + approvals.c.expires_at_us <= 2 * now_us)
    is_over = approvals.c.state.in_((State.WAITING.value, State.EXPIRED.value)) & (approvals.c.expires_at_us <= now_us)
    query = select(
        func.count(case((is_open, 1))),
        func.count(case((is_late, 1))),
        func.min(case((is_open, approvals.c.asked_at_us))),
        func.min(case((is_open, approvals.c.expires_at_us))),
        func.count(case((is_over, 1))),
    ).where(approvals.c.kind == kind, approvals.c.expires_at_us > since_us)
    return Tally(*connection.execute(query).one())


def save_approval(connection: Connection, approval: Approval) -> None:
    """Add one."""
    connection.execute(
        insert(approvals).values(
            id=approval.id,
            kind=approval.kind,
            environment=approval.environment,
            service=approval.service,
            payload=json.dumps(dict(approval.payload), sort_keys=True),
            asked_at_us=approval.asked_at_us,
            expires_at_us=approval.expires_at_us,
            state=approval.state.value,
            decided_at_us=approval.decided_at_us,
            decided_by=approval.decided_by,
            reason=approval.reason,
        )
    )


def save_decision(connection: Connection, approval_id: str, decision: Decision) -> None:
    """Write what was decided."""
    connection.execute(
        update(approvals)
        .where(approvals.c.id == approval_id)
        .values(
            state=decision.state.value,
            decided_at_us=decision.at_us,
            decided_by=decision.by,
            reason=decision.reason,
        )
    )


def _read(row: RowMapping) -> Approval:
    values: dict[str, Any] = {**row, "state": State(row["state"]), "payload": json.loads(row["payload"])}
    return Approval(**values)
