"""The outbox of notifications and their receipts."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
