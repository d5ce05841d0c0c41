"""Results as plain values, for `--json` and whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.judge.drift.documents import carrier_document, finding_document
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Figure
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.library.comparing import DriftReport
from evenkeel.library.evaluating import Evaluation
from evenkeel.library.fairness import FairnessReport


def evaluation_document(found: Evaluation) -> dict[str, Any]:
    """All of an evaluation but the pictures."""
    return {
        "task": found.task.value,
        "rows": found.rows,
        "figures": _documents(found.figures),
        "by_class": {name: _documents(figures) for name, figures in found.by_class.items()},
        "segments": {name: _documents(figures) for name, figures in found.segments.items()},
        "notes": list(found.notes),
    }


def _documents(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure_document(figure) for name, figure in figures.items()}


def fairness_document(report: FairnessReport) -> dict[str, Any]:
    """All findings of a report, with the rates of each group."""
    findings = [
        {
            "criterion": found.criterion.value,
            "attributes": list(found.attributes),
            "status": status.value,
            "difference": _bounded(found.difference),
            "ratio": _bounded(found.ratio),
            "significant": found.significant,
            "reasons": list(found.reasons),
            "rows": found.rows,
            "groups": [
                {"rate": gap.rate.value, "group": list(each.group), "n": each.n, **(_bounded(each.rate) or {})}
                for gap in found.gaps
                for each in gap.groups
            ],
        }
        for found, status in report.findings
    ]
    return {"status": report.status, "rows": report.table.total.rows, "why": report.policy.why, "findings": findings}


def drift_document(report: DriftReport) -> dict[str, Any]:
    """All findings of a report, with what they rest on."""
    return {
        "status": report.status,
        "rows": report.rows,
        "reference": {"version": report.reference.version, "rows": report.reference.rows},
        "findings": [finding_document(each, report.describe(each)) for each in report.findings],
        "carriers": [
            {"feature": name, **carrier_document(each)} for name, found in report.carriers.items() for each in found
        ],
        "gone": list(report.gone),
        "added": list(report.added),
        "skipped": dict(report.skipped),
        "left_out": dict(report.left_out),
    }


def _bounded(given: Bounded | None) -> dict[str, float] | None:
    return None if given is None else {"value": given.value, "low": given.low, "high": given.high}
