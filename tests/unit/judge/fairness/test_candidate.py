"""A candidate beside the current model: what its change of the gap may be, simulated."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.judge.fairness.candidate import GapChange, PairedCounts, compare_candidate, compare_paired
from evenkeel.judge.fairness.model import NOT_STATED, GroupCounts, GroupTable, Rate
from evenkeel.judge.fairness.rates import bounded_rate, hits_of
from evenkeel.kernel.errors import InvalidInputError

SHARES = [0.5, 0.3, 0.1, 0.07, 0.03]
#: What the current model selects, what of it the candidate loses, and what of the rest it gains, by group.
CASES: dict[str, tuple[list[float], list[float], list[float]]] = {
    "changes answers, not rates": ([0.3] * 5, [0.1167] * 5, [0.05] * 5),
    "one group loses": ([0.3] * 5, [0.02, 0.02, 0.02, 0.3, 0.02], [0.02] * 5),
    "an old gap is mended": ([0.4, 0.3, 0.3, 0.3, 0.3], [0.0] * 5, [0.0, 0.14, 0.14, 0.14, 0.14]),
    "an old gap stays": ([0.45, 0.3, 0.35, 0.2, 0.3], [0.03] * 5, [0.03] * 5),
    "the gap turns around": ([0.35, 0.3], [0.1, 0.0], [0.0, 0.2]),
}


def _drawn(case: str, n: int, chance: np.random.Generator) -> dict[tuple[str, ...], PairedCounts]:
    rows: dict[tuple[str, ...], PairedCounts] = {}
    shares = np.array(SHARES[: len(CASES[case][0])])
    sizes = chance.multinomial(n, shares / shares.sum()).tolist()
    for place, (size, now, lost, gained) in enumerate(zip(sizes, *CASES[case], strict=True)):
        chances = [now * (1 - lost), now * lost, (1 - now) * gained, (1 - now) * (1 - gained)]
        yes_yes, yes_no, no_yes, no_no = chance.multinomial(size, chances).tolist()
        rows[str(place),] = PairedCounts(open_yes_yes=yes_yes, open_yes_no=yes_no, open_no_yes=no_yes, open_no_no=no_no)
    return rows


def _true_change(case: str) -> float:
    now, lost, gained = map(np.array, CASES[case])
    return float(np.ptp(now * (1 - lost) + (1 - now) * gained) - np.ptp(now))


@pytest.mark.parametrize("n", [2_000, 50_000])
@pytest.mark.parametrize("case", CASES)
def test_the_bounds_of_a_change_hold(case: str, n: int) -> None:
    runs, chance, true = 200, np.random.default_rng(20261129), _true_change(case)
    found = [compare_paired(_drawn(case, n, chance), Rate.SELECTION) for _ in range(runs)]
    changes = [each.change for each in found if each.change is not None]
    assert len(changes) == runs
    slack = 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
    assert sum(each.low > true + 1e-12 for each in changes) / runs <= slack
    assert sum(each.high < true - 1e-12 for each in changes) / runs <= slack


def test_a_group_that_loses_is_found_and_one_that_only_changes_is_not() -> None:
    chance = np.random.default_rng(20261129)
    loses = [compare_paired(_drawn("one group loses", 150_000, chance), Rate.SELECTION) for _ in range(50)]
    assert sum(each.worse for each in loses) >= 48
    same = [compare_paired(_drawn("changes answers, not rates", 150_000, chance), Rate.SELECTION) for _ in range(50)]
    assert sum(each.worse for each in same) <= 3
    assert sum(each.within(0.05) for each in same) >= 48
    assert not any(each.within(0.05) for each in loses)


def test_the_same_rows_tell_more_than_other_ones() -> None:
    chance = np.random.default_rng(20261129)
    rows = _drawn("an old gap stays", 20_000, chance)
    paired = compare_paired(rows, Rate.SELECTION)
    apart = compare_candidate(
        GroupTable(("at",), {group: each.current for group, each in rows.items()}),
        GroupTable(("at",), {group: each.candidate for group, each in rows.items()}),
        Rate.SELECTION,
    )
    assert (paired.current, paired.candidate) == (apart.current, apart.candidate)
    assert paired.paired
    assert not apart.paired
    assert _width(paired) < 0.5 * _width(apart)


def _width(found: GapChange) -> float:
    assert found.change is not None
    return found.change.high - found.change.low


_CELLS = some.builds(PairedCounts, *[some.integers(0, 30)] * len(fields(PairedCounts)))
_RATES = some.sampled_from([rate for rate in Rate if rate is not Rate.PRECISION])


@given(some.lists(_CELLS, max_size=4), _RATES)
def test_every_comparison_is_told_or_says_why_not(parts: list[PairedCounts], rate: Rate) -> None:
    found = compare_paired({(str(n),): each for n, each in enumerate(parts)}, rate)
    if found.reason:
        assert found.change is None
        assert not found.worse
        assert not found.within(1.0)
        return
    assert found.change is not None
    assert found.change.low <= found.change.value <= found.change.high
    assert found.current is not None
    assert found.candidate is not None
    assert found.change.value == pytest.approx(found.candidate - found.current)


@given(_CELLS, _RATES)
def test_a_groups_change_is_its_candidates_rate_less_its_current_one(cells: PairedCounts, rate: Rate) -> None:
    found = compare_paired({("a",): cells, ("b",): cells}, rate, rows_min=1)
    if hits_of(rate, cells.current)[1] == 0:
        assert found.reason == "no_shared_groups"
        return
    expected = bounded_rate(rate, cells.candidate).value - bounded_rate(rate, cells.current).value
    assert found.groups[0][1].value == pytest.approx(expected)


def test_paired_windows_are_merged_by_adding() -> None:
    one, other = PairedCounts(*range(12)), PairedCounts(*range(12, 24))
    assert (one + other).current == one.current + other.current
    assert (one + other).candidate == one.candidate + other.candidate


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({}, "no_shared_groups"),
        ({("f",): GroupCounts(positive=99)}, "one_group"),
        ({("f",): GroupCounts(positive=99), ("m",): GroupCounts(positive=9)}, "one_group"),
        ({("f",): GroupCounts(positive=99), (NOT_STATED,): GroupCounts(positive=99)}, "one_group"),
    ],
)
def test_nothing_to_compare_has_a_reason(groups: Any, reason: str) -> None:
    table = GroupTable(("sex",), groups)
    assert compare_candidate(table, table, Rate.SELECTION).reason == reason


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="cannot be paired"):
        compare_paired({}, Rate.PRECISION)
    with pytest.raises(InvalidInputError, match="counted by sex, the candidate by race"):
        compare_candidate(GroupTable(("sex",), {}), GroupTable(("race",), {}), Rate.SELECTION)
