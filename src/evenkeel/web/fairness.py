"""Whether a service treats groups alike, as its page, the API and the command line tell it (SPEC F-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.judge.fairness.documents import bounded_document, candidate_document, finding_document
from evenkeel.judge.fairness.evidence import GroupEvidence
from evenkeel.judge.fairness.rollout import judge_candidate
from evenkeel.judge.fairness.service import Look, ServicePolicy, judge_service_fairness, policy_of
from evenkeel.judge.fairness.verdicts import audit
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, isoformat
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.web.traffic import Span

#: length of a window at least -> length of its steps over time.
_STEPS: Final = ((30 * US_PER_DAY, 7 * US_PER_DAY), (7 * US_PER_DAY, US_PER_DAY), (US_PER_DAY, 6 * US_PER_HOUR))


@dataclass(frozen=True, slots=True)
class AskedVersions:
    """Which versions are compared; where none is named, the newest with the one before it."""

    candidate: str = ""
    current: str = ""


def fairness_document(
    telemetry: Telemetry, key: ServiceKey, span: Span, config: FairnessConfig | None, asked: AskedVersions | None = None
) -> dict[str, Any]:
    """The same numbers for everybody. Raises NotFoundError where a version is asked for that decided nothing."""
    window = span.window
    frame = {
        "service": key.service,
        "environment": key.environment,
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
    }
    if config is None:
        unknown = {"policy": None, "status": Status.UNKNOWN.value, **_unconfigured(telemetry, key, window)}
        return {**frame, **unknown, "says": say_fairness(unknown)}
    policy = policy_of(config)
    look = Look(window, window.end_us, step_us=_step_us(window))
    found = judge_service_fairness(telemetry, key, policy, look)
    told = {
        "policy": _policy_document(config, policy),
        "status": found.status.value,
        "source": found.evidence.source,
        "counted_from": isoformat(found.evidence.window.start_us),
        "reason": found.evidence.reason,
        "notes": _notes(found.evidence, policy),
        "classes": list(found.evidence.classes),
        "findings": [finding_document(each) for each in found.findings],
        "trend": _trend(found.evidence, policy, look),
        "versions": found.evidence.versions,
        "comparison": _compare(telemetry, key, policy, found.evidence, asked),
    }
    return {**frame, **told, "says": say_fairness(told)}


def _unconfigured(telemetry: Telemetry, key: ServiceKey, window: Window) -> dict[str, Any]:
    """What somebody who writes a policy wants to know; which of it is protected is for them to say."""
    return {
        "reason": "no_policy",
        "segments": list(telemetry.segments_seen(key, window)),
        "classes": list(telemetry.classes_seen(key, window)),
        "notes": [],
        "findings": [],
        "trend": [],
        "comparison": None,
    }


def _policy_document(config: FairnessConfig, policy: ServicePolicy) -> dict[str, Any]:
    return {
        "attributes": list(policy.attributes),
        "metrics": [each.value for each in policy.fair.criteria],
        "why": policy.fair.why,
        "favourable": policy.favourable,
        "minimum_group": config.minimum_group,
        "target": policy.fair.target,
        "alert": policy.fair.alert,
    }


def _step_us(window: Window) -> int:
    length = window.end_us - window.start_us
    return next((step for least, step in _STEPS if length >= least), US_PER_HOUR)


def _notes(evidence: GroupEvidence, policy: ServicePolicy) -> list[str]:
    """What is to be known of the evidence, in sentences."""
    notes: list[str] = []
    if evidence.source == "counts":
        notes.append("Judged by counts of groups that were sent; who belongs to which group is not known here.")
    if evidence.left_out:
        notes.append("Predictions name groups as well; they are left out, so that nobody is counted twice.")
    if evidence.overlapping:
        notes.append(
            f"{evidence.overlapping} of the tables that were sent tell of a time that another one tells of; they are"
            " left out."
        )
    for name in evidence.absent:
        named = ", ".join(evidence.segments) or "none"
        what = "No table counts" if evidence.source == "counts" else "No prediction names"
        seen = "" if evidence.source == "counts" else f" Predictions name these segments: {named}."
        notes.append(f"{what} {name}, so nothing can be told by it.{seen}")
    if not evidence.reason:
        uncounted = [
            " × ".join(each)
            for each in policy.groupings
            if not {*each} & {*evidence.absent} and not any({*each} <= {*counted} for counted in evidence.by)
        ]
        notes += [f"No table counts {each}: intersections are not compared." for each in uncounted]
    return notes


def _trend(evidence: GroupEvidence, policy: ServicePolicy, look: Look) -> list[dict[str, Any]]:
    """Each criterion by each attribute, step by step: the largest gap with its 95 % interval, where there is one."""
    attributes = [name for name in policy.attributes if name not in evidence.absent]
    rows: list[dict[str, Any]] = []
    for name in attributes if not evidence.reason else ():
        found = [_points(evidence, policy, look, name, step) for step in evidence.steps]
        rows += [
            {"metric": criterion.value, "attribute": name, "points": [points[place] for points in found]}
            for place, criterion in enumerate(policy.fair.criteria)
        ]
    return rows


def _points(evidence: GroupEvidence, policy: ServicePolicy, look: Look, name: str, step: int) -> list[dict[str, Any]]:
    end_us = look.window.end_us - step * look.step_us
    table = evidence.table([name], step=step)
    frame = {"from": isoformat(end_us - look.step_us), "to": isoformat(end_us), "from_us": end_us - look.step_us}
    found = audit(table, policy.fair, [(name,)])
    return [{**frame, "difference": bounded_document(each.difference)} for each in found]


def _compare(
    telemetry: Telemetry, key: ServiceKey, policy: ServicePolicy, evidence: GroupEvidence, asked: AskedVersions | None
) -> dict[str, Any] | None:
    versions = _ordered(telemetry, key, evidence.versions)
    asked = asked or AskedVersions()
    for name in (asked.candidate, asked.current):
        if name and name not in versions:
            known = ", ".join(each or "(not said)" for each in versions) or "none"
            raise NotFoundError(f"Version {name[:60]!r} decided nothing in this time.", hint=f"There is {known}.")
    candidate = asked.candidate or (versions[-1] if versions else "")
    before = [each for each in versions if each != candidate]
    if not candidate or not before:
        return None
    current = asked.current or before[-1]
    return candidate_document(judge_candidate(telemetry, key, policy, evidence, (current, candidate)))


def _ordered(telemetry: Telemetry, key: ServiceKey, versions: Sequence[str]) -> list[str]:
    """By when they were first heard of, the newest last."""
    first = {span.version: span.first_at for span in telemetry.version_spans(key)}
    return sorted(versions, key=lambda version: (first.get(version, 0), version))


def say_fairness(document: Mapping[str, Any]) -> str:
    """How fair the service was, in a sentence; or why nobody knows."""
    match document["reason"]:
        case "no_policy":
            return "Nobody has said yet what fair means here, so nothing is judged."
        case "no_rows":
            return "No prediction of a class was made in this time, and no counts of groups were sent."
        case "favourable_needed":
            return f"Which class people want is not configured; predicted were {_named(document['classes'])}."
        case "favourable_not_seen":
            wanted, seen = document["policy"]["favourable"] or "1", _named(document["classes"])
            return f"Nobody was predicted {wanted!r}, which is what people want; predicted were {seen}."
        case "too_many_groups":
            return (
                "There are more groups, days and versions than can be compared: choose a shorter time."
                " An attribute that is different each time is no group."
            )
        case _:
            findings = document["findings"]
            return (
                findings[0]["says"] if findings else "None of the attributes is named, so there is nothing to compare."
            )


#: Classes and findings that a sentence or a page names at most.
_NAMED_MAX: Final = 5


def _named(classes: Sequence[str]) -> str:
    more = f" and {len(classes) - _NAMED_MAX} more" if len(classes) > _NAMED_MAX else ""
    return ", ".join(map(repr, classes[:_NAMED_MAX])) + more
