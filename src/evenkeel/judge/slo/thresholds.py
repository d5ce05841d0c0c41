"""The operating model's fixed alert thresholds as alert rules: a page window's verdict that is a breach (SPEC C).
Objectives that are looked at by the hour (quality, drift) have no burn rules: their verdict window alerts too.

The verdict's bounds are what keeps noise out of them; a rule adds severity and words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from evenkeel.judge.objectives.assessing import is_assessed
from evenkeel.judge.objectives.model import JudgedService, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.objectives.sentences import describe_verdict, format_value
from evenkeel.judge.slo.model import Family, Firing, RuleId, Severity
from evenkeel.kernel.verdict import Status, Verdict

RULE: Final = "threshold"
#: Objectives whose breach can wait for office hours, as can what no page window has shown; every other one pages.
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
            page = _deciding(verdict)
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


def _deciding(verdict: ObjectiveVerdict) -> Verdict:
    """The verdict of the page window. Objectives without burn rules also alert by their verdict window."""
    page = verdict.by_window.get(WindowName.PAGE)
    if page is not None and (page.status is Status.BREACH or not is_assessed(verdict.objective)):
        return page
    return verdict.by_window[WindowName.VERDICT]


def _severity(verdict: ObjectiveVerdict) -> Severity:
    """Somebody is called where a page window has shown it; what takes a day to show can wait for the morning."""
    has_shown = _deciding(verdict) is verdict.by_window.get(WindowName.PAGE)
    return Severity.PAGE if has_shown and verdict.objective.name not in TICKETS else Severity.TICKET


def _firing(rule: RuleId, status: ServiceStatus, verdict: ObjectiveVerdict) -> Firing:
    objective, page = verdict.objective, _deciding(verdict)
    limit = objective.target if objective.alert is None else objective.alert
    sign = ">" if objective.larger_is_worse else "<"
    said = describe_verdict(objective, page, page.status).rstrip(".")
    is_headline = verdict.headline is page
    return Firing(
        id=rule,
        family=Family.THRESHOLD,
        severity=_severity(verdict),
        since_us=verdict.since_us if is_headline else page.estimate.as_of_us,
        sentence=f"{said}; alerts {sign} {format_value(limit, objective.unit)}.",
        link=f"/services/{quote(str(status.key))}?tab=objectives",
        facts={"evidence": page.estimate.evidence.query if page.estimate.evidence else ""},
    )
