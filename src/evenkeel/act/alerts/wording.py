"""What alerts say: to the receivers of messages, and as the next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evenkeel.act.alerts.grouping import dedup_key
from evenkeel.act.alerts.model import Alert
from evenkeel.act.notify.model import Event, Level, Message
from evenkeel.judge.slo.model import Family, Severity

#: Alerts that one message lists; the page shows the rest.
LISTED_MAX: Final = 10

_NEXT: Final = {
    Family.OUTAGE: "See what the failed requests have in common, and whether the service and what it calls are up.",
    Family.BURN: "See which version, model or reason the bad ones come from; undo the latest change if it is theirs.",
    Family.THRESHOLD: "Open the evidence: the events behind the number, by version, model and reason.",
}


def next_step(alert: Alert) -> str:
    """One thing to do first."""
    family = alert.labels.get("family", "")
    return _NEXT[Family(family)] if family in _NEXT else "Open it where it comes from."


def write_message(event: Event, lead: Alert, told: Sequence[Alert], at_us: int) -> Message:
    """The message of a group: `lead` is what happened now, `told` all of the group that people know to fire."""
    others = [alert for alert in told if alert.id != lead.id]
    lines = [lead.sentence, *(f"Also: {other.title}. {other.sentence}" for other in others[: LISTED_MAX - 1])]
    if len(others) >= LISTED_MAX:
        lines.append(f"And {len(others) - LISTED_MAX + 1} more.")
    if event is Event.TRIGGER:
        lines.append(f"Next: {next_step(lead)}")
    facts = {"rule": lead.rule, "objective": lead.objective} | dict(lead.facts)
    links = [("Alert", f"/alerts/{lead.id}"), *([("Evidence", lead.link)] if lead.link else [])]
    return Message(
        event=event,
        dedup_key=dedup_key(lead.group_id),
        level=Level.CRITICAL if lead.severity == Severity.PAGE else Level.WARNING,
        title=lead.title if not others else f"{lead.title} and {len(others)} more",
        text="\n".join(lines),
        environment=lead.environment,
        service=lead.service,
        at_us=at_us,
        facts=tuple(facts.items()),
        links=tuple(links),
        labels=lead.labels,
    )
