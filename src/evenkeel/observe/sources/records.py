"""Pulled minutes and how far each query is pulled: one table and its ledger, written in one transaction.

A pull replaces the minutes it asked about. So asking again, after a crash or because a source completes its
minutes late, changes nothing but what the source itself changed: nothing is lost, nothing counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, String, Table, Text, delete, insert, select

from evenkeel.kernel.time import Window
from evenkeel.observe.sources.model import PullState, SourceMinute
from evenkeel.store.records.engine import Records, metadata

source_minutes: Final = Table(
    "source_minutes",
    metadata,
    Column("query_id", String(32), primary_key=True),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("total", Float(53), nullable=False),
    Column("bad", Float(53), nullable=False),
)

source_pulls: Final = Table(
    "source_pulls",
    metadata,
    Column("query_id", String(32), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("pulled_until_us", BigInteger, nullable=False),
    Column("pulled_at_us", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("trouble_since_us", BigInteger),
)


def save_pull(records: Records, state: PullState, asked: Window, minutes: Sequence[SourceMinute]) -> None:
    """Put `minutes` in place of what was known of the window `asked`, and note how far the query is pulled."""
    rows = [
        {"query_id": state.query_id, "at_us": minute.at_us, "total": minute.total, "bad": minute.bad}
        for minute in minutes
    ]
    with records.transaction() as connection:
        connection.execute(
            delete(source_minutes).where(
                source_minutes.c.query_id == state.query_id,
                source_minutes.c.at_us >= asked.start_us,
                source_minutes.c.at_us < asked.end_us,
            )
        )
        if rows:
            connection.execute(insert(source_minutes), rows)
        _save_state(connection, state)


def save_trouble(records: Records, state: PullState) -> None:
    """Note what is wrong; what is known stays."""
    with records.transaction() as connection:
        _save_state(connection, state)


def _save_state(connection: Connection, state: PullState) -> None:
    connection.execute(delete(source_pulls).where(source_pulls.c.query_id == state.query_id))
    row = {name: getattr(state, name) for name in source_pulls.c.keys()}  # noqa: SIM118 a collection of columns
    connection.execute(insert(source_pulls), [row])


def pull_states(records: Records) -> dict[str, PullState]:
    """query id -> how far it is pulled."""
    with records.transaction() as connection:
        rows = connection.execute(select(source_pulls)).mappings().all()
    return {row["query_id"]: PullState(**row) for row in rows}


def read_minutes(records: Records, query_id: str, window: Window) -> list[SourceMinute]:
    """The known minutes of a query that begin in the window, in order."""
    wanted = (
        select(source_minutes.c.at_us, source_minutes.c.total, source_minutes.c.bad)
        .where(
            source_minutes.c.query_id == query_id,
            source_minutes.c.at_us >= window.start_us,
            source_minutes.c.at_us < window.end_us,
        )
        .order_by(source_minutes.c.at_us)
    )
    with records.transaction() as connection:
        return [SourceMinute(*row) for row in connection.execute(wanted)]


def forget_minutes(records: Records, before_us: int) -> int:
    """Delete minutes that are older than what is kept; answers how many."""
    with records.transaction() as connection:
        return connection.execute(delete(source_minutes).where(source_minutes.c.at_us < before_us)).rowcount
