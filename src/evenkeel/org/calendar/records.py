"""The table of calendar entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, RowMapping, String, Table, Text, select

from evenkeel.org.calendar.model import Entry, EntryKind
from evenkeel.store.records.engine import metadata

calendar_entries: Final = Table(
    "calendar_entries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("starts_us", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", String(200), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("cancelled_at_us", BigInteger),
    Column("cancelled_by", String(200), nullable=False),
)


def load_entries(connection: Connection) -> Sequence[Entry]:
    """All entries, the latest start first."""
    query = select(calendar_entries).order_by(calendar_entries.c.starts_us.desc(), calendar_entries.c.id)
    return [read_entry(row) for row in connection.execute(query).mappings()]


def read_entry(row: RowMapping) -> Entry:
    """An entry from a row."""
    values: dict[str, Any] = {**row, "kind": EntryKind(row["kind"])}
    return Entry(**values)
