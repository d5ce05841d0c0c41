"""What changed, and what to do: the sentences a service's row and page begin with."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.judge.indicators.model import Measure, Reads
from evenkeel.judge.objectives.look import Subject
from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND, Window, format_duration
from evenkeel.kernel.verdict import IMMATURE, RISK_ORDER, Status, Verdict, worst_status
from evenkeel.store.telemetry.port import BreakdownRow, Telemetry

#: A part of the failures worth naming: what carries fewer is no lead.
LEAD_SHARE = 0.5

#: Reasons that end with a whole run of the golden set as it is now.
_NO_RUN = frozenset(("no_golden_run", "golden_run_overdue", "golden_set_changed", "queries_missing"))

_PHRASES = {Status.BREACH: "in breach", Status.WARNING: "in warning"}


def brief_service(
    telemetry: Telemetry,
    service: JudgedService,
    subject: Subject,
    verdicts: tuple[ObjectiveVerdict, ...],
    now_us: int,
) -> ServiceStatus:
    """A service's status with the sentences that go with it."""
    counted = [verdict for verdict in verdicts if counts_towards_status(verdict)]
    worst = worst_verdict(counted)
    status = worst_status(tuple(verdict.headline.status for verdict in counted))
    return ServiceStatus(
        key=service.key,
        kind=service.kind,
        status=status,
        since_us=worst.since_us if worst else now_us,
        verdicts=verdicts,
        changed=_changed(telemetry, subject, worst, now_us) if worst else "",
        todo=_todo(worst) if worst else "",
        cadence_s=subject.cadence_s,
        last_at_us=subject.state.last_at,
        labels=service.labels,
        recent=tuple(subject.history.within(Window(now_us - US_PER_HOUR, now_us))),
    )


def counts_towards_status(verdict: ObjectiveVerdict) -> bool:
    """Whether an objective is set up at all.

    Throughput needs a declared capacity; a rate that people must set right needs people, or an owner who asks for it.
    """
    reasons = verdict.headline.reasons
    return "no_capacity" not in reasons and (verdict.objective.declared or "uncorrected" not in reasons)


def worst_verdict(verdicts: Sequence[ObjectiveVerdict]) -> ObjectiveVerdict | None:
    """The verdict that a service's one line is about."""
    return min(verdicts, key=lambda verdict: RISK_ORDER.index(verdict.headline.status), default=None)


def _changed(telemetry: Telemetry, subject: Subject, worst: ObjectiveVerdict, now_us: int) -> str:
    status = worst.headline.status
    if status is Status.STALE:
        silence = format_duration((now_us - subject.state.last_at) / US_PER_SECOND)
        habit = format_duration(subject.cadence_s)
        return f"Silent for {silence}; it is usually heard from at least every {habit}."
    text = f"{worst.objective.title} {_lasting(status, (now_us - worst.since_us) / US_PER_SECOND)}."
    if status in (Status.BREACH, Status.WARNING):
        lead = _lead(telemetry, subject, worst)
        page = worst.by_window.get(WindowName.PAGE)
        is_over = page and page.status is Status.OK and not _is_worse(worst.objective, page.estimate.value)
        over = " The last minutes are ok again." if is_over else ""
        return f"{text}{lead}{over}"
    return text


def _lasting(status: Status, lasted_s: float) -> str:
    phrase = _PHRASES.get(status, status.value)
    return f"is {phrase} as of now" if lasted_s < 1 else f"has been {phrase} for {format_duration(lasted_s)}"


def _lead(telemetry: Telemetry, subject: Subject, worst: ObjectiveVerdict) -> str:
    """Where most of the failures come from."""
    if worst.objective.definition.measure not in (Measure.SHARE, Measure.MINUTES):
        return ""
    window = worst.headline.estimate.window
    parts: list[str] = []
    for by, phrase in (("version", "come from version {}"), ("reason", "have the reason {}")):
        rows = telemetry.breakdown(subject.key, window, by=by)
        found = _largest(rows)
        if found and (by == "reason" or len(rows) > 1):
            parts.append(f"{100 * found[1]:.0f} % {phrase.format(found[0])}")
    return f" Of the failures, {' and '.join(parts)}." if parts else ""


def _largest(rows: Sequence[BreakdownRow]) -> tuple[str, float] | None:
    """(value, share of all bad requests) of the row with most of them, if it carries half."""
    bad = sum(row.bad for row in rows)
    top = max(rows, key=lambda row: row.bad, default=None)
    if top is None or bad <= 0 or not top.value or top.bad / bad < LEAD_SHARE:
        return None
    return top.value, top.bad / bad


def _todo(worst: ObjectiveVerdict) -> str:
    """The next step that fits the status."""
    estimate = worst.headline.estimate
    match worst.headline.status:
        case Status.BREACH if worst.objective.definition.reads is Reads.AUDITS:
            return "Sign the audit that is overdue: Models, Audits."
        case _ if said := _todo_of_golden(worst.headline):
            return said
        case Status.BREACH | Status.WARNING:
            return f"Open the {_shown(worst.objective)} behind this number, and compare versions."
        case Status.STALE:
            return "Check that the service runs and can reach the intake; heartbeats tell quiet from dead."
        case Status.PARTIAL if "minutes_without_evidence" in worst.headline.reasons:
            return "Send heartbeats or add a probe: minutes without requests are unknown, not good."
        case Status.PARTIAL if "labels_overdue" in worst.headline.reasons:
            return "Look at what sends the truth of predictions: fewer came than should have by now."
        case Status.UNKNOWN if "uncorrected" in worst.headline.reasons:
            return "Draw some answers for people to rate: Evaluations, New."
        case Status.PARTIAL if not IMMATURE.isdisjoint(worst.headline.reasons):
            return "Nothing: wait until it is known how long the truth of predictions takes to come."
        case Status.PARTIAL | Status.UNKNOWN if _is_worse(worst.objective, estimate.value):
            eta_s = estimate.needs.eta_s if estimate.needs else None
            wait = f", or wait about {format_duration(eta_s)}" if eta_s is not None else ""
            return f"On the wrong side of the target, but it may be chance: open the evidence{wait}."
        case Status.PARTIAL | Status.UNKNOWN if estimate.needs and estimate.needs.eta_s is not None:
            return f"Nothing: wait about {format_duration(estimate.needs.eta_s)} for enough {estimate.needs.of}."
        case Status.PARTIAL | Status.UNKNOWN:
            return "Send more events: there is too little to judge by."
        case _:
            return "Nothing to do."


def _todo_of_golden(verdict: Verdict) -> str:
    """The next step where runs of golden queries decide; empty where they do not, or all is well."""
    if verdict.estimate.counts != "queries" or verdict.status is Status.OK:
        return ""
    if _NO_RUN.isdisjoint(verdict.reasons):
        return "Open the runs of its golden queries: Quality, Answers."
    return "Send a whole run of its golden queries: evenkeel retrieval golden run."


def _shown(objective: Objective) -> str:
    """What its evidence is a list of."""
    return "events" if objective.definition.shows else "requests"


def _is_worse(objective: Objective, value: float | None) -> bool:
    """Whether a value lies on the wrong side of the target, be it by chance or not."""
    if value is None:
        return False
    return value > objective.target if objective.larger_is_worse else value < objective.target
