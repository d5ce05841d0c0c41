"""A candidate version of a service beside the current one, before it is rolled out further (SPEC F-1).

The question is whether it treats groups less alike by more than a margin. Where both decided the same subjects these
are compared, for far fewer are needed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.fairness.candidate import GapChange, PairedCounts, compare_candidate, compare_paired
from evenkeel.judge.fairness.evidence import GroupEvidence, paired_of
from evenkeel.judge.fairness.model import RATES, Criterion, Group, Rate
from evenkeel.judge.fairness.service import JudgedFinding, Look, ServicePolicy, judge_evidence
from evenkeel.kernel.verdict import RISK_ORDER, Status
from evenkeel.store.telemetry.group_port import CELLS_MAX, GroupRecords, GroupsAsked, PairedCell
from evenkeel.store.telemetry.port import ServiceKey

#: How much a gap may grow, in ratios: less than what warns, so that a few rollouts cannot add up to a breach unseen.
MARGIN: Final = 0.02
#: The share of the candidate's decisions from which the subjects that both decided stand for all.
_PAIRED_MIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class JudgedChange:
    """How one gap changes: ok if surely by no more than the margin, breach if surely by more, warning if surely up."""

    criterion: Criterion
    attributes: tuple[str, ...]
    change: GapChange
    status: Status
    says: str


@dataclass(frozen=True, slots=True)
class CandidateFairness:
    """The candidate beside the current version, worst first; `own` is how the candidate stands by itself."""

    current: str
    candidate: str
    changes: tuple[JudgedChange, ...]
    own: tuple[JudgedFinding, ...]

    @property
    def status(self) -> Status:
        """The worst change; a breach too where the candidate by itself is one. Unknown where nothing was compared."""
        if any(each.verdict.status is Status.BREACH for each in self.own):
            return Status.BREACH
        return self.changes[0].status if self.changes else Status.UNKNOWN


def judge_candidate(
    records: GroupRecords, key: ServiceKey, policy: ServicePolicy, evidence: GroupEvidence, versions: tuple[str, str]
) -> CandidateFairness:
    """The change of every gap from the first of the two versions to the second, over the window of the evidence."""
    current, candidate = versions
    asked = GroupsAsked(policy.attributes, policy.favourable or "1", 1)
    paired = list(records.paired_cells(key, evidence.window, asked, versions)) if evidence.source != "counts" else []
    decided = evidence.table(policy.attributes, version=candidate).total.rows
    if len(paired) > CELLS_MAX or sum(cell.n for cell in paired) < max(1.0, _PAIRED_MIN * decided):
        paired = []
    changes = [
        _judge(criterion, _change(evidence, policy, (grouping, rate), versions, paired), grouping)
        for grouping in policy.groupings
        for criterion in policy.fair.criteria
        for rate in RATES[criterion]
        if not {*grouping} & {*evidence.absent}
    ]
    look = Look(evidence.window, evidence.window.end_us)
    own = judge_evidence(evidence, policy, look, version=candidate)
    return CandidateFairness(current, candidate, tuple(sorted(changes, key=_risk)), own)


def _risk(judged: JudgedChange) -> tuple[int, float]:
    change = judged.change.change
    return RISK_ORDER.index(judged.status), 0.0 if change is None else -change.value


def _change(
    evidence: GroupEvidence,
    policy: ServicePolicy,
    asked: tuple[tuple[str, ...], Rate],
    versions: tuple[str, str],
    paired: list[PairedCell],
) -> GapChange:
    grouping, rate = asked
    rows_min = policy.fair.rows_min
    if paired and rate is not Rate.PRECISION:
        rows: Mapping[Group, PairedCounts] = paired_of(paired, policy.attributes, grouping)
        return compare_paired(rows, rate, rows_min=rows_min)
    current, candidate = (evidence.table(grouping, version=version) for version in versions)
    return compare_candidate(current, candidate, rate, rows_min=rows_min)


def _judge(criterion: Criterion, change: GapChange, attributes: tuple[str, ...]) -> JudgedChange:
    what = f"The gap in {change.rate} by {' × '.join(attributes)}"
    moved = change.change
    if moved is None:
        return JudgedChange(criterion, attributes, change, Status.UNKNOWN, f"{what}: {_REASONS[change.reason]}.")
    status = (
        Status.BREACH
        if moved.low > MARGIN
        else Status.OK
        if change.within(MARGIN)
        else Status.WARNING
        if change.worse
        else Status.UNKNOWN
    )
    rows = "the same subjects" if change.paired else "other subjects of each"
    verb = "grows" if moved.value > 0.0 else "shrinks" if moved.value < 0.0 else "stays: it grows"
    says = f"{what} {verb} by {_points(abs(moved.value))} points, a change of {_points(moved.low)} to"
    says += f" {_points(moved.high)}, on {rows}{_WORDS[status]}."
    return JudgedChange(criterion, attributes, change, status, says)


def _points(ratio: float) -> str:
    return f"{100 * ratio:.1f}".removesuffix(".0").replace("-", "−")


_REASONS: Final = {
    "one_group": "only one group is large enough in both versions",
    "no_shared_groups": "no group is large enough in both versions",
}
_WORDS: Final = {
    Status.BREACH: f", surely beyond {100 * MARGIN:g} points",
    Status.OK: f", surely within {100 * MARGIN:g} points",
    Status.WARNING: f"; it surely grows, perhaps beyond {100 * MARGIN:g} points",
    Status.UNKNOWN: f"; whether it stays within {100 * MARGIN:g} points is not known yet",
}
