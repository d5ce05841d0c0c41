"""Estimates of trials: the bounds survive sampling, and nothing is proved by few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.model import BAD_SHARE, GOOD_SHARE, Scale
from evenkeel.judge.indicators.trials import Wanted, estimate_drop, estimate_trials
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.stats.spending import alpha_for
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.store.telemetry.trial_port import Trials

DAY = Window(0, US_PER_DAY)
GIVEN = Circumstances(DAY, DAY.end_us, DAY.end_us, 1.0, alpha_for("verdict", is_hourly=True), 0.05, Evidence("/", "x"))
ACCURACY = Wanted("ratio", GOOD_SHARE, Limits(0.90, 0.85, larger_is_worse=False), "predictions")
RATING = Wanted("of 5", Scale(5.0, 1.0), Limits(4.0, 3.5, larger_is_worse=False), "ratings")
POINTS = Wanted("points", BAD_SHARE, Limits(0.05), "predictions")


def of_callers(bad: list[float], weight: float = 1.0) -> Trials:
    n = len(bad)
    return Trials("caller", [weight] * n, [weight * each for each in bad], n, n * weight**2)


def status(trials: Trials, wanted: Wanted = ACCURACY) -> Status:
    return judge_verdict(
        estimate_trials(trials, wanted, GIVEN), wanted.limits, now_us=DAY.end_us, valid_for_us=1
    ).status


def test_a_share_is_told_in_its_own_direction() -> None:
    found = estimate_trials(of_callers([1.0] * 40 + [0.0] * 160), ACCURACY, GIVEN)
    assert (found.value, found.n) == (0.8, 200)
    assert found.low < 0.8 < found.high <= 1.0


@pytest.mark.parametrize(
    ("bad", "n", "expected"),
    [(0, 5, Status.UNKNOWN), (30, 300, Status.OK), (40, 300, Status.UNKNOWN), (120, 300, Status.BREACH)],
)
def test_few_prove_nothing_and_many_do(bad: int, n: int, expected: Status) -> None:
    assert status(of_callers([1.0] * bad + [0.0] * (n - bad))) is expected


def test_ratings_are_a_mean_on_their_scale() -> None:
    fours = of_callers([0.25] * 100)
    assert estimate_trials(fours, RATING, GIVEN).value == 4.0
    assert status(fours, RATING) is Status.OK
    assert status(of_callers([0.75] * 100), RATING) is Status.BREACH


def test_a_sample_counts_as_what_was_looked_at_and_not_as_what_it_stands_for() -> None:
    clean = [0.0] * 12
    assert status(of_callers(clean, weight=100.0)) is status(of_callers(clean)) is Status.UNKNOWN
    sampled, whole = (estimate_trials(of_callers(clean, each), ACCURACY, GIVEN) for each in (100.0, 1.0))
    assert (sampled.low, sampled.high, sampled.n) == (whole.low, whole.high, whole.n)


def test_of_nothing_nothing_is_known() -> None:
    found = estimate_trials(Trials("hour", (), ()), ACCURACY, GIVEN)
    assert (found.value, found.n) == (None, 0)


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 20.0)])
def test_the_bound_that_proves_an_ok_holds_for_weighted_trials(weights: tuple[float, float]) -> None:
    rng, missed, runs = np.random.default_rng(7), 0, 400
    for _ in range(runs):
        weight = np.where(rng.random(200) < 0.5, *weights)
        bad = weight * (rng.random(200) < 0.1)
        trials = Trials("caller", weight.tolist(), bad.tolist(), 200, float((weight**2).sum()))
        missed += estimate_trials(trials, ACCURACY, GIVEN).low > 0.9  # the worst accuracy that is not refuted
    assert missed / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_a_drop_is_beyond_what_both_sides_leave_to_chance() -> None:
    before = of_callers([1.0] * 100 + [0.0] * 900)
    same = estimate_drop(of_callers([1.0] * 100 + [0.0] * 900), before, POINTS, GIVEN)
    assert same.value == pytest.approx(0.0)
    assert same.low < 0.0 < same.high <= 0.06
    worse = estimate_drop(of_callers([1.0] * 300 + [0.0] * 700), before, POINTS, GIVEN)
    assert worse.value == pytest.approx(0.2)
    assert worse.low > 0.05
    unknown = estimate_drop(before, Trials("hour", (), ()), POINTS, GIVEN)
    assert (unknown.value, unknown.n) == (None, 0)


def test_biased_sampling_is_said() -> None:
    trials = replace(of_callers([0.0] * 100), sampled_unknown=True)
    assert "sampling_unknown" in estimate_trials(trials, ACCURACY, GIVEN).reasons
