"""The history of verdicts: every change of a headline, with what it was decided from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, func, insert, select

from evenkeel.judge.objectives.engine import StatusChange
from evenkeel.judge.objectives.model import WindowName
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.ports import Ids
from evenkeel.kernel.verdict import Status
from evenkeel.store.records.engine import Records, metadata
from evenkeel.store.telemetry.port import ServiceKey

verdict_changes: Final = Table(
    "verdict_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("objective", String(100), nullable=False),
    Column("objective_version", String(32), nullable=False),
    Column("window", String(20), nullable=False),
    Column("old", String(20)),
    Column("new", String(20), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("estimate", Text, nullable=False),
    Index("verdict_changes_by_service", "environment", "service", "at_us"),
)


def save_changes(records: Records, ids: Ids, changes: Sequence[StatusChange], sentences: Sequence[str]) -> None:
    """Keep what changed, each with its sentence."""
    rows = [
        {
            "id": ids.new_id(),
            "at_us": change.at_us,
            "environment": change.key.environment,
            "service": change.key.service,
            "objective": change.objective,
            "objective_version": change.verdict.objective_version,
            "window": change.window.value,
            "old": None if change.old is None else change.old.value,
            "new": change.new.value,
            "sentence": sentence,
            "estimate": json.dumps(estimate_document(change.verdict.estimate)),
        }
        for change, sentence in zip(changes, sentences, strict=True)
    ]
    if rows:
        with records.transaction() as connection:
            connection.execute(insert(verdict_changes), rows)


def estimate_document(estimate: Estimate) -> dict[str, Any]:
    """An estimate as JSON; infinite bounds are null, as JSON has no word for them."""
    return _finite(asdict(estimate))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def last_statuses(records: Records) -> dict[tuple[ServiceKey, str], tuple[Status, int]]:
    """(service, objective) -> (status, since when), as it was when the last process ended."""
    partition = (verdict_changes.c.environment, verdict_changes.c.service, verdict_changes.c.objective)
    place = func.row_number().over(
        partition_by=partition, order_by=(verdict_changes.c.at_us.desc(), verdict_changes.c.id.desc())
    )
    newest = select(verdict_changes, place.label("place")).subquery()
    with records.transaction() as connection:
        rows = connection.execute(select(newest).where(newest.c.place == 1)).mappings().all()
    return {
        (ServiceKey(row["environment"], row["service"]), row["objective"]): (Status(row["new"]), row["at_us"])
        for row in rows
    }


def history(records: Records, key: ServiceKey | None = None, *, limit: int = 100) -> list[dict[str, Any]]:
    """Changes, newest first; of one service, or of all."""
    query = select(verdict_changes).order_by(verdict_changes.c.at_us.desc(), verdict_changes.c.id.desc()).limit(limit)
    if key is not None:
        query = query.where(verdict_changes.c.environment == key.environment, verdict_changes.c.service == key.service)
    with records.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        row["estimate"] = json.loads(row["estimate"])
        row["window"] = WindowName(row["window"]).value
    return rows
