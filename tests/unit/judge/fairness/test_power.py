"""Power: what is said to be needed is about what it takes, simulated."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.fairness.gaps import ALPHA, Gap, bound_gap, compute_gap
from evenkeel.judge.fairness.model import GroupCounts, GroupTable, Rate
from evenkeel.judge.fairness.power import POWER, assess_power, rows_per_group, rows_to_settle


def _gap(*parts: GroupCounts) -> Gap:
    return compute_gap(GroupTable(("at",), {(str(n),): part for n, part in enumerate(parts)}), Rate.SELECTION)


def _found(n: list[int], rates: list[float], runs: int = 600) -> float:
    hits = np.random.default_rng(20261129).binomial(n, rates, (runs, len(n))).tolist()
    parts = [[GroupCounts(positive=h, negative=m - h) for h, m in zip(row, n, strict=True)] for row in hits]
    return sum(bound_gap(Rate.SELECTION, each, ALPHA)[0] > 0.0 for each in parts) / runs


@pytest.mark.parametrize(("groups", "rate", "gap"), [(2, 0.3, 0.1), (5, 0.3, 0.1), (2, 0.5, 0.05), (3, 0.9, 0.1)])
def test_as_many_rows_as_are_planned_find_the_gap_about_as_often_as_planned(
    groups: int, rate: float, gap: float
) -> None:
    n = rows_per_group(gap, rate=rate, groups=groups, alpha=ALPHA)
    rates = [rate - gap / 2, *[rate] * (groups - 2), rate + gap / 2]
    assert _found([n] * groups, rates) == pytest.approx(POWER, abs=0.06)


def test_the_rows_that_a_small_group_needs_are_about_enough() -> None:
    """Of 60 rows beside 2,000 too little is known; as many as are needed find a gap of 10 points four times in five."""
    power = assess_power(_gap(GroupCounts(positive=600, negative=1400), GroupCounts(positive=18, negative=42)), 0.1)
    assert power is not None
    assert not power.suffices
    assert power.group == ("1",)
    assert power.detectable > 0.2
    grown = power.needed / power.n
    assert _found([round(2000 * grown), power.needed], [0.3, 0.2]) == pytest.approx(POWER, abs=0.1)


def test_with_many_rows_power_suffices() -> None:
    power = assess_power(_gap(*[GroupCounts(positive=600, negative=1400)] * 3), 0.1)
    assert power is not None
    assert power.suffices


def test_more_groups_smaller_gaps_and_more_power_need_more_rows() -> None:
    def needed(gap: float = 0.1, groups: int = 2, power: float = 0.8) -> int:
        return rows_per_group(gap, rate=0.3, groups=groups, alpha=0.01, power=power)

    assert needed() < needed(groups=5) < needed(groups=20)
    assert needed(gap=0.2) < needed() < needed(gap=0.02)
    assert needed() < needed(power=0.95)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.99, 1.0])
def test_near_0_and_1_a_number_of_rows_is_still_given(rate: float) -> None:
    assert 50 < rows_per_group(0.05, rate=rate, groups=2, alpha=0.01) < 2_000


@pytest.mark.parametrize("wrong", [(0.0, 0.3, 2), (1.5, 0.3, 2), (0.1, -0.1, 2), (0.1, 0.3, 1), (float("nan"), 0.3, 2)])
def test_a_plan_for_nothing_is_refused(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="no number of rows"):
        rows_per_group(wrong[0], rate=wrong[1], groups=wrong[2], alpha=0.01)


def test_without_a_comparison_there_is_no_power_and_nothing_to_settle() -> None:
    assert assess_power(_gap(GroupCounts(positive=100)), 0.1) is None
    assert rows_to_settle(_gap(GroupCounts(positive=100)), 0.05, 0.1) is None


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.05, 0.07, 0.09, 0.13])
def test_what_would_settle_it_does_when_it_goes_on_like_that(gap: float) -> None:
    large, small, rounds = 1_000, 50, 0
    while rounds < 30:
        parts = [(large, 0.4), (small, 0.4 - gap)]
        found = _gap(*(GroupCounts(positive=round(p * n), negative=n - round(p * n)) for n, p in parts))
        if found.low > 0.05 or found.high <= 0.1:
            break
        settle = rows_to_settle(found, 0.05, 0.1)
        assert settle is not None
        assert settle[0] == ("1",)
        grown = 1.0 + settle[1] / small
        large, small, rounds = round(large * grown), small + settle[1], rounds + 1
    assert rounds < 8
    assert small < 40_000
