"""The tables of live edits: what is in force beside the configuration, and every change there ever was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, select

from evenkeel.store.records.engine import metadata

gateway_overlays: Final = Table(
    "gateway_overlays",
    metadata,
    Column("target", String(410), primary_key=True),
    Column("field", String(20), primary_key=True),
    Column("value", Text, nullable=False),
    Column("configured", String(64), nullable=False),
    Column("change_id", String(32), nullable=False),
)

gateway_changes: Final = Table(
    "gateway_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("target", String(410), nullable=False),
    Column("field", String(20), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A field of a route or limit that was changed live, and holds until its configured value changes."""

    target: str  # `environment/service`, or `limit:ID`
    field: str  # weights, shadow, fallback, kill, amount
    value: Any  # as JSON has it
    configured: str  # hash of the configured value when it was changed
    change_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change, with how it stood before and after."""

    id: str
    at_us: int
    actor: str
    target: str
    field: str
    before: Any
    after: Any
    reason: str


def load_overlays(connection: Connection) -> Sequence[Overlay]:
    """All that hold."""
    query = select(gateway_overlays).order_by(gateway_overlays.c.change_id)
    rows = connection.execute(query).mappings()
    return [
        Overlay(row["target"], row["field"], json.loads(row["value"]), row["configured"], row["change_id"])
        for row in rows
    ]


def load_changes(connection: Connection, target: str = "", limit: int = 100) -> Sequence[Change]:
    """The latest changes, newest first; of one target, or of all."""
    query = select(gateway_changes).order_by(gateway_changes.c.at_us.desc(), gateway_changes.c.id.desc()).limit(limit)
    if target:
        query = query.where(gateway_changes.c.target == target)
    return [
        Change(
            row["id"], row["at_us"], row["actor"], row["target"], row["field"], json.loads(row["before"]),
            json.loads(row["after"]), row["reason"],
        )
        for row in connection.execute(query).mappings()
    ]  # fmt: skip
