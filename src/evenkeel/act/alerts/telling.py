"""Whom to tell what: alerts that are not quiet, grouped; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from evenkeel.act.alerts.grouping import Groups
from evenkeel.act.alerts.inhibition import find_inhibitors
from evenkeel.act.alerts.matching import find_silence
from evenkeel.act.alerts.model import Alert, Entry, Silence, Source, What
from evenkeel.act.alerts.wording import write_message
from evenkeel.act.notify.model import Event, Message
from evenkeel.store.telemetry.port import ServiceKey

#: (service, at) -> the reason of the maintenance it is in, or None.
InMaintenance = Callable[[ServiceKey, int], str | None]

#: Why nobody is told while another alerting is in charge.
SHADOW: Final = "shadow mode"


@dataclass(frozen=True, slots=True)
class Quietness:
    """What keeps alerts quiet at one moment."""

    silences: Sequence[Silence]
    in_maintenance: InMaintenance
    at_us: int
    is_shadow: bool = False  # another alerting tells people; this one is only compared with it


@dataclass
class Telling:
    """Alerts that changed by being told or kept quiet, their histories, and the messages."""

    changed: dict[str, Alert] = field(default_factory=dict[str, Alert])
    entries: list[Entry] = field(default_factory=list[Entry])
    messages: list[Message] = field(default_factory=list["Message"])


def decide_telling(firing: Sequence[Alert], ended: Sequence[Alert], quietness: Quietness) -> Telling:
    """What follows for all firing alerts, and for those that ended at this moment."""
    own = [alert for alert in firing if alert.source is Source.EVENKEEL]
    told = Telling()
    reasons = _find_reasons(own, quietness)
    now: dict[str, Alert] = {}
    for alert in own:
        now[alert.id] = _hush(alert, reasons.get(alert.id, ""), told, quietness.at_us)
    fresh = [alert for alert in now.values() if _wants_telling(alert)]
    # One that ends at this moment hands its notification on: the service is still in trouble.
    groups = Groups(other for other in (*now.values(), *ended) if other.told_at_us is not None)
    for alert in sorted(fresh, key=lambda alert: (alert.opened_at_us, alert.id)):
        group_id = groups.join(alert, quietness.at_us)
        now[alert.id] = replace(alert, told_at_us=quietness.at_us, group_id=group_id)
        groups.add(now[alert.id])
        told.changed[alert.id] = now[alert.id]
        told.entries.append(Entry(alert.id, quietness.at_us, What.TOLD, "Handed to notifications: it fires."))
    told.messages += _write([now[alert.id] for alert in fresh], list(now.values()), ended, quietness.at_us)
    return told


def _find_reasons(own: Sequence[Alert], quietness: Quietness) -> dict[str, str]:
    """Why alerts are quiet, by their ids."""
    at_us = quietness.at_us
    if quietness.is_shadow:
        return {alert.id: SHADOW for alert in own}
    in_maintenance = {
        key: quietness.in_maintenance(key, at_us)
        for key in {ServiceKey(alert.environment, alert.service) for alert in own}
    }
    reasons: dict[str, str] = {}
    for alert in own:
        planned = in_maintenance[ServiceKey(alert.environment, alert.service)]
        silence = find_silence(quietness.silences, alert.labels, at_us)
        if planned is not None:
            reasons[alert.id] = f"maintenance: {planned}"
        elif silence is not None:
            reasons[alert.id] = f"silenced by {silence.author}: {silence.reason}"
    loud: dict[ServiceKey, list[Alert]] = {}
    for alert in own:
        if alert.id not in reasons:
            loud.setdefault(ServiceKey(alert.environment, alert.service), []).append(alert)
    for others in loud.values():
        for alert_id, inhibitor in find_inhibitors(others).items() if len(others) > 1 else ():
            reasons[alert_id] = f"inhibited by {inhibitor.title}"
    return reasons


def _hush(alert: Alert, reason: str, told: Telling, at_us: int) -> Alert:
    if alert.quiet == reason:
        return alert
    text = f"Nobody is told: {reason}." if reason else "Nothing keeps it quiet any more."
    told.entries.append(Entry(alert.id, at_us, What.QUIET, text))
    told.changed[alert.id] = replace(alert, quiet=reason)
    return told.changed[alert.id]


def _wants_telling(alert: Alert) -> bool:
    """Whether people must hear of it: it fires still, nothing keeps it quiet, and nobody has seen it."""
    return (
        alert.told_at_us is None
        and not alert.quiet
        and alert.clear_since_us is None
        and alert.acknowledged_at_us is None
    )


def _write(fresh: Sequence[Alert], firing: Sequence[Alert], ended: Sequence[Alert], at_us: int) -> Sequence[Message]:
    """One message for each group to which something happened."""
    messages: list[Message] = []
    known = _by_group(firing)
    begun, over = _by_group(fresh), _by_group(ended)
    for group_id in begun | over:
        if group_id in begun:
            lead, *beside = begun[group_id]
            message = write_message(Event.TRIGGER, lead, known[group_id], at_us)
            # Whom one of them concerns is told, whichever stands first.
            messages.append(replace(message, beside=tuple(alert.labels for alert in beside)))
        elif group_id not in known:
            messages.append(write_message(Event.RESOLVE, over[group_id][0], (), at_us))
    return messages


def _by_group(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    """Those that people were told of, by their groups."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.told_at_us is not None:
            found.setdefault(alert.group_id, []).append(alert)
    return found
