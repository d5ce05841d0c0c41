"""Verdicts on fairness: below 5 points is fine, a gap surely beyond 5 warns, surely beyond 10 is a breach.

The gap of a criterion is an estimate like any other, and `kernel.verdict` judges it: breach where its lower bound is
beyond the alert, warning where it is beyond the target, ok where the upper bound is within the alert and the lower
one not beyond the target, else unknown, with what would settle it. A group that is too small to compare, people who
did not state their group, and labels that have not come are missing evidence: they may not turn an ok green.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.fairness.gaps import ALPHA, ALPHA_OK, ROWS_MIN, Gap, compute_gap
from evenkeel.judge.fairness.model import NOT_STATED, RATES, Criterion, Group, GroupTable, add_all
from evenkeel.judge.fairness.power import assess_power, rows_to_settle
from evenkeel.judge.fairness.rates import needs_truth
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.estimate import Estimate, Evidence, Need
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Limits, Verdict, judge_verdict

#: Shares of rows from which what is missing may hide a gap: people without a stated group, labels not arrived.
NOT_STATED_MAX: Final = 0.05
OUTSTANDING_MAX: Final = 0.20


@dataclass(frozen=True, slots=True)
class FairnessPolicy:
    """What a service means by fair, why, and how large a gap matters, in ratios.

    `alpha` is the chance that a fair model shows anything significant in one audit, whatever it compares. Raises
    InvalidInputError without a criterion, or without the reason for it.
    """

    criteria: tuple[Criterion, ...]
    why: str
    target: float = 0.05
    alert: float = 0.10
    alpha: float = ALPHA
    rows_min: int = ROWS_MIN

    def __post_init__(self) -> None:
        if not self.criteria or not self.why.strip():
            raise InvalidInputError(
                "A policy of fairness names no criterion, or not why it was chosen.",
                hint=f"Choose of {', '.join(Criterion)}, and say why: in general they exclude each other.",
            )
        if not 0.0 < self.target <= self.alert <= 1.0:
            raise InvalidInputError(
                f"The gap that warns ({self.target}) and the one that is a breach ({self.alert}) do not fit.",
                hint="Give ratios with 0 < target ≤ alert ≤ 1; 5 points are 0.05.",
            )

    @property
    def limits(self) -> Limits:
        """What the verdict is judged by."""
        return Limits(self.target, self.alert)


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion over the groups of one or more attributes."""

    criterion: Criterion
    attributes: tuple[str, ...]
    gaps: tuple[Gap, ...]  # one for each rate of the criterion
    reasons: tuple[str, ...]  # why it is not settled, or what is missing
    rows: int
    compared_ratio: float  # the share of rows whose group was compared
    needs: Need | None = None

    @property
    def worst(self) -> Gap:
        """The largest gap of those that could be told."""
        return max(self.gaps, key=lambda gap: -1.0 if gap.difference is None else gap.difference.value)

    @property
    def significant(self) -> bool:
        """Whether some two groups surely differ."""
        return any(gap.significant for gap in self.gaps)

    @property
    def difference(self) -> Bounded | None:
        """The largest gap that could be told, with its 95 % interval; None where none could."""
        found = [gap.difference for gap in self.gaps if gap.difference is not None]
        return Bounded(*(max(numbers) for numbers in zip(*found, strict=True))) if found else None

    @property
    def ratio(self) -> Bounded | None:
        """The lowest ratio with its 95 % interval; None where there is none."""
        found = [gap.ratio for gap in self.gaps if gap.ratio is not None]
        return Bounded(*(min(numbers) for numbers in zip(*found, strict=True))) if found else None


def audit(table: GroupTable, policy: FairnessPolicy, groupings: Sequence[tuple[str, ...]] = ()) -> tuple[Finding, ...]:
    """What a policy's criteria say about each grouping; by default each attribute, and all of them crossed.

    A grouping is the attributes whose groups, or intersections, are compared. The chance of error is shared out among
    all rates and groupings.

    >>> from evenkeel.judge.fairness.model import GroupCounts
    >>> counts = {("f",): GroupCounts(tp=300, fn=200), ("m",): GroupCounts(tp=420, fn=80)}
    >>> policy = FairnessPolicy((Criterion.EQUAL_OPPORTUNITY,), why="who is qualified must be found")
    >>> (finding,) = audit(GroupTable(("sex",), counts), policy)
    >>> round(finding.difference.value, 3), finding.significant, finding.reasons
    (0.24, True, ())
    """
    chosen = list(groupings) or default_groupings(table.attributes)
    compared = len(chosen) * sum(len(RATES[criterion]) for criterion in policy.criteria)
    return tuple(
        _find(table.by(*attributes), criterion, policy, policy.alpha / compared)
        for attributes in chosen
        for criterion in policy.criteria
    )


