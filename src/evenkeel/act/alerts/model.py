"""Alert: what somebody should look at, from the moment its rule fires until it has been clear for long enough.

An alert is one episode of one fingerprint. Whether anybody is told of it is another matter: silences, maintenance
and inhibition keep an alert quiet, they never hide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: The source of what evenkeel itself judged.
OWN: Final = "evenkeel"


class AlertState(StrEnum):
    """Whether it still matters."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Source(StrEnum):
    """Who says that something is wrong."""

    EVENKEEL = OWN
    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"


class What(StrEnum):
    """The entries of an alert's history."""

    OPENED = "opened"
    TOLD = "told"
    UNTOLD = "not told"  # a channel refused it, or was not reached for a day
    QUIET = "quiet"
    HELD = "held"
    BACK = "data back"
    CLEAR = "clear"
    AGAIN = "fired again"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    COMMENTED = "commented"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of one fingerprint. All times in microseconds."""

    id: str
    fingerprint: str
    source: Source
    labels: Mapping[str, str]
    environment: str
    service: str
    rule: str
    severity: str  # page | ticket; of foreign alerts whatever they say
    title: str
    sentence: str  # number, bound, n, window, since when
    link: str  # the page that shows the evidence
    facts: Mapping[str, str]
    since_us: int  # event time at which the condition was first seen to hold
    opened_at_us: int
    group_id: str  # the alert that began the notification it is told in
    state: AlertState = AlertState.FIRING
    clear_since_us: int | None = None  # no longer fires, and is not resolved yet
    held_since_us: int | None = None  # nothing is known since then: neither resolved nor fired again
    resolved_at_us: int | None = None
    flaps: tuple[int, ...] = ()  # when it fired again after having been clear, the last hour's
    told_at_us: int | None = None  # handed to notifications, and its end not yet
    quiet: str = ""  # why nobody is told: silenced …, maintenance …, inhibited …
    acknowledged_by: str = ""
    acknowledged_at_us: int | None = None
    saved_at_us: int = 0  # when its sentence was last written down

    @property
    def is_firing(self) -> bool:
        """Whether it is open, be it acknowledged, quiet or about to end."""
        return self.state is AlertState.FIRING

    @property
    def objective(self) -> str:
        """The objective or SLO it is about; empty for foreign ones."""
        return self.labels.get("objective", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's history."""

    alert_id: str
    at_us: int
    what: What
    text: str = ""
    actor: str = OWN


class Operator(StrEnum):
    """How a matcher compares; expressions must fit the whole value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    FITS = "=~"
    FITS_NOT = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label; a label that is absent reads as empty."""

    name: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        return f'{self.name}{self.operator}"{self.value}"'


@dataclass(frozen=True, slots=True)
class Silence:
    """From when to when nobody is told of alerts that all matchers fit, who said so and why."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at_us: int
    ends_at_us: int
    reason: str
    author: str
    created_at_us: int

    def is_active(self, at_us: int) -> bool:
        """Whether it holds at that time."""
        return self.starts_at_us <= at_us < self.ends_at_us


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts a list shows; empty: any."""

    state: str = ""  # firing | resolved | acknowledged | quiet
    environment: str = ""
    service: str = ""
    severity: str = ""
    source: str = ""

    def fits(self, alert: Alert) -> bool:
        """Whether an alert is shown."""
        return (
            self.environment in ("", alert.environment)
            and self.service in ("", alert.service)
            and self.severity in ("", alert.severity)
            and self.source in ("", alert.source.value)
            and self._state_fits(alert)
        )

    def _state_fits(self, alert: Alert) -> bool:
        match self.state:
            case "":
                return True
            case "acknowledged":
                return alert.is_firing and alert.acknowledged_at_us is not None
            case "quiet":
                return alert.is_firing and bool(alert.quiet)
            case _:
                return alert.state == self.state


@dataclass(frozen=True, slots=True)
class Received:
    """A foreign alert as it was received; what is not known of it is kept all the same."""

    source: Source
    fingerprint: str
    status: AlertState
    starts_at_us: int
    ends_at_us: int | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str = ""
    group_key: str = ""
    receiver: str = ""
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
