"""The table of overrides of the budget gate."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, RowMapping, String, Table, Text

from evenkeel.judge.slo.gate import Override
from evenkeel.store.records.engine import metadata
from evenkeel.store.telemetry.port import ServiceKey

gate_overrides: Final = Table(
    "gate_overrides",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", String(200), nullable=False),
    Column("granted_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("revoked_at_us", BigInteger),
    Column("revoked_by", String(200), nullable=False),
)


def read_override(row: RowMapping) -> Override:
    """An override from a row."""
    return Override(
        id=row["id"],
        key=ServiceKey(row["environment"], row["service"]),
        reason=row["reason"],
        granted_by=row["granted_by"],
        granted_at_us=row["granted_at_us"],
        expires_at_us=row["expires_at_us"],
        revoked_at_us=row["revoked_at_us"],
    )
