"""Tables of notifications: what waits to be sent, what became of it, and threads with receivers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from evenkeel.store.records.engine import metadata

#: What waits. `seq` is the order in which it was written: within one (channel, dedup_key) it is sent in that order.
outbox: Final = Table(
    "notify_outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("channel", String(100), nullable=False),
    Column("dedup_key", String(255), nullable=False),
    Column("message", Text, nullable=False),
    Column("enqueued_at_us", BigInteger, nullable=False),
    Column("due_at_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Index("notify_outbox_by_thread", "channel", "dedup_key", "seq"),
)

#: What is over: delivered, or given up.
deliveries: Final = Table(
    "notify_deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(100), nullable=False),
    Column("dedup_key", String(255), nullable=False),
    Column("event", String(20), nullable=False),
    Column("level", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("enqueued_at_us", BigInteger, nullable=False),
    Column("finished_at_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("detail", Text, nullable=False),  # the receiver's id, or why it was given up
    Index("notify_deliveries_by_end", "finished_at_us"),
    Index("notify_deliveries_by_key", "dedup_key"),
)

threads: Final = Table(
    "notify_threads",
    metadata,
    Column("channel", String(100), primary_key=True),
    Column("dedup_key", String(255), primary_key=True),
    Column("state", Text, nullable=False),  # what the receiver's next message of the key needs to know, as JSON
    Column("changed_at_us", BigInteger, nullable=False),
    Index("notify_threads_by_key", "dedup_key"),
    Index("notify_threads_by_change", "changed_at_us"),
)
