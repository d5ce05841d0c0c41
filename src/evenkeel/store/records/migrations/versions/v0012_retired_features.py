"""Features that are no longer compared, because they are gone and somebody said that they should be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "drift_retired",
        sa.Column("environment", sa.String(200), primary_key=True),
        sa.Column("service", sa.String(200), primary_key=True),
        sa.Column("feature", sa.String(200), primary_key=True),
        sa.Column("retired_at_us", sa.BigInteger, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
