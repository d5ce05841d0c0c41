"""Plans for labels: as many as it takes, where they tell most, drawn blindly."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from evenkeel.judge.quality.correction import Design, Stratum, corrected_rate
from evenkeel.judge.quality.sampling import EACH_MIN, Expected, allocate, draw, labels_for, labels_needed
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import wilson_interval

#: A busy machine is no failure.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
STRATA = {"flagged": Expected(170, 0.5), "passed": Expected(1_830, 0.01)}


@pytest.mark.parametrize("expected", [0.0, 0.02, 0.5, 0.9])
@pytest.mark.parametrize("half", [0.2, 0.05, 0.01])
def test_as_many_labels_as_are_said_give_the_interval_and_one_less_does_not(half: float, expected: float) -> None:
    def width(n: int) -> float:
        low, high = wilson_interval(expected * n, n)
        return (high - low) / 2

    n = labels_for(half, expected)
    assert width(n) <= half < width(n - 1)


def test_labels_by_verdict_are_enough_and_fewer_than_labels_from_all() -> None:
    plan = labels_needed(0.02, STRATA)
    assert plan is not None
    labelled = {n: Stratum(each.judged, plan[n], each.bad_ratio * plan[n]) for n, each in STRATA.items()}
    figure = corrected_rate(labelled, Design.BY_VERDICT, is_census=True)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.high - figure.low <= 0.04
    assert sum(plan.values()) < labels_for(0.02, expected=(85 + 18.3) / 2_000) / 2


def test_a_width_that_all_labels_do_not_give_is_no_plan() -> None:
    assert labels_needed(0.001, {"flagged": Expected(20, 0.5)}) is None
    assert labels_needed(0.1, {}) is None


_STRATUM = some.builds(Expected, some.integers(0, 2_000), some.floats(0, 1))


@_PATIENT
@given(some.lists(_STRATUM, min_size=1, max_size=4), some.integers(0, 3_000))
def test_an_allocation_gives_out_all_labels_within_what_there_is(strata: list[Expected], labels: int) -> None:
    named = {str(n): each for n, each in enumerate(strata)}
    plan = allocate(labels, named)
    least = {name: min(EACH_MIN, each.judged) for name, each in named.items()}
    assert all(least[name] <= plan[name] <= each.judged for name, each in named.items())
    there = sum(each.judged for each in strata)
    assert sum(plan.values()) == max(sum(least.values()), min(labels, there))


def test_what_one_verdict_cannot_take_goes_to_those_that_can() -> None:
    few, many = Expected(1, 0.5), Expected(11, 0.0)
    assert allocate(12, {"few": few, "many": many}) == {"few": 1, "many": 11}


def test_the_uncertain_verdict_gets_more_than_its_share() -> None:
    plan = allocate(200, STRATA)
    assert plan["flagged"] / plan["passed"] > 3 * 170 / 1_830


IDS = {"flagged": [f"f{n}" for n in range(20)], "passed": [f"p{n}" for n in range(80)]}


def test_the_same_seed_draws_the_same_answers_in_the_same_order() -> None:
    plan = {"flagged": 8, "passed": 12}
    assert draw(IDS, plan, Random(1)) == draw(IDS, plan, Random(1))
    assert draw(IDS, plan, Random(1)).ids != draw(IDS, plan, Random(2)).ids


def test_a_draw_has_what_was_planned_and_keeps_the_verdicts_apart_from_the_order() -> None:
    found = draw(IDS, {"flagged": 8, "passed": 12}, Random(1), twice=0.25)
    assert len(set(found.ids)) == 20
    assert Counter(found.verdicts.values()) == {"flagged": 8, "passed": 12}
    assert all(each[0] == found.verdicts[each][0] for each in found.ids)
    assert len(found.twice) == 5
    assert found.twice <= set(found.ids)


def test_every_answer_and_every_place_is_as_likely() -> None:
    chance, drawn, first = Random(20261129), Counter[str](), 0
    for _ in range(2_000):
        found = draw(IDS, {"flagged": 5, "passed": 5}, chance)
        drawn.update(found.ids)
        first += found.verdicts[found.ids[0]] == "flagged"
    assert all(abs(drawn[each] - 500) < 100 for each in IDS["flagged"])
    assert all(abs(drawn[each] - 125) < 60 for each in IDS["passed"])
    assert abs(first - 1_000) < 100


def test_more_than_there_is_and_an_answer_with_two_verdicts_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="21 answers are planned of 20 that are flagged"):
        draw(IDS, {"flagged": 21}, Random(1))
    with pytest.raises(InvalidInputError, match="1 answers are planned of 0 that are failed"):
        draw(IDS, {"failed": 1}, Random(1))
    with pytest.raises(InvalidInputError, match="is there twice"):
        draw({"flagged": ["a"], "passed": ["a"]}, {"flagged": 1, "passed": 1}, Random(1))


@pytest.mark.parametrize("half", [0.0, 1.0, -0.1, 5.0, float("nan")])
def test_a_width_that_is_none_is_refused(half: float) -> None:
    with pytest.raises(InvalidInputError, match="is none"):
        labels_for(half)
    with pytest.raises(InvalidInputError, match="is none"):
        labels_needed(half, STRATA)


@pytest.mark.parametrize("wrong", [(-1, 0.5), (10, 1.5), (10, float("nan"))])
def test_expectations_that_cannot_be_are_refused(wrong: tuple[int, float]) -> None:
    with pytest.raises(InvalidInputError, match="cannot be"):
        Expected(*wrong)
