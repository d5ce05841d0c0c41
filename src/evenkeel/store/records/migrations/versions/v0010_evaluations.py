"""Evaluations: answers that people rate; and what models that judge said of answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("environment", sa.String(200), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("closed_at_us", sa.BigInteger),
        sa.Column("closed_by", sa.String(200), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "evaluation_items",
        sa.Column("evaluation", sa.String(32), primary_key=True),
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("stratum", sa.String(400), nullable=False),
        sa.Column("raters", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("version", sa.String(300), nullable=False),
        sa.Column("lost", sa.Boolean, nullable=False),
        sa.Column("texts", sa.Text),
    )
    op.create_table(
        "evaluation_ratings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("evaluation", sa.String(32), nullable=False, index=True),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("rater", sa.String(200), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("corrects", sa.String(32), nullable=False),
    )
    op.create_table(
        "evaluation_leases",
        sa.Column("evaluation", sa.String(32), primary_key=True),
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("rater", sa.String(200), primary_key=True),
        sa.Column("until_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "judge_verdicts",
        sa.Column("judge", sa.String(60), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("prompt", sa.String(60), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("environment", sa.String(200), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("version", sa.String(300), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("judged_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("failure", sa.String(60), nullable=False),
        sa.Column("tokens_in", sa.BigInteger, nullable=False),
        sa.Column("tokens_out", sa.BigInteger, nullable=False),
    )
