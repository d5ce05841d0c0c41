"""Rule files for Prometheus that sloth generated: its SLOs are read back from names and labels of the rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.judge.interop.documents import Document, Findings, View
from evenkeel.judge.interop.draft import Draft, draft, per_minute
from evenkeel.judge.interop.sloth import SOURCE_DEFAULT

_RATIO: Final = re.compile(r"slo:sli_error:ratio_rate([0-9]+[smhdw])")
_VECTOR: Final = re.compile(r"\s*vector\(\s*([0-9.eE+-]+)\s*\)\s*")
_DIVISION: Final = re.compile(r"\s*(.+?)\s*\n\s*/\s*\n\s*(.+?)\s*", re.DOTALL)
#: Labels that name an SLO; others are people's own.
_OWN: Final = ("sloth_id", "sloth_service", "sloth_slo", "sloth_window")


@dataclass(slots=True)
class _Found:
    """What the rules say of one SLO."""

    view: View
    ratios: dict[str, View] = field(default_factory=dict[str, View])  # by window
    objective: float | None = None
    days: float | None = None
    severities: set[str] = field(default_factory=set[str])
    labels: set[str] = field(default_factory=set[str])


def is_rule_file(document: Document) -> bool:
    """Whether a document is a rule file."""
    return document.root().at("groups").is_list


def read_rule_files(documents: Sequence[Document], findings: Findings) -> list[Draft]:
    """The SLOs that sloth made rules for; a file without any is a problem."""
    drafts: list[Draft] = []
    for document in documents:
        found = _collect(document.root())
        if not found:
            document.root().at("groups").refuse(
                "unsupported",
                "there is no rule with the labels sloth_service and sloth_slo; only rules of sloth are read",
            )
        for (service, name), each in found.items():
            drafts += _draft(service, name, each)
    findings.problems.sort()
    return drafts


def _collect(root: View) -> dict[tuple[str, str], _Found]:
    found: dict[tuple[str, str], _Found] = {}
    for group in root.at("groups").items():
        for rule in group.at("rules").items():
            labels = rule.at("labels")
            service, name = labels.at("sloth_service").value, labels.at("sloth_slo").value
            if isinstance(service, str) and isinstance(name, str):
                _take(found.setdefault((service, name), _Found(rule)), rule)
    return found


def _take(found: _Found, rule: View) -> None:
    record, expr = rule.at("record").value, rule.at("expr")
    severity = rule.at("labels", "sloth_severity").value
    if rule.at("alert").is_given and isinstance(severity, str):
        found.severities.add(severity)
    if not isinstance(record, str):
        return
    ratio, vector = _RATIO.fullmatch(record), _VECTOR.fullmatch(str(expr.value))
    if ratio:
        found.ratios[ratio[1]] = expr
        found.labels |= {key for key, _ in rule.at("labels").entries() if key not in _OWN}
    elif record == "slo:objective:ratio" and vector:
        found.objective = _number(vector[1])
    elif record == "slo:time_period:days" and vector:
        found.days = _number(vector[1])


def _number(text: str) -> float | None:
    """None for what only looks like a number, e.g. 1.2.3."""
    try:
        return float(text)
    except ValueError:
        return None


def _draft(service: str, name: str, found: _Found) -> list[Draft]:
    if found.objective is None:
        found.view.refuse("required", f"no rule records slo:objective:ratio of {service}/{name}")
        return []
    source = _sli(found.ratios)
    if source is None:
        found.view.refuse("required", f"no rule records slo:sli_error:ratio_rate of {service}/{name} from a query")
        return []
    notes = ["the windows of its rules: sources are asked for the count of a minute, a rate times 60"]
    if found.labels:
        notes.append(f"labels {', '.join(sorted(found.labels))}")
    if len(found.severities) == 1:
        notes.append(f"that only {found.severities.copy().pop()} alerts: a catalogue has pages and tickets")
    raw: dict[str, Any] = {
        "sli": {"source": {"name": SOURCE_DEFAULT, **source}},
        "target": found.objective,
        "method": "Occurrences",
        "window": f"{found.days or 30:g}d",
        "alerts": "" if found.severities else "none",
    }
    made = draft(found.view, service, name, raw, notes)
    return [made] if made else []


def _sli(ratios: dict[str, View]) -> dict[str, str] | None:
    """The query behind the shortest window that is one: longer ones may be means of shorter ones."""
    for window in ("5m", *ratios):
        expr = ratios.get(window)
        if expr is None or not isinstance(expr.value, str):
            continue
        if f"[{window}]" not in expr.value or "slo:sli_error:" in expr.value:
            continue
        query = expr.value.replace(f"[{window}]", "[1m]").strip()
        parts = _DIVISION.fullmatch(query)
        if parts and all(_is_balanced(part) for part in parts.groups()):
            return {"bad": per_minute(_bare(parts[1])), "total": per_minute(_bare(parts[2]))}
        return {"raw": _bare(query), "raw_is": "failure"}
    return None


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def _bare(query: str) -> str:
    """A query without parentheses around all of it."""
    while query.startswith("(") and query.endswith(")") and _is_balanced(query[1:-1]):
        query = query[1:-1].strip()
    return query
