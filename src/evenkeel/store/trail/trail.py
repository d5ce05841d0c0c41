"""The audit trail: who did what, when and why, in one transaction with the change itself (SPEC SEC-5).

Each row carries the hash of the one before it, so a row taken out or altered is found by `verify`. The
database refuses changes; the chain finds those who went round it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, RowMapping, String, Table, Text, insert, select, text

from evenkeel.store.records.engine import Records, metadata

trail: Final = Table(
    "trail",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(100), nullable=False),
    Column("target", String(400), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("reason", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

_FIRST: Final = "0" * 64
_HASHED: Final = ("seq", "at_us", "actor", "action", "target", "before", "after", "reason", "previous")


@dataclass(frozen=True, slots=True)
class Change:
    """One act. `before` and `after` are what the target was and is; no secrets, no personal data."""

    actor: str
    action: str  # key.create, setup.complete …
    target: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TrailReport:
    """Whether the chain holds: rows read, and the first one that does not fit."""

    rows: int
    broken_at: int | None = None
    why: str = ""


def record(connection: Connection, change: Change, at_us: int) -> None:
    """Append a row, in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(1701017702)"))
    last = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    row: dict[str, Any] = {
        "seq": 1 if last is None else last.seq + 1,
        "at_us": at_us,
        "actor": change.actor,
        "action": change.action,
        "target": change.target,
        "before": None if change.before is None else _canonical(change.before),
        "after": None if change.after is None else _canonical(change.after),
        "reason": change.reason,
        "previous": _FIRST if last is None else last.hash,
    }
    connection.execute(insert(trail).values(**row, hash=_hash(row)))


def latest(records: Records, *, limit: int = 100) -> Sequence[RowMapping]:
    """The newest rows, newest first."""
    with records.transaction() as connection:
        return connection.execute(select(trail).order_by(trail.c.seq.desc()).limit(limit)).mappings().all()


def concerning(records: Records, target: str, *, action: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """The newest rows of one target, of one action or of all, newest first."""
    wanted = (trail.c.target == target) & (trail.c.action == action) if action else trail.c.target == target
    query = select(trail).where(wanted).order_by(trail.c.seq.desc()).limit(limit)
    with records.transaction() as connection:
        return connection.execute(query).mappings().all()


def verify(records: Records) -> TrailReport:
    """Recompute the whole chain."""
    previous, rows = _FIRST, 0
    with records.transaction() as connection:
        for row in connection.execute(select(trail).order_by(trail.c.seq)).mappings():
            rows += 1
            if row["seq"] != rows:
                return TrailReport(rows, rows, f"row {rows} is missing")
            if row["previous"] != previous:
                return TrailReport(rows, rows, f"row {rows} does not follow the row before it")
            if row["hash"] != _hash({name: row[name] for name in _HASHED}):
                return TrailReport(rows, rows, f"row {rows} was altered")
            previous = row["hash"]
    return TrailReport(rows)


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({name: row[name] for name in _HASHED}).encode()).hexdigest()
