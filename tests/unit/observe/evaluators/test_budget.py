"""Evaluating keeps to its budget, and what is chosen is chosen by chance alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.budget import (
    EvaluationBudget,
    EvaluationSpent,
    decide_share,
    is_chosen,
    is_exhausted,
)  # fmt: skip

SHARES = st.floats(0.001, 1.0)


def _budget(ratio: float, one: float, two: float) -> EvaluationBudget:
    return EvaluationBudget(ratio, min(one, two), max(one, two))


BUDGETS = st.builds(_budget, st.floats(0.001, 1.0), SHARES, SHARES)
SPENT = st.builds(EvaluationSpent, st.floats(0.0, 1e4), st.floats(0.0, 600.0), st.floats(0.0, 1.0))


@settings(deadline=None)
@given(SPENT, BUDGETS)
def test_the_share_is_within_its_bounds(spent: EvaluationSpent, budget: EvaluationBudget) -> None:
    assert budget.share_min <= decide_share(spent, budget) <= budget.share_max


@settings(deadline=None)
@given(st.floats(0.01, 1e4), st.floats(1.0, 600.0), BUDGETS, SHARES)
def test_the_same_window_again_would_keep_to_the_budget_unless_the_least_share_is_too_much(
    demand_s: float, window_s: float, budget: EvaluationBudget, last: float
) -> None:
    last = min(max(last, budget.share_min), budget.share_max)
    share = decide_share(EvaluationSpent(demand_s * last, window_s, last), budget)
    assert share * demand_s <= budget.cpu_ratio * window_s * (1 + 1e-9) or share == budget.share_min


@settings(deadline=None)
@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), BUDGETS, SHARES)
def test_who_spent_more_never_gets_a_larger_share(
    one: float, two: float, budget: EvaluationBudget, last: float
) -> None:
    less, more = sorted((one, two))
    shares = [decide_share(EvaluationSpent(cpu_s, 60.0, last), budget) for cpu_s in (less, more)]
    assert shares[0] >= shares[1]


@settings(deadline=None)
@given(st.floats(0.01, 100.0), BUDGETS)
def test_under_a_steady_load_the_share_settles(demand_s: float, budget: EvaluationBudget) -> None:
    share = budget.share_max
    for _ in range(20):
        share = decide_share(EvaluationSpent(demand_s * share, 60.0, share), budget)
    again = decide_share(EvaluationSpent(demand_s * share, 60.0, share), budget)
    assert again == pytest.approx(share)
    assert share * demand_s <= 60.0 * budget.cpu_ratio * (1 + 1e-9) or share == budget.share_min


def test_after_a_quiet_window_the_share_at_most_doubles() -> None:
    budget = EvaluationBudget(0.05)
    assert decide_share(EvaluationSpent(0.0, 60.0, 0.1), budget) == 0.2
    assert decide_share(EvaluationSpent(1e-9, 60.0, 0.1), budget) == 0.2


def test_a_window_of_no_length_changes_nothing() -> None:
    assert decide_share(EvaluationSpent(3.0, 0.0, 0.4), EvaluationBudget(0.05)) == 0.4
    assert decide_share(EvaluationSpent(3.0, float("nan"), 0.4), EvaluationBudget(0.05)) == 0.4


def test_a_window_that_has_had_all_its_cpu_is_exhausted() -> None:
    budget = EvaluationBudget(0.05)
    assert [is_exhausted(spent_s, 60.0, budget) for spent_s in (0.0, 2.9, 3.0)] == [False, False, True]


@settings(deadline=None)
@given(st.binary(max_size=16), SHARES, SHARES)
def test_what_is_chosen_at_a_share_is_chosen_at_a_larger_one(request_id: bytes, one: float, two: float) -> None:
    less, more = sorted((one, two))
    assert is_chosen(request_id, more) or not is_chosen(request_id, less)


@settings(deadline=None)
@given(st.binary(max_size=16))
def test_all_are_chosen_at_one_and_none_at_nothing(request_id: bytes) -> None:
    assert is_chosen(request_id, 1.0)
    assert not is_chosen(request_id, 0.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_as_many_are_chosen_as_the_share_says_within_three_standard_errors(share: float) -> None:
    count = 20_000
    chosen = sum(is_chosen(number.to_bytes(16), share) for number in range(count))
    assert abs(chosen / count - share) <= 3 * (share * (1 - share) / count) ** 0.5


@pytest.mark.parametrize("wrong", [(0.0, 0.1, 1.0), (1.5, 0.1, 1.0), (0.1, 0.0, 1.0), (0.1, 0.9, 0.5), (0.1, 0.1, 2.0)])
def test_a_budget_that_is_none_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidInputError, match=r"(are|is) none"):
        EvaluationBudget(*wrong)
