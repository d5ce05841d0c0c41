"""Alerts, their history, silences, and alerts received from elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    _make_alerts()
    op.create_table(
        "alert_events",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("alert_id", sa.String(32), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
    op.create_index("alert_events_by_alert", "alert_events", ["alert_id", "at_us"])
    op.create_table(
        "silences",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("matchers", sa.Text, nullable=False),
        sa.Column("starts_at_us", sa.BigInteger, nullable=False),
        sa.Column("ends_at_us", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
    )
    op.create_index("silences_by_end", "silences", ["ends_at_us"])
    _make_received_alerts()


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("opened_at_us", sa.BigInteger, nullable=False),
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("clear_since_us", sa.BigInteger),
        sa.Column("held_since_us", sa.BigInteger),
        sa.Column("resolved_at_us", sa.BigInteger),
        sa.Column("flaps", sa.Text, nullable=False),
        sa.Column("told_at_us", sa.BigInteger),
        sa.Column("quiet", sa.Text, nullable=False),
        sa.Column("acknowledged_by", sa.Text, nullable=False),
        sa.Column("acknowledged_at_us", sa.BigInteger),
        sa.Column("saved_at_us", sa.BigInteger, nullable=False),
    )
    op.create_index("alerts_by_opening", "alerts", ["opened_at_us"])
    op.create_index("alerts_by_service", "alerts", ["environment", "service", "opened_at_us"])
    firing = sa.text("state = 'firing'")
    op.create_index(
        "alerts_open_once", "alerts", ["source", "fingerprint"], unique=True,
        sqlite_where=firing, postgresql_where=firing,
    )  # fmt: skip


def _make_received_alerts() -> None:
    op.create_table(
        "received_alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("starts_at_us", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("annotations", sa.Text, nullable=False),
        sa.Column("generator_url", sa.Text, nullable=False),
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("extra", sa.Text, nullable=False),
        sa.Column("received_at_us", sa.BigInteger, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("last_received_at_us", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "received_once", "received_alerts", ["source", "fingerprint", "starts_at_us", "status"], unique=True
    )
    op.create_index("received_by_arrival", "received_alerts", ["received_at_us"])
