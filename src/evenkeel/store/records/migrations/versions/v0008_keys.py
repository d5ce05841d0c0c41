"""Keys of a team, for some models; a secret that was replaced goes on for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make them; keys that are there have none of it."""
    for column in (
        sa.Column("team", sa.String(200)),
        sa.Column("models", sa.Text),
        sa.Column("rotated_at_us", sa.BigInteger),
        sa.Column("previous_hash", sa.String(64)),
        sa.Column("previous_until_us", sa.BigInteger),
    ):
        op.add_column("api_keys", column)
    op.create_index("api_keys_by_previous", "api_keys", ["previous_hash"])
