"""Labels that are late are late, and not bad."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.quality.maturity import ArrivalCurve, State, judge_maturity, learn_arrivals
from evenkeel.kernel.errors import InvalidInputError

#: Half within the first day, four fifths of all that ever come within three; a tenth never come.
CURVE = ArrivalCurve((0.45, 0.65, 0.75, 0.85, 0.90), 10_000)


def test_a_curve_is_learnt_from_predictions_of_every_age() -> None:
    """Delays are geometric, a fifth never come; the youngest predictions have seen one step only."""
    chance = np.random.default_rng(1)
    ages = chance.integers(0, 10, 40_000)
    delays = np.where(chance.random(40_000) < 0.2, 99, chance.geometric(0.5, 40_000) - 1)
    observed = [int((ages >= age).sum()) for age in range(10)]
    arrived = [int(((ages >= age) & (delays == age)).sum()) for age in range(10)]
    curve = learn_arrivals(observed, arrived)
    assert curve is not None
    expected = [0.8 * (1 - 0.5 ** (age + 1)) for age in range(10)]
    assert curve.labelled_ratio == pytest.approx(expected, abs=0.02)


def test_a_young_window_is_partial_and_says_when_it_is_not() -> None:
    found = judge_maturity(CURVE, [1_000.0], 450)
    assert (found.state, found.steps_left) == (State.PARTIAL, 4)
    assert found.arrived_ratio == pytest.approx(0.5)
    assert (found.expected_now, found.expected_ever) == pytest.approx((450, 900))


def test_an_old_window_is_mature_although_some_labels_never_come() -> None:
    found = judge_maturity(CURVE, [0, 0, 0, 0, 0, 0, 0, 500, 500], 893)
    assert (found.state, found.steps_left) == (State.MATURE, 0)


def test_far_fewer_labels_than_usual_are_overdue_at_any_age() -> None:
    assert judge_maturity(CURVE, [1_000.0], 300).state is State.OVERDUE
    assert judge_maturity(CURVE, [0] * 9 + [1_000.0], 0).state is State.OVERDUE


def test_labels_that_come_as_usual_are_hardly_ever_called_overdue() -> None:
    chance = np.random.default_rng(2)
    labels = chance.binomial(200, 0.45, 2_000)
    overdue = sum(judge_maturity(CURVE, [200.0], int(each)).state is State.OVERDUE for each in labels)
    assert overdue <= 9  # 0.1 % of 2,000, plus 5 standard errors


def test_without_a_past_or_predictions_nothing_is_claimed() -> None:
    assert learn_arrivals([29, 20], [10, 5]) is None
    assert learn_arrivals([], []) is None
    assert judge_maturity(None, [100.0], 5).state is State.UNKNOWN
    assert judge_maturity(CURVE, [], 0).state is State.EMPTY
    assert judge_maturity(ArrivalCurve((0.0, 0.0), 100), [100.0], 0).state is State.UNKNOWN


@pytest.mark.parametrize(("observed", "arrived"), [([5], [1, 2]), ([5, 9], [1, 1]), ([5, 5], [1, -1])])
def test_counts_that_do_not_fit_are_refused(observed: list[float], arrived: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="do not fit"):
        learn_arrivals(observed, arrived)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="negative"):
        judge_maturity(CURVE, [-1.0], 0)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8), st.integers(0, 3_000))
def test_growing_older_never_makes_a_window_less_mature(by_age: list[int], labels: int) -> None:
    now = judge_maturity(CURVE, [float(count) for count in by_age], labels)
    later = judge_maturity(CURVE, [0.0, *(float(count) for count in by_age)], labels)
    assert later.expected_now >= now.expected_now
    assert (later.steps_left or 0) <= (now.steps_left or 0)
    assert now.state is not State.MATURE or later.state in (State.MATURE, State.OVERDUE)
