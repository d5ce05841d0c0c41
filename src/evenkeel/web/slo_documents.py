"""SLOs, months, gate answers and calendar entries as JSON documents: the same on every door."""

from __future__ import annotations

from typing import Any

from evenkeel.judge.slo.budget import Budget
from evenkeel.judge.slo.explain import slo_url
from evenkeel.judge.slo.gate import Decision, Override
from evenkeel.judge.slo.model import SampledSli
from evenkeel.judge.slo.status import BurnReading, Month, RuleReading, SloStatus
from evenkeel.judge.slo.wording import describe_sli, describe_status, explain_rule
from evenkeel.kernel.time import isoformat
from evenkeel.org.calendar.model import Entry


def slo_document(status: SloStatus) -> dict[str, Any]:
    """One SLO with its budget, without maintenance and with it, and its burn rates."""
    slo = status.slo
    return {
        "environment": slo.key.environment,
        "service": slo.key.service,
        "slo": slo.name,
        "title": slo.title,
        "counts": describe_sli(slo),
        "target": slo.target,
        "method": slo.method.value,
        "version": slo.version,
        "url": slo_url(slo),
        "at": isoformat(status.at_us),
        "period": {"from": isoformat(status.period.start_us), "to": isoformat(status.period.end_us)},
        "counted": {"from": isoformat(status.counted.start_us), "to": isoformat(status.counted.end_us)},
        "mode": status.mode.value if status.mode else "unknown",
        "mode_by_bound": bool(status.budget and status.budget.is_by_bound),
        "target_met": status.is_met,
        "sentence": describe_status(status),
        "why_unknown": status.why_unknown,
        "estimated": isinstance(slo.sli, SampledSli),
        "governs": slo.governs,
        "suspect": status.suspect,
        "budget": budget_document(status.budget),
        "budget_with_maintenance": budget_document(status.budget_with_maintenance),
        "excluded_minutes": round(status.excluded_minutes, 3),
        "rules": [rule_document(reading, status) for reading in status.rules],
    }


def budget_document(budget: Budget | None) -> dict[str, Any] | None:
    """A budget; pairs are [low, high]."""
    if budget is None:
        return None
    return {
        "unit": budget.unit.value,
        "attainment": list(budget.attainment),
        "counted": budget.total,
        "unknown": budget.unknown,
        "allowed": budget.allowed,
        "allowed_so_far": budget.allowed_so_far,
        "spent": list(budget.spent),
        "remaining": list(budget.remaining),
        "used_ratio": list(budget.used_ratio),
        "remaining_ratio": list(budget.remaining_ratio),
        "allowed_minutes": budget.allowed_minutes,
        "spent_minutes": list(budget.spent_minutes),
        "remaining_minutes": list(budget.remaining_minutes),
    }


def rule_document(reading: RuleReading, status: SloStatus) -> dict[str, Any]:
    """A burn rule with the burn rates of its two windows."""
    rule = reading.rule
    return {
        "rule": rule.name,
        "severity": rule.severity.value,
        "factor": rule.factor,
        "fires": reading.fires,
        "means": explain_rule(rule, status.slo, status.period.minutes),
        "long": _burn(reading.long),
        "short": _burn(reading.short),
    }


def month_document(month: Month, name: str) -> dict[str, Any]:
    """One month, judged by itself."""
    status = month.status
    return {
        "month": name,
        "from": isoformat(status.period.start_us),
        "to": isoformat(status.period.end_us),
        "running": month.is_running,
        "partial": month.is_partial,
        "mode": status.mode.value if status.mode else "unknown",
        "mode_by_bound": bool(status.budget and status.budget.is_by_bound),
        "target_met": status.is_met,
        "budget": budget_document(status.budget),
        "budget_with_maintenance": budget_document(status.budget_with_maintenance),
        "excluded_minutes": round(status.excluded_minutes, 3),
        "why_unknown": status.why_unknown,
    }


def gate_document(decision: Decision) -> dict[str, Any]:
    """The gate's answer."""
    governing = decision.governing
    return {
        "environment": decision.key.environment,
        "service": decision.key.service,
        "kind": decision.kind.value,
        "answer": "allow" if decision.allowed else "deny",
        "by": decision.by.value,
        "reason": decision.reason,
        "slo": governing.slo.name if governing else None,
        "mode": governing.mode.value if governing and governing.mode else None,
        "budget": budget_document(governing.budget) if governing else None,
        "override": override_document(decision.override) if decision.override else None,
    }


def override_document(override: Override) -> dict[str, Any]:
    """An override of the gate."""
    return {
        "id": override.id,
        "environment": override.key.environment,
        "service": override.key.service,
        "reason": override.reason,
        "granted_by": override.granted_by,
        "granted_at": isoformat(override.granted_at_us),
        "expires_at": isoformat(override.expires_at_us),
        "revoked_at": None if override.revoked_at_us is None else isoformat(override.revoked_at_us),
    }


def entry_document(entry: Entry) -> dict[str, Any]:
    """An entry of the calendar."""
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "environment": entry.environment,
        "service": entry.service,
        "scope": entry.scope,
        "from": isoformat(entry.starts_us),
        "to": isoformat(entry.ends_us),
        "reason": entry.reason,
        "author": entry.author,
        "created_at": isoformat(entry.created_at_us),
        "retroactive": entry.is_retroactive,
        "cancelled_at": None if entry.cancelled_at_us is None else isoformat(entry.cancelled_at_us),
        "cancelled_by": entry.cancelled_by,
    }


def _burn(reading: BurnReading) -> dict[str, Any]:
    return {
        "window_s": reading.window_s,
        "burn": reading.burn,
        "low": reading.low,
        "high": reading.high,
        "n": reading.n,
    }
