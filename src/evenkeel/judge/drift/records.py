"""The table of references that somebody gave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Connection, RowMapping, String, Table, Text, select

from evenkeel.judge.drift.past import Past, past_from_json, past_to_json
from evenkeel.kernel.errors import CorruptDataError
from evenkeel.kernel.profile.table import TableProfile, table_from_json, table_to_json
from evenkeel.store.records.engine import metadata
from evenkeel.store.telemetry.port import ServiceKey

_WHY_MAX: Final = 300

drift_references: Final = Table(
    "drift_references",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)


@dataclass(frozen=True)
class GivenReference:
    """What a service's features looked like where it was made, as somebody says: training data, most often."""

    id: str
    key: ServiceKey
    made_at_us: int
    author: str
    reason: str
    table: TableProfile = field(default_factory=lambda: TableProfile(0, {}))
    past: Past | None = None  # instead of a table, times of the service's own past
    unreadable: str = ""  # why what is kept of it cannot be read: then nothing is compared with it


def load_active(connection: Connection, key: ServiceKey | None = None) -> Sequence[GivenReference]:
    """The reference that counts for a service, or those of all services; of each there is one at most."""
    query = select(drift_references).where(drift_references.c.active)
    if key is not None:
        query = query.where(of_service(key))
    return [_read(row) for row in connection.execute(query).mappings()]


def of_service(key: ServiceKey) -> ColumnElement[bool]:
    """The rows of a service."""
    return (drift_references.c.environment == key.environment) & (drift_references.c.service == key.service)


def row_of(given: GivenReference) -> dict[str, object]:
    """Its row."""
    past = given.past
    return {
        "id": given.id,
        "environment": given.key.environment,
        "service": given.key.service,
        "made_at_us": given.made_at_us,
        "author": given.author,
        "reason": given.reason,
        "source": given.table.source,
        "document": json.dumps(table_to_json(given.table) if past is None else {"past": past_to_json(past)}),
        "active": True,
    }


def _read(row: RowMapping) -> GivenReference:
    key = ServiceKey(row["environment"], row["service"])
    made = (row["id"], key, row["made_at_us"], row["author"], row["reason"])
    try:
        document: object = json.loads(row["document"])
        told = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        if "past" in told:
            return GivenReference(*made, past=past_from_json(told["past"]))
        return GivenReference(*made, table_from_json(told))
    except (CorruptDataError, KeyError, TypeError, ValueError, AttributeError) as error:
        # One service's reference is lost: all others are judged, and this one is not judged by something else.
        return GivenReference(*made, unreadable=str(error)[:_WHY_MAX] or type(error).__name__)
