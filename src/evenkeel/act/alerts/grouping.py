"""Grouping: the pages of one service are one notification, its tickets another.

Pages and tickets are apart because a receiver swallows what comes under a key that somebody acknowledged: a page
must not drown in a ticket of last week.
"""

from __future__ import annotations

from collections.abc import Iterable

from evenkeel.act.alerts.model import Alert


def group_of(alert: Alert) -> tuple[str, str, str]:
    """(environment, service, severity): what is told in one notification."""
    return alert.environment, alert.service, alert.severity


def join_group(alert: Alert, told: Iterable[Alert]) -> str:
    """The group an alert is told in: that of one of its kind that people know of, else the one it has."""
    group = group_of(alert)
    others = [other for other in told if group_of(other) == group and other.id != alert.id]
    first = min(others, key=lambda other: (other.opened_at_us, other.id), default=None)
    return alert.group_id if first is None else first.group_id


def dedup_key(group_id: str) -> str:
    """The key receivers know a notification by, from its trigger to its resolve.

    >>> dedup_key("00000000000000000000000000000001")
    'evenkeel-00000000000000000000000000000001'
    """
    return f"evenkeel-{group_id}"
