"""Inhibition: of what follows from an outage nobody is told beside the outage itself.

The rules are data. They hold within one service and among our own alerts. An alert that is itself silenced or in
maintenance inhibits nothing: else nobody would be told of anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.act.alerts.model import Alert, Source
from evenkeel.judge.slo.model import Family, Severity


@dataclass(frozen=True, slots=True)
class Kind:
    """Which alerts: all that is given must hold; `words` are those of the objective's name, any of them."""

    family: Family | None = None
    severity: Severity | None = None
    words: frozenset[str] = frozenset()

    def holds(self, alert: Alert) -> bool:
        """Whether an alert is of this kind."""
        return (
            (self.family is None or alert.labels.get("family") == self.family)
            and (self.severity is None or alert.severity == self.severity)
            and (not self.words or bool(self.words & set(re.split(r"[^a-z0-9]+", alert.objective.lower()))))
        )


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert of the kind `by` fires, nobody is told of the service's alerts of the kind `of`."""

    by: Kind
    of: Kind


_OUTAGE: Final = Kind(family=Family.OUTAGE)
_FAILING: Final = Kind(severity=Severity.PAGE, words=frozenset(("availability", "error", "errors")))
_LATENCY: Final = Kind(words=frozenset(("latency",)))
_TICKET: Final = Kind(severity=Severity.TICKET)

INHIBITIONS: Final = (
    Inhibition(by=_OUTAGE, of=_LATENCY),
    Inhibition(by=_OUTAGE, of=_TICKET),
    Inhibition(by=_FAILING, of=_LATENCY),
    Inhibition(by=_FAILING, of=_TICKET),
)


def find_inhibitors(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """Of one service's alerts those that another inhibits, by id, each with the oldest that does.

    Each kind is looked for once, not for each alert: a service may have thousands.
    """
    own = [alert for alert in alerts if alert.source is Source.EVENKEEL and alert.is_firing]
    found: dict[str, Alert] = {}
    for rule in INHIBITIONS:
        causes = {alert.id: alert for alert in own if rule.by.holds(alert)}
        oldest = min(causes.values(), key=_age, default=None)
        if oldest is None:
            continue
        for alert in own:
            if alert.id not in causes and rule.of.holds(alert):
                found[alert.id] = min(found.get(alert.id, oldest), oldest, key=_age)
    return found


def _age(alert: Alert) -> tuple[int, str]:
    return alert.opened_at_us, alert.id
