"""Grouping: the pages of one service are one notification, its tickets another.

A receiver swallows what comes under a key that somebody acknowledged. So pages and tickets are apart, that a page does
not drown in a ticket of last week; and what begins once a notification is acknowledged is a notification of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from evenkeel.act.alerts.model import Alert
from evenkeel.kernel.ids import derive_id


def group_of(alert: Alert) -> tuple[str, str, str]:
    """(environment, service, severity): what is told in one notification."""
    return alert.environment, alert.service, alert.severity


class Groups:
    """What people were told of, by the notification they were told in."""

    def __init__(self, told: Iterable[Alert]) -> None:
        self._first: dict[tuple[str, str, str], Alert] = {}
        self._seen: set[str] = set()  # groups that somebody acknowledged
        for alert in told:
            self.add(alert)

    def add(self, alert: Alert) -> None:
        """People are told of it."""
        if alert.acknowledged_at_us is not None:
            self._seen.add(alert.group_id)
            return
        first = self._first.setdefault(group_of(alert), alert)
        if (alert.opened_at_us, alert.id) < (first.opened_at_us, first.id):
            self._first[group_of(alert)] = alert

    def join(self, alert: Alert, now_us: int) -> str:
        """The group an alert is told in: that of the oldest of its kind that nobody acknowledged, else its own."""
        first = self._first.get(group_of(alert))
        if first is not None:
            return first.group_id
        if alert.group_id in self._seen:  # it fires again, and those it was told with are acknowledged
            return derive_id(alert.id.encode(), b"%d" % now_us).hex()
        return alert.group_id


def dedup_key(group_id: str) -> str:
    """The key receivers know a notification by, from its trigger to its resolve.

    >>> dedup_key("00000000000000000000000000000001")
    'evenkeel-00000000000000000000000000000001'
    """
    return f"evenkeel-{group_id}"
