"""Verdicts and services as JSON documents: the same on every door (API, pages, CLI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.judge.objectives.briefing import counts_towards_status
from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus
from evenkeel.judge.objectives.records import estimate_document
from evenkeel.kernel.time import isoformat
from evenkeel.kernel.verdict import Verdict, read_status
from evenkeel.web.health import Check, Health


def service_document(status: ServiceStatus, now_us: int) -> dict[str, Any]:
    """A service with its verdicts, as of `now_us`."""
    return {
        "environment": status.key.environment,
        "service": status.key.service,
        "kind": status.kind,
        "status": status.status.value if status.judged else "not judged",
        "since": isoformat(status.since_us),
        "last_event": isoformat(status.last_at_us) if status.last_at_us else None,
        "cadence_s": status.cadence_s,
        "changed": status.changed,
        "todo": status.todo,
        "why_not_judged": status.why_not_judged,
        "labels": dict(status.labels),
        "objectives": [objective_document(verdict, now_us) for verdict in status.verdicts],
    }


def objective_document(verdict: ObjectiveVerdict, now_us: int) -> dict[str, Any]:
    """One objective with its headline and all its windows."""
    objective = verdict.objective
    return {
        "objective": objective.name,
        "title": objective.title,
        "definition": objective.definition.definition,
        "target": objective.target,
        "alert": objective.alert,
        "larger_is_worse": objective.larger_is_worse,
        "unit": objective.unit,
        "counts_towards_status": counts_towards_status(verdict),
        "status": read_status(verdict.headline, now_us).value,
        "since": isoformat(verdict.since_us),
        "sentence": verdict.sentence,
        "headline_window": verdict.headline_window.value,
        "windows": {name.value: verdict_document(found, now_us) for name, found in verdict.by_window.items()},
    }


def verdict_document(verdict: Verdict, now_us: int) -> dict[str, Any]:
    """A verdict with the estimate it was decided from."""
    return {
        "status": read_status(verdict, now_us).value,
        "proved": verdict.proved,
        "decided_at": isoformat(verdict.decided_at_us),
        "valid_until": isoformat(verdict.valid_until_us),
        "objective_version": verdict.objective_version,
        "reasons": list(verdict.reasons),
        "needs": None
        if verdict.needs is None
        else {"more": verdict.needs.more, "of": verdict.needs.of, "eta_s": verdict.needs.eta_s},
        "estimate": estimate_document(verdict.estimate),
    }


def event_document(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event without what is absent; people's pseudonyms as text, because JSON numbers end at 2**53."""
    wide = ("caller", "session", "span_id", "parent_id")
    return {name: f"{value:016x}" if name in wide else value for name, value in event.items() if value is not None}


def health_document(health: Health) -> dict[str, Any]:
    """Health with all its checks."""
    return {"status": health.level.value, "checks": [check_document(check) for check in health.checks]}


def check_document(check: Check) -> dict[str, Any]:
    """One check."""
    return {
        "name": check.name,
        "status": check.level.value,
        "finding": check.finding,
        "todo": check.todo,
        "facts": dict(check.facts),
    }
