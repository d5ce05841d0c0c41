"""Error budgets (SPEC SLO-2): the operating model's table, real months, edges of the modes, bounds, refusals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.slo.budget import (
    COUNTED_MIN,
    MINUTES_30D,
    Budget,
    Mode,
    Tally,
    Terms,
    Unit,
    compute_budget,
    compute_composite,
    load_permits,
    mode_of,
    percent,
)
from evenkeel.kernel.errors import InvalidInputError

MONTH = Terms(0.001, Unit.MINUTES, MINUTES_30D, MINUTES_30D)
COUNTS = st.floats(0, 1e9, allow_nan=False)


def minutes_down(bad: float, unknown: float = 0.0, terms: Terms = MONTH) -> Budget:
    found = compute_budget(Tally(terms.elapsed_minutes - unknown, bad, unknown), terms)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("downtime", "used", "remaining", "status"),
    [(12, "27.8", 31.2, Mode.VELOCITY), (38, "87.9", 5.2, Mode.FREEZE), (8, "18.5", 35.2, Mode.VELOCITY)],
)
def test_a_month_of_30_days_reads_as_the_operating_model_prints_it(
    downtime: float, used: str, remaining: float, status: Mode
) -> None:
    budget = minutes_down(downtime)
    assert percent(budget.used_ratio[0]) == used
    assert budget.remaining[0] == pytest.approx(remaining)
    assert budget.mode is status
    assert not budget.is_by_bound


@pytest.mark.parametrize(("days", "minutes"), [(28, 40.32), (29, 41.76), (30, 43.2), (31, 44.64)])
def test_a_real_month_has_the_budget_of_its_own_length(days: int, minutes: float) -> None:
    terms = Terms(0.001, Unit.MINUTES, days * 1_440.0, 60.0)
    assert minutes_down(0, terms=terms).allowed == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("downtime", "mode"),
    [(21.59, Mode.VELOCITY), (21.6, Mode.CAUTION), (34.56, Mode.CAUTION), (34.57, Mode.FREEZE), (100, Mode.FREEZE)],
)
def test_exactly_half_and_exactly_a_fifth_left_are_caution(downtime: float, mode: Mode) -> None:
    assert minutes_down(downtime).mode is mode


def test_an_overspent_budget_is_shown_below_zero() -> None:
    budget = minutes_down(86.4)
    assert budget.remaining == (pytest.approx(-43.2), pytest.approx(-43.2))
    assert percent(budget.remaining_ratio[0]) == "-100.0"


def test_minutes_that_nobody_saw_make_the_more_cautious_mode_by_its_bound() -> None:
    budget = minutes_down(10, unknown=15)
    assert budget.modes == (Mode.CAUTION, Mode.VELOCITY)
    assert budget.mode is Mode.CAUTION
    assert budget.is_by_bound
    assert budget.remaining == (pytest.approx(18.2), pytest.approx(33.2))
    assert budget.attainment == (pytest.approx(1 - 25 / 43_200), pytest.approx(1 - 10 / 43_200))


def test_a_mode_that_both_sides_agree_on_is_not_by_its_bound() -> None:
    assert not minutes_down(1, unknown=2).is_by_bound
    assert not minutes_down(40, unknown=200).is_by_bound


def test_events_are_budgeted_for_the_whole_period_at_the_rate_so_far() -> None:
    budget = compute_budget(Tally(10_000, 30), Terms(0.001, Unit.EVENTS, 30 * 1_440.0, 3 * 1_440.0))
    assert budget is not None
    assert budget.allowed_so_far == pytest.approx(10)
    assert budget.allowed == pytest.approx(100)
    assert budget.remaining == (pytest.approx(70), pytest.approx(70))
    assert budget.remaining_minutes[0] == pytest.approx(0.7 * 43.2)  # as minutes of a total outage
    assert budget.attainment == (pytest.approx(0.997), pytest.approx(0.997))


def test_a_total_outage_costs_events_and_minutes_the_same_share() -> None:
    """Independent: 30 dark minutes of three days at 5 requests a minute."""
    terms = Terms(0.001, Unit.EVENTS, MINUTES_30D, 4_320.0)
    events = compute_budget(Tally(4_320 * 5, 30 * 5), terms)
    minutes = compute_budget(Tally(4_320, 30), Terms(0.001, Unit.MINUTES, MINUTES_30D, 4_320.0))
    assert events is not None and minutes is not None
    assert events.used_ratio[0] == pytest.approx(minutes.used_ratio[0])


@pytest.mark.parametrize("tally", [Tally(0, 0), Tally(0, 0, 0), Tally(float("nan"), 0)])
def test_without_data_there_is_no_budget_and_no_division_by_nothing(tally: Tally) -> None:
    assert compute_budget(tally, MONTH) is None


@pytest.mark.parametrize("target", [1.0, 0.0, 1.5])
def test_a_target_that_leaves_no_budget_is_refused_with_the_reason(target: float) -> None:
    with pytest.raises(InvalidInputError, match="has no error budget"):
        compute_budget(Tally(10, 0), Terms(1.0 - target, Unit.EVENTS, 60.0, 60.0))


@given(COUNTS, COUNTS, COUNTS, st.floats(1e-6, 0.999), st.floats(1, 1e6), st.floats(0, 1e6), st.sampled_from(Unit))
def test_what_is_spent_and_what_remains_add_up_to_the_budget(
    good: float, bad: float, unknown: float, ratio: float, length: float, elapsed: float, unit: Unit
) -> None:
    budget = compute_budget(Tally(good + bad, bad, unknown), Terms(ratio, unit, length, elapsed))
    if budget is None:
        assert good + bad + unknown <= COUNTED_MIN
        return
    (low, high), (least, most) = budget.spent, budget.remaining
    assert low + most == pytest.approx(budget.allowed, rel=1e-9, abs=1e-6 * low)
    assert high + least == pytest.approx(budget.allowed, rel=1e-9, abs=1e-6 * high)
    assert 0.0 <= budget.attainment[0] <= budget.attainment[1] <= 1.0
    assert list(Mode).index(budget.modes[0]) >= list(Mode).index(budget.modes[1])


@given(st.floats(-3, 1), st.floats(-3, 1))
def test_more_left_is_never_a_more_cautious_mode(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert list(Mode).index(mode_of(low)) >= list(Mode).index(mode_of(high))


@given(st.fractions(-2, 2, max_denominator=100_000))
def test_written_shares_stay_on_their_side_of_whole_percents_and_add_up(used: Fraction) -> None:
    shown, left = Fraction(percent(float(used))), Fraction(percent(float(1 - used)))
    exact = 100 * used
    assert abs(shown - exact) <= Fraction(1, 10)
    assert shown + left == pytest.approx(100, abs=0.11)
    if exact.denominator != 1:
        assert shown.denominator != 1 or abs(exact - shown) < Fraction(1, 10**6)


def test_each_mode_says_what_it_permits() -> None:
    allows = {mode: {kind for kind, ok in permits.allows.items() if ok} for mode, permits in load_permits().items()}
    assert allows == {
        Mode.VELOCITY: {"rollout", "experiment", "critical-fix"},
        Mode.CAUTION: {"rollout", "critical-fix"},
        Mode.FREEZE: {"critical-fix"},
    }
    assert all(permits.means and permits.left for permits in load_permits().values())


def test_a_composite_spends_each_parts_share_times_its_weight() -> None:
    half, tenth = minutes_down(21.6), minutes_down(4.32)
    budget = compute_composite([(half, 0.5), (tenth, 2.0)], MONTH)
    assert budget is not None
    assert budget.used_ratio == (pytest.approx(0.45), pytest.approx(0.45))
    assert budget.attainment[0] == pytest.approx(1 - 0.45 * 0.001)
    assert budget.remaining_minutes[0] == pytest.approx(0.55 * 43.2)


def test_a_part_of_a_composite_without_data_may_have_spent_all_of_it() -> None:
    budget = compute_composite([(minutes_down(4.32), 1.0), (None, 1.0)], MONTH)
    assert budget is not None
    assert budget.used_ratio == (pytest.approx(0.1), pytest.approx(1.1))
    assert budget.is_by_bound and budget.mode is Mode.FREEZE
    assert compute_composite([(None, 1.0)], MONTH) is None
