"""Verdicts on fairness: by the kernel's rule, and never green for want of evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.judge.fairness.model import NOT_STATED, Criterion, GroupCounts, GroupTable
from evenkeel.judge.fairness.verdicts import (
    FairnessPolicy,
    Finding,
    Observed,
    audit,
    default_groupings,
    estimate_gap,
    judge_finding,
)
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status, Verdict

PARITY = FairnessPolicy((Criterion.DEMOGRAPHIC_PARITY,), why="invitations should go to all alike")
OBSERVED = Observed(Window(0, 7 * US_PER_DAY), as_of_us=7 * US_PER_DAY, watermark_us=7 * US_PER_DAY)


def selected(n: int, rate: float) -> GroupCounts:
    hits = round(n * rate)
    return GroupCounts(positive=hits, negative=n - hits)


def find(policy: FairnessPolicy = PARITY, **groups: GroupCounts) -> Finding:
    (found,) = audit(GroupTable(("sex",), {(name,): counts for name, counts in groups.items()}), policy)
    return found


def judge(found: Finding, policy: FairnessPolicy = PARITY) -> Verdict:
    return judge_finding(found, policy, OBSERVED, now_us=OBSERVED.as_of_us, valid_for_us=US_PER_DAY)


@pytest.mark.parametrize(
    ("n", "gap", "status"),
    [
        (20_000, 0.0, Status.OK),
        (20_000, 0.04, Status.OK),
        (20_000, 0.08, Status.WARNING),
        (20_000, 0.15, Status.BREACH),
        (90, 0.0, Status.UNKNOWN),
        (200, 0.12, Status.UNKNOWN),
        (200, 0.4, Status.BREACH),
    ],
)
def test_a_gap_is_ok_warns_or_breaches_only_as_far_as_it_is_proved(n: int, gap: float, status: Status) -> None:
    verdict = judge(find(f=selected(n, 0.3 - gap / 2), m=selected(n, 0.3 + gap / 2)))
    assert verdict.status is status
    assert (verdict.needs is not None) == (status is Status.UNKNOWN)


def test_what_is_unknown_says_how_many_rows_of_which_group_settle_it_and_that_power_was_wanting() -> None:
    verdict = judge(find(f=selected(50, 0.3), m=selected(5_000, 0.3)))
    assert verdict.status is Status.UNKNOWN
    assert "underpowered" in verdict.reasons
    assert verdict.needs is not None
    assert verdict.needs.of == "rows of f"
    assert verdict.needs.more > 5


@pytest.mark.parametrize(
    ("also", "reason"),
    [
        ({"x": selected(10, 0.3)}, "groups_too_small"),
        ({NOT_STATED: selected(9_000, 0.3)}, "groups_not_stated"),
    ],
)
def test_a_group_that_cannot_be_compared_keeps_an_ok_from_being_green(
    also: dict[str, GroupCounts], reason: str
) -> None:
    fair = {"f": selected(20_000, 0.3), "m": selected(20_000, 0.3)}
    found = find(PARITY, **fair, **also)
    verdict = judge(found)
    assert judge(find(PARITY, **fair)).status is Status.OK
    assert verdict.status is Status.PARTIAL
    assert reason in verdict.reasons
    assert estimate_gap(found, PARITY, OBSERVED).coverage < 1.0


def test_what_is_a_breach_stays_one_whatever_is_missing() -> None:
    verdict = judge(find(f=selected(5_000, 0.1), m=selected(5_000, 0.5), x=selected(3, 0.3)))
    assert verdict.status is Status.BREACH


def test_labels_that_have_not_come_are_missing_evidence() -> None:
    policy = FairnessPolicy((Criterion.EQUAL_OPPORTUNITY,), why="who is qualified must be found")
    here = GroupCounts(tp=8_000, fn=2_000)
    assert judge(find(policy, f=here, m=here), policy).status is Status.OK
    late = here + GroupCounts(positive=5_000)
    verdict = judge(find(policy, f=late, m=late), policy)
    assert verdict.status is Status.PARTIAL
    assert "labels_outstanding" in verdict.reasons
    none = judge(find(policy, f=selected(100, 0.3), m=selected(100, 0.3)), policy)
    assert none.status is Status.UNKNOWN
    assert "no_truth" in none.reasons


def test_equalised_odds_are_as_far_apart_as_the_worse_of_its_two_rates() -> None:
    policy = FairnessPolicy((Criterion.EQUALISED_ODDS,), why="mistakes cost both ways")
    found = find(policy, f=GroupCounts(tp=800, fn=200, fp=100, tn=900), m=GroupCounts(tp=780, fn=220, fp=300, tn=700))
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0.2)
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(1 / 3)
    assert judge(found, policy).status is Status.BREACH


def test_one_rate_that_cannot_be_told_neither_hides_a_breach_nor_lets_pass() -> None:
    policy = FairnessPolicy((Criterion.EQUALISED_ODDS,), why="mistakes cost both ways")
    unequal = find(policy, f=GroupCounts(tp=900, fn=100), m=GroupCounts(tp=500, fn=500))
    equal = find(policy, f=GroupCounts(tp=9_000, fn=1_000), m=GroupCounts(tp=9_000, fn=1_000))
    assert judge(unequal, policy).status is Status.BREACH
    assert judge(equal, policy).status is not Status.OK


def test_intersections_are_audited_beside_each_attribute() -> None:
    """Fair by sex and by age, and still not: the young women and the old men lose."""
    counts = {
        ("f", "young"): selected(4_000, 0.2), ("m", "young"): selected(4_000, 0.4),
        ("f", "old"): selected(4_000, 0.4), ("m", "old"): selected(4_000, 0.2),
    }  # fmt: skip
    found = audit(GroupTable(("sex", "age"), counts), PARITY)
    assert [judge(each).status for each in found] == [Status.OK, Status.OK, Status.BREACH]
    assert default_groupings(("a",)) == [("a",)]


def test_over_all_that_one_audit_compares_the_chance_of_a_false_alarm_is_one() -> None:
    """Two attributes and their intersections, three criteria with four rates: twelve comparisons of a fair model."""
    policy = FairnessPolicy(
        (Criterion.DEMOGRAPHIC_PARITY, Criterion.EQUALISED_ODDS, Criterion.ACCURACY), why="all of them for once"
    )
    chance, runs, alarms = np.random.default_rng(20261129), 80, 0
    shares = np.outer([0.5, 0.5], [0.6, 0.3, 0.1]).ravel()
    for _ in range(runs):
        rows = chance.multinomial(3_000, shares)
        cells = [chance.multinomial(n, [0.25, 0.1, 0.5, 0.15]).tolist() for n in rows]
        counts = {(str(n // 3), str(n % 3)): GroupCounts(*each) for n, each in enumerate(cells)}
        alarms += any(found.significant for found in audit(GroupTable(("sex", "age"), counts), policy))
    assert alarms <= 4  # more are seen once in 700 times at 1 %


_COUNTS = some.builds(GroupCounts, *[some.integers(0, 200)] * 6)


@given(some.lists(_COUNTS, max_size=4), some.sampled_from(Criterion))
def test_every_table_has_a_verdict_and_without_evidence_it_is_not_ok(parts: list[GroupCounts], by: Criterion) -> None:
    policy = FairnessPolicy((by,), why="property")
    (found,) = audit(GroupTable(("at",), {(str(n),): each for n, each in enumerate(parts)}), policy)
    verdict = judge(found, policy)
    if found.difference is None or any(gap.too_small or gap.reason for gap in found.gaps):
        assert verdict.status is not Status.OK
    if verdict.status is Status.OK:
        assert max(gap.high for gap in found.gaps) <= policy.alert


def test_a_policy_without_a_reason_or_with_gaps_that_do_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not why it was chosen"):
        FairnessPolicy((Criterion.ACCURACY,), why=" ")
    with pytest.raises(InvalidInputError, match="names no criterion"):
        FairnessPolicy((), why="none")
    with pytest.raises(InvalidInputError, match="do not fit"):
        FairnessPolicy((Criterion.ACCURACY,), why="points given as percent", target=5, alert=10)
