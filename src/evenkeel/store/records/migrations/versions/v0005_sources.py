"""Minutes pulled from sources outside, and how far each query is pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "source_minutes",
        sa.Column("query_id", sa.String(32), primary_key=True),
        sa.Column("at_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("total", sa.Float(53), nullable=False),
        sa.Column("bad", sa.Float(53), nullable=False),
    )
    op.create_table(
        "source_pulls",
        sa.Column("query_id", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("pulled_until_us", sa.BigInteger, nullable=False),
        sa.Column("pulled_at_us", sa.BigInteger, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("trouble_since_us", sa.BigInteger),
    )