def default_groupings(attributes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Each attribute by itself, and all of them crossed.

    >>> default_groupings(("sex", "age"))
    [('sex',), ('age',), ('sex', 'age')]
    """
    return [*((attribute,) for attribute in attributes), *([attributes] if len(attributes) > 1 else [])]


def _find(table: GroupTable, criterion: Criterion, policy: FairnessPolicy, alpha: float) -> Finding:
    rates = RATES[criterion]
    gaps = tuple(compute_gap(table, rate, alpha=alpha, rows_min=policy.rows_min) for rate in rates)
    stated = add_all([counts for group, counts in table.counts.items() if NOT_STATED not in group])
    total = table.total
    reasons = list(dict.fromkeys(gap.reason for gap in gaps if gap.reason))
    if any(gap.too_small for gap in gaps):
        reasons.append("groups_too_small")
    if total.rows - stated.rows > NOT_STATED_MAX * total.rows:
        reasons.append("groups_not_stated")
    if any(map(needs_truth, rates)) and total.rows - total.labelled > OUTSTANDING_MAX * total.rows:
        reasons.append("labels_outstanding")
    found = Finding(criterion, table.attributes, gaps, tuple(reasons), total.rows, _compared_ratio(table, gaps))
    return _with_needs(found, policy)


def _compared_ratio(table: GroupTable, gaps: Sequence[Gap]) -> float:
    """The share of all rows whose group is compared in every rate."""
    groups = set[Group].intersection(*({each.group for each in gap.groups} for gap in gaps))
    rows = table.total.rows
    return add_all([table.counts[group] for group in groups]).rows / rows if rows else 0.0


def _with_needs(found: Finding, policy: FairnessPolicy) -> Finding:
    """The same with what would settle it, and whether it could have found what matters at all."""
    gap = max(found.gaps, key=lambda each: each.high)
    undecided = max(each.low for each in found.gaps) <= policy.target and gap.high > policy.alert
    power = assess_power(gap, policy.alert)
    reasons = found.reasons
    if undecided and power is not None and not power.suffices:
        reasons = (*reasons, "underpowered")
    settle = rows_to_settle(gap, policy.target, policy.alert) if undecided else None
    return replace(found, reasons=reasons, needs=_need(settle, gap, policy))


def _need(settle: tuple[Group, int] | None, gap: Gap, policy: FairnessPolicy) -> Need | None:
    if settle is not None:
        return Need(settle[1], f"rows of {' × '.join(settle[0])}")
    if gap.too_small:
        group, n = max(((group, n or 0) for group, n in gap.too_small), key=lambda each: each[1])
        return Need(policy.rows_min - n, f"rows of {' × '.join(group)}")
    return None


@dataclass(frozen=True, slots=True)
class Observed:
    """When the counts are from, and where to find the events behind them."""

    window: Window
    as_of_us: int
    watermark_us: int
    evidence: Evidence | None = None


def estimate_gap(found: Finding, policy: FairnessPolicy, observed: Observed) -> Estimate:
    """The gap as an estimate: what is missing counted as good is the gap that was found, counted as bad any gap."""
    difference = found.difference
    low, high = max(gap.low for gap in found.gaps), max(gap.high for gap in found.gaps)
    hidden = {"groups_too_small", "groups_not_stated", "labels_outstanding"} & {*found.reasons}
    # Several gaps share one chance of error; the proof of an ok is each one's own (see `gaps`).
    method = "largest of all pairs of groups: Newcombe, Bonferroni below, union-intersection above"
    return Estimate(
        value=None if difference is None else difference.value,
        unit="ratio",
        low=low,
        high=max(low, high),
        level_low=1.0 - policy.alpha,
        level_high=1.0 - ALPHA_OK,
        n=float(found.worst.n),
        method=method,
        window=observed.window,
        coverage=found.compared_ratio,
        as_of_us=observed.as_of_us,
        watermark_us=observed.watermark_us,
        shown_low=None if difference is None else difference.low,
        shown_high=None if difference is None else difference.high,
        if_missing_good=low if hidden else None,
        if_missing_bad=max(1.0, high) if hidden else None,
        needs=found.needs,
        reasons=found.reasons,
        evidence=observed.evidence,
    )


def judge_finding(
    found: Finding, policy: FairnessPolicy, observed: Observed, *, now_us: int, valid_for_us: int
) -> Verdict:
    """The verdict on one finding, valid for `valid_for_us` microseconds from when it was observed."""
    return judge_verdict(estimate_gap(found, policy, observed), policy.limits, now_us=now_us, valid_for_us=valid_for_us)
