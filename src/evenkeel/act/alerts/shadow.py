"""Shadow mode: what another alerting paged beside what evenkeel would have paged, case by case. Pure.

A page of theirs and one of ours are the same case when they are about the same service at about the same time.
Where only they paged, the service's own numbers decide: in trouble, and evenkeel missed it; or not, and it was noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.act.alerts.model import Alert, Source
from evenkeel.judge.slo.trouble import Trouble
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.formats import plural

#: Two alertings notice the same thing at different times; half an hour apart, it is still the same.
APART_US: Final = 30 * US_PER_MINUTE
BEFORE_US: Final = 5 * US_PER_MINUTE
#: What only they paged is judged once it is this old: evenkeel may still page, and its numbers are coming in.
SETTLED_US: Final = 10 * US_PER_MINUTE
#: Severities of foreign alerts that call nobody. Others are pages, and so is one without any: it was sent to compare.
NO_PAGES: Final = frozenset(("ticket", "info", "none"))

#: (service, window) -> what its own numbers say.
FindTrouble = Callable[[ServiceKey, Window], Trouble]


class Finding(StrEnum):
    """What a page of theirs was."""

    BOTH = "both paged"
    MISSED = "missed here"
    NOISE = "noise there"
    UNKNOWN = "cannot be compared"
    SOON = "too soon to tell"


@dataclass(frozen=True, slots=True)
class Case:
    """One page of theirs, and what we make of it."""

    theirs: Alert
    finding: Finding
    ours: Alert | None
    lead_s: float | None  # how much earlier ours was; negative: later
    sentence: str


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """All cases of a stretch of time, and what only we would have paged."""

    window: Window
    cases: tuple[Case, ...]
    ours: tuple[Alert, ...]  # one for each notification of ours
    only_ours: tuple[Alert, ...]

    def count(self, finding: Finding) -> int:
        """How many of their pages were that."""
        return sum(case.finding is finding for case in self.cases)

    @property
    def sentence(self) -> str:
        """The whole in a sentence."""
        if not self.cases and not self.ours:
            return "Neither paged."
        unknown = self.count(Finding.UNKNOWN)
        more = f" {plural(unknown, 'pages')} of theirs cannot be compared." if unknown else ""
        soon = self.count(Finding.SOON)
        more += f" {soon} began too recently to tell." if soon else ""
        return (
            f"They paged {len(self.cases)}, evenkeel would have paged {len(self.ours)}, missed"
            f" {self.count(Finding.MISSED)}; {self.count(Finding.NOISE)} of theirs were noise by the service's own"
            f" numbers.{more}"
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a comparison stands on."""

    window: Window
    services: Sequence[ServiceKey]  # those that are judged here
    find_trouble: FindTrouble


def compare(alerts: Sequence[Alert], ground: Ground) -> ShadowReport:
    """Set side by side what was opened in the window; a page of ours that began before may be what theirs is about."""
    window = ground.window
    ordered = sorted(alerts, key=lambda alert: (alert.since_us, alert.id))
    own = [alert for alert in ordered if alert.source is Source.EVENKEEL and alert.severity == "page"]
    theirs = [
        alert
        for alert in ordered
        if alert.source is not Source.EVENKEEL and is_page(alert) and window.contains(alert.opened_at_us)
    ]
    cases = tuple(_case(alert, own, ground) for alert in theirs)
    matched = {
        alert.group_id
        for case in cases
        if case.ours is not None
        for alert in own
        if _key(alert) == _key(case.ours) and _is_same_time(alert, case.theirs, window)
    }
    inside = [alert for alert in own if window.contains(alert.opened_at_us)]
    notifications = list({alert.group_id: alert for alert in reversed(inside)}.values())
    notifications.reverse()
    return ShadowReport(
        window=window,
        cases=cases,
        ours=tuple(notifications),
        only_ours=tuple(alert for alert in notifications if alert.group_id not in matched),
    )


def is_page(theirs: Alert) -> bool:
    """Whether a foreign alert calls somebody, as far as its labels say: no ticket, no note, no sign of life."""
    return theirs.labels.get("sloth_severity", theirs.severity).lower() not in NO_PAGES


def find_service(theirs: Alert, services: Sequence[ServiceKey]) -> ServiceKey | None:
    """The service that foreign labels mean: by both names, or by its own name where only one service has it."""
    exact = ServiceKey(theirs.environment, theirs.service)
    if exact in services:
        return exact
    named = [key for key in services if key.service == theirs.service]
    return named[0] if len(named) == 1 else None


def _case(theirs: Alert, own: Sequence[Alert], ground: Ground) -> Case:
    window = ground.window
    key = find_service(theirs, ground.services)
    if key is None:
        return Case(theirs, Finding.UNKNOWN, None, None, "Its labels name no service that evenkeel judges.")
    same = [alert for alert in own if _key(alert) == key and _is_same_time(alert, theirs, window)]
    if same:
        first = min(same, key=lambda alert: alert.opened_at_us)
        lead_s = (theirs.opened_at_us - first.opened_at_us) / US_PER_SECOND
        return Case(theirs, Finding.BOTH, first, lead_s, first.sentence)
    end_us = max(theirs.resolved_at_us or window.end_us, theirs.since_us)
    # What they saw began before they said so.
    trouble = ground.find_trouble(key, Window(theirs.since_us - BEFORE_US, end_us))
    if window.end_us - theirs.since_us < SETTLED_US:
        return Case(theirs, Finding.SOON, None, None, trouble.sentence)
    if trouble.is_real is None:
        return Case(theirs, Finding.UNKNOWN, None, None, trouble.sentence)
    return Case(theirs, Finding.MISSED if trouble.is_real else Finding.NOISE, None, None, trouble.sentence)


def _key(alert: Alert) -> ServiceKey:
    return ServiceKey(alert.environment, alert.service)


def _is_same_time(own: Alert, theirs: Alert, window: Window) -> bool:
    own_end, their_end = (alert.resolved_at_us or window.end_us for alert in (own, theirs))
    return own.since_us <= their_end + APART_US and theirs.since_us <= own_end + APART_US
