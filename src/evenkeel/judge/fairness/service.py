"""Whether a service treats groups alike, by what its owner says is fair and why (SPEC F-1).

Which attributes are protected and which criterion counts is never guessed: without a policy nothing is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from evenkeel.judge.fairness.evidence import GroupEvidence, gather_evidence
from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.sentences import describe_finding
from evenkeel.judge.fairness.verdicts import FairnessPolicy, Finding, Observed, audit, estimate_gap
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.estimate import Estimate, Evidence, Need
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import RISK_ORDER, Status, Verdict, judge_verdict
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.group_port import GroupRecords, GroupsAsked
from evenkeel.store.telemetry.port import ServiceKey


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """What a service means by fair, to whom, and which class people want (None: 1, where classes are 1 and 0)."""

    attributes: tuple[str, ...]
    favourable: str | None
    fair: FairnessPolicy

    @property
    def groupings(self) -> list[tuple[str, ...]]:
        """Each attribute by itself, and the intersections of two.

        >>> policy = FairnessPolicy((Criterion.DEMOGRAPHIC_PARITY,), "who is invited")
        >>> ServicePolicy(("a", "b", "c"), None, policy).groupings
        [('a',), ('b',), ('c',), ('a', 'b'), ('a', 'c'), ('b', 'c')]
        """
        return [*((each,) for each in self.attributes), *combinations(self.attributes, 2)]


def policy_of(config: FairnessConfig) -> ServicePolicy:
    """The policy as it is configured."""
    criteria = tuple(Criterion(name.replace("_", " ")) for name in config.metric)
    fair = FairnessPolicy(criteria, config.why, rows_min=config.minimum_group)
    return ServicePolicy(config.attributes, class_name(config.favourable), fair)


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """One criterion over the groups of one or two attributes, with its verdict and in words."""

    finding: Finding
    verdict: Verdict
    says: str


@dataclass(frozen=True, slots=True)
class ServiceFairness:
    """How fair a service was in a window: each criterion by each attribute and by their intersections.

    `findings` are worst first; there are none where `evidence.reason` says why.
    """

    policy: ServicePolicy
    evidence: GroupEvidence
    findings: tuple[JudgedFinding, ...]

    @property
    def status(self) -> Status:
        """The worst of all; unknown where there are none, and no more than partial without one of the attributes."""
        found = self.findings[0].verdict.status if self.findings else Status.UNKNOWN
        return Status.PARTIAL if found is Status.OK and self.evidence.absent else found

    def gap(self, criterion: Criterion) -> Estimate | None:
        """The largest gap of a criterion over all groupings, as one estimate; None where nothing was compared."""
        found = [each.verdict.estimate for each in self.findings if each.finding.criterion is criterion]
        if not found:
            return None
        gap = join_gaps(found)
        if not self.evidence.absent:
            return gap
        reasons = (*gap.reasons, "attribute_not_counted")
        return replace(gap, if_missing_good=gap.low, if_missing_bad=max(1.0, gap.high), reasons=reasons)


@dataclass(frozen=True, slots=True)
class Look:
    """When fairness is judged, and how surely: `alpha` is what all findings together may err (None: the policy's)."""

    window: Window
    now_us: int
    valid_for_us: int = US_PER_DAY
    step_us: int = US_PER_DAY
    alpha: float | None = None
    evidence: Evidence | None = None


def judge_service_fairness(
    records: GroupRecords, key: ServiceKey, policy: ServicePolicy, look: Look
) -> ServiceFairness:
    """How fair a service was in a window, by the criteria of its policy.

    The gap of a criterion with its bounds and n is `gap(criterion)` of what is answered: significantly beyond the
    policy's target (5 points) warns, beyond its alert (10) is a breach.
    """
    asked = GroupsAsked(policy.attributes, policy.favourable or "1", look.step_us)
    evidence = gather_evidence(records, key, asked, look.window, favourable=policy.favourable)
    if evidence.reason:
        return ServiceFairness(policy, evidence, ())
    return ServiceFairness(policy, evidence, judge_evidence(evidence, policy, look))


def judge_evidence(
    evidence: GroupEvidence, policy: ServicePolicy, look: Look, *, version: str | None = None
) -> tuple[JudgedFinding, ...]:
    """What each criterion says by each grouping that was counted, worst first; of one version, or of all together."""
    fair = policy.fair if look.alpha is None else replace(policy.fair, alpha=look.alpha)
    tables = [
        (each, evidence.table(each, version=version))
        for each in policy.groupings
        if not {*each} & {*evidence.absent} and any({*each} <= {*counted} for counted in evidence.by)
    ]
    shared = replace(fair, alpha=fair.alpha / max(1, len(tables)))
    found = [finding for grouping, table in tables for finding in audit(table, shared, [grouping])]
    if any(gap.too_small for finding in found for gap in finding.gaps):
        found = [_blurred(finding, shared.rows_min) for finding in found]
    observed = Observed(evidence.window, look.now_us, look.now_us, look.evidence)
    return tuple(sorted((_judged(finding, shared, observed, look) for finding in found), key=_risk))


def _risk(judged: JudgedFinding) -> tuple[int, float]:
    gap = judged.finding.difference
    return RISK_ORDER.index(judged.verdict.status), 0.0 if gap is None else -gap.value


def _judged(finding: Finding, fair: FairnessPolicy, observed: Observed, look: Look) -> JudgedFinding:
    estimate = estimate_gap(finding, fair, observed)
    verdict = judge_verdict(estimate, fair.limits, now_us=look.now_us, valid_for_us=look.valid_for_us)
    return JudgedFinding(finding, verdict, describe_finding(finding, fair, verdict.status))


def _blurred(finding: Finding, rows_min: int) -> Finding:
    """The same with no number about a group that is too small, and none from which one could be reckoned.

    What the groups beside it leave over of their sum would be exact otherwise: rows are told to the ten, rates to
    three digits. The bounds that decide stay as they are.
    """
    small = {f"rows of {' × '.join(group)}" for gap in finding.gaps for group, _ in gap.too_small}
    needs = finding.needs
    if needs is not None and needs.of in small:
        needs = Need(float(rows_min), needs.of)
    gaps = tuple(
        replace(
            gap,
            too_small=tuple((group, None) for group, _ in gap.too_small),
            groups=tuple(replace(each, rate=_coarse(each.rate), n=round(each.n, -1)) for each in gap.groups),
            difference=None if gap.difference is None else _coarse(gap.difference),
            ratio=None if gap.ratio is None else _coarse(gap.ratio),
        )
        for gap in finding.gaps
    )
    compared = round(finding.compared_ratio, 2)
    return replace(finding, gaps=gaps, needs=needs, rows=round(finding.rows, -1), compared_ratio=compared)


def _coarse(number: Bounded) -> Bounded:
    return Bounded(*(round(each, 3) for each in number))


def join_gaps(estimates: Sequence[Estimate]) -> Estimate:
    """The largest of several gaps, of which each has bounds that hold at its own share of the chance of error.

    The largest is at least each lower bound and, if the upper bound of that one holds, at most the largest of them.
    """
    worst = max(estimates, key=lambda each: -1.0 if each.value is None else each.value)
    hidden = [each for each in estimates if each.if_missing_bad is not None]
    low, high = max(each.low for each in estimates), max(each.high for each in estimates)
    return replace(
        worst,
        low=low,
        high=high,
        coverage=min(each.coverage for each in estimates),
        if_missing_good=low if hidden else None,
        if_missing_bad=max(each.if_missing_bad or 0.0 for each in hidden) if hidden else None,
        needs=worst.needs or next((each.needs for each in estimates if each.needs), None),
        reasons=tuple(dict.fromkeys(reason for each in estimates for reason in each.reasons)),
    )
