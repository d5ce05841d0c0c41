"""Alerts on real records in memory-like files, a clock that tests set, and every message that was handed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from evenkeel.act.alerts.handling import By
from evenkeel.act.alerts.records import load_alert
from evenkeel.act.alerts.service import Alerts, AlertsDependencies
from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds

BOT = ServiceKey("production", "bot")


@dataclass
class House:
    """Alerts with everything they stand on."""

    records: Records
    clock: SimClock = field(default_factory=SimClock)
    ids: SimIds = field(default_factory=SimIds)
    messages: list[Any] = field(default_factory=list)
    maintenance: dict[ServiceKey, str] = field(default_factory=dict)
    told: list[ServiceKey] = field(default_factory=list)
    alerts: Any = None
    broken: bool = False  # what hands messages on fails

    @staticmethod
    def rule(objective: str = "error_rate", name: str = "threshold", key: ServiceKey = BOT) -> RuleId:
        """A rule of an objective."""
        return RuleId(key, objective, name)

    @staticmethod
    def fire(
        at: RuleId | None = None, *, severity: Severity = Severity.PAGE, family: Family = Family.THRESHOLD, **more: Any
    ) -> Firing:
        """A rule that fires."""
        said = "2 % [1-3 %] of 400 requests in 5 min."
        given = {"since_us": 5, "sentence": said, "link": "/events?outcome=bad", **more}
        return Firing(at or House.rule(), family, severity, **given)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """What a new process knows: the records only."""
        self.alerts = Alerts(
            AlertsDependencies(
                self.records,
                self.clock,
                self.ids,
                self._enqueue,
                in_maintenance=lambda key, _at_us: self.maintenance.get(key),
                tell=self.told.append,
            )
        )

    def _enqueue(self, connection: Any, message: Any, _now_us: int) -> None:
        if self.broken:
            raise OSError("no room")
        alert_id = message.links[0][1].rpartition("/")[2]
        assert load_alert(connection, alert_id) is not None, "what a message is about is written down before it"
        self.messages.append(message)

    def look(self, *firing: Firing, after_s: float = 1.0, **more: frozenset[RuleId]) -> None:
        """A while later, this is what rules say."""
        self.clock.advance(after_s)
        now_us = self.clock.now_us()
        self.alerts.reconcile(Observation(now_us, firing, **more), now_us)

    def clear_for(self, seconds: int, *firing: Firing) -> None:
        """As many seconds of looks."""
        for _ in range(seconds):
            self.look(*firing)

    def by(self, reason: str = "", actor: str = "ada") -> By:
        return By(actor, reason, self.clock.now_us())

    @property
    def said(self) -> list[str]:
        """The events of all messages."""
        return [message.event for message in self.messages]

    def history(self, alert_id: str) -> list[str]:
        """The kinds of an alert's history, oldest first."""
        return [entry.what.value for entry in reversed(self.alerts.history(alert_id))]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def house(records: Records) -> House:
    return House(records)


@pytest.fixture
def count_transactions(records: Records) -> Any:
    """How many transactions were begun so far."""
    begun: list[int] = []
    event.listen(records._engine, "begin", lambda _connection: begun.append(1))
    return lambda: len(begun)
