"""Alerts, their history, silences, and alerts received from elsewhere."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
