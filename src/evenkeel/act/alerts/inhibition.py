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


def find_inhibitor(alert: Alert, others: Sequence[Alert]) -> Alert | None:
    """The firing alert of the same service that inhibits this one, the oldest of them; or None."""
    if alert.source is not Source.EVENKEEL:
        return None
    rules = [rule for rule in INHIBITIONS if rule.of.holds(alert) and not rule.by.holds(alert)]
    found = [
        other
        for other in others
        if other.source is Source.EVENKEEL
        and other.is_firing
        and (other.environment, other.service) == (alert.environment, alert.service)
        and any(rule.by.holds(other) for rule in rules)
    ]
    return min(found, key=lambda other: (other.opened_at_us, other.id), default=None)
