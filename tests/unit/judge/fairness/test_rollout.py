"""A candidate beside the current version: ok only where its gaps surely grow by no more than the margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.unit.judge.fairness.test_evidence import Told

from evenkeel.judge.fairness.evidence import gather_evidence
from evenkeel.judge.fairness.rollout import CandidateFairness, judge_candidate
from evenkeel.judge.fairness.service import policy_of
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.group_port import GroupCell, GroupsAsked, PairedCell
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "hiring")
WEEK = Window(0, 7 * US_PER_DAY)
POLICY = policy_of(
    FairnessConfig(attributes=("sex",), metric=("demographic_parity",), why="Who is invited.", favourable="yes")
)
FAIR = {"f": (0.5, 20_000), "m": (0.5, 20_000)}


def versions(told: Mapping[str, Mapping[str, tuple[float, int]]]) -> list[GroupCell]:
    return [
        GroupCell(version, 0, (group,), favoured, None, n, n)
        for version, groups in told.items()
        for group, (rate, rows) in groups.items()
        for favoured, n in ((True, rate * rows), (False, (1.0 - rate) * rows))
    ]


def judged(
    current: Mapping[str, tuple[float, int]], candidate: Mapping[str, tuple[float, int]], pairs: list[PairedCell]
) -> CandidateFairness:
    records = Told(versions({"1": current, "2": candidate}))
    records.pairs = pairs
    asked = GroupsAsked(("sex",), "yes", US_PER_DAY)
    evidence = gather_evidence(records, KEY, asked, WEEK, favourable="yes")
    return judge_candidate(records, KEY, POLICY, evidence, ("1", "2"))


def test_a_candidate_as_fair_as_before_is_ok_with_enough_rows_and_unknown_with_few() -> None:
    found = judged(FAIR, FAIR, [])
    assert found.status is Status.OK
    assert "surely within 2 points" in found.changes[0].says
    few = dict.fromkeys(FAIR, (0.5, 200))
    assert judged(FAIR, few, []).status is Status.UNKNOWN


def test_a_candidate_that_is_surely_less_fair_is_a_breach() -> None:
    found = judged(FAIR, {**FAIR, "f": (0.44, 20_000)}, [])
    assert found.status is Status.BREACH
    assert found.changes[0].change.change is not None
    assert "surely beyond 2 points" in found.changes[0].says


def test_one_that_surely_grows_and_perhaps_beyond_the_margin_is_a_warning() -> None:
    assert judged(FAIR, {**FAIR, "f": (0.47, 20_000)}, []).status is Status.WARNING


def test_a_candidate_that_is_a_breach_by_itself_is_one_even_where_nothing_gets_worse() -> None:
    unfair = {**FAIR, "f": (0.3, 20_000)}
    assert judged(unfair, unfair, []).status is Status.BREACH


def test_subjects_that_both_decided_need_far_fewer_rows() -> None:
    few = dict.fromkeys(FAIR, (0.5, 1000))
    same = [PairedCell((group,), yes, yes, None, 500) for group in FAIR for yes in (True, False)]
    assert judged(few, few, []).status is Status.UNKNOWN
    found = judged(few, few, same)
    assert (found.status, found.changes[0].change.paired) == (Status.OK, True)
    some = [replace(cell, n=200) for cell in same]  # a part of what the candidate decided stands for nobody else
    assert not judged(few, few, some).changes[0].change.paired


def test_without_a_group_that_both_decided_nothing_is_known() -> None:
    found = judged({"f": (0.5, 1000)}, {"m": (0.5, 1000)}, [])
    assert found.status is Status.UNKNOWN
    assert "no group is large enough in both versions" in found.changes[0].says
