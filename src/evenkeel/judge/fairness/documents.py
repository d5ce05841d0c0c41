"""Findings of fairness as plain values, the same for page, API and command line.

Ratios are told to three digits, a tenth of a point: more would tell how many rows there are of a group that is not to
be told by number.
"""

from __future__ import annotations

from typing import Any

from evenkeel.judge.fairness.gaps import Gap
from evenkeel.judge.fairness.rollout import CandidateFairness, JudgedChange
from evenkeel.judge.fairness.sentences import REASONS, name_group
from evenkeel.judge.fairness.service import JudgedFinding
from evenkeel.kernel.stats.mover import Bounded


def finding_document(judged: JudgedFinding) -> dict[str, Any]:
    """A criterion by one grouping: the gap, its verdict, and each group that was compared, lowest rate first."""
    found, needs = judged.finding, judged.verdict.needs
    return {
        "metric": found.criterion.value,
        "attributes": list(found.attributes),
        "status": judged.verdict.status.value,
        "says": judged.says,
        "difference": bounded_document(found.difference),
        "ratio": bounded_document(found.ratio),
        "significant": found.significant,
        "surely_above": _digits(max(gap.low for gap in found.gaps)),
        "surely_below": _digits(max(gap.high for gap in found.gaps)),
        "reasons": [REASONS.get(reason, reason.replace("_", " ")) for reason in found.reasons],
        "needs": None if needs is None else {"more": needs.more, "of": needs.of},
        "rates": [_rate_document(gap) for gap in found.gaps],
    }


def _rate_document(gap: Gap) -> dict[str, Any]:
    groups = [
        {"group": name_group(each.group), "n": each.n, "behind": bounded_document(each.behind), **_bounds(each.rate)}
        for each in gap.groups
    ]
    return {"rate": gap.rate.value, "groups": groups, "too_small": [name_group(group) for group, _ in gap.too_small]}


def candidate_document(found: CandidateFairness) -> dict[str, Any]:
    """A candidate beside the current version: each gap's change, worst first."""
    return {
        "current": found.current,
        "candidate": found.candidate,
        "status": found.status.value,
        "changes": [_change_document(each) for each in found.changes],
        "own": [finding_document(each) for each in found.own],
    }


def _change_document(judged: JudgedChange) -> dict[str, Any]:
    change = judged.change
    return {
        "metric": judged.criterion.value,
        "rate": change.rate.value,
        "attributes": list(judged.attributes),
        "status": judged.status.value,
        "says": judged.says,
        "current": None if change.current is None else _digits(change.current),
        "candidate": None if change.candidate is None else _digits(change.candidate),
        "change": bounded_document(change.change),
        "paired": change.paired,
    }


def bounded_document(given: Bounded | None) -> dict[str, float] | None:
    """A number with its 95 % interval; None where there is none."""
    return None if given is None else _bounds(given)


def _bounds(given: Bounded) -> dict[str, float]:
    return {"value": _digits(given.value), "low": _digits(given.low), "high": _digits(given.high)}


def _digits(ratio: float) -> float:
    return round(ratio, 3)
