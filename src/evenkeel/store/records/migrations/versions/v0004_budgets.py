"""The organisation's calendar, and overrides of the budget gate."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make them."""
