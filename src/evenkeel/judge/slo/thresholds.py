"""The operating model's fixed alert thresholds as alert rules: a page window's verdict that is a breach (SPEC C).

The verdict's bounds are what keeps noise out of them; a rule adds severity and words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from evenkeel.judge.objectives.model import JudgedService, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.objectives.sentences import describe_verdict, format_value
from evenkeel.judge.slo.model import Family, Firing, RuleId, Severity
from evenkeel.kernel.verdict import Status

RULE: Final = "threshold"
#: Objectives whose breach can wait for office hours; every other one pages.
TICKETS: Final = frozenset(("throughput",))
#: Verdicts that say nothing: an alert stays as it is.
_SILENT: Final = frozenset((Status.STALE, Status.PARTIAL))


@dataclass(frozen=True, slots=True)
class ThresholdRules:
    """What the fixed thresholds say of all services."""

    firing: tuple[Firing, ...]
    undecided: frozenset[RuleId]


def threshold_rules(statuses: Iterable[ServiceStatus]) -> ThresholdRules:
    """Which fixed thresholds fire, and which cannot be judged for want of data."""
    firing: list[Firing] = []
    undecided: set[RuleId] = set()
    for status in statuses:
        for verdict in status.verdicts:
            rule = RuleId(status.key, verdict.objective.name, RULE)
            page = verdict.by_window[WindowName.PAGE]
            if page.status is Status.BREACH:
                firing.append(_firing(rule, status, verdict))
            elif page.status in _SILENT or page.estimate.n <= 0 or "silent" in page.reasons:
                undecided.add(rule)
    return ThresholdRules(tuple(firing), frozenset(undecided))


def unseen_rules(services: Iterable[JudgedService]) -> frozenset[RuleId]:
    """The fixed thresholds of services that nobody looked at yet."""
    return frozenset(
        RuleId(service.key, objective.name, RULE) for service in services for objective in service.objectives
    )


def _firing(rule: RuleId, status: ServiceStatus, verdict: ObjectiveVerdict) -> Firing:
    objective, page = verdict.objective, verdict.by_window[WindowName.PAGE]
    limit = objective.target if objective.alert is None else objective.alert
    sign = ">" if objective.larger_is_worse else "<"
    said = describe_verdict(objective, page, page.status).rstrip(".")
    is_headline = verdict.headline_window is WindowName.PAGE
    return Firing(
        id=rule,
        family=Family.THRESHOLD,
        severity=Severity.TICKET if objective.name in TICKETS else Severity.PAGE,
        since_us=verdict.since_us if is_headline else page.estimate.as_of_us,
        sentence=f"{said}; alerts {sign} {format_value(limit, objective.unit)}.",
        link=f"/services/{quote(str(status.key))}?tab=objectives",
        facts={"evidence": page.estimate.evidence.query if page.estimate.evidence else ""},
    )
