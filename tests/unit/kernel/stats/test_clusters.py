"""Bounds by betting on clusters: valid at every look, whatever happens within a cluster."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from evenkeel.kernel.stats.clusters import STAKES, design_effect, lower_share, wealth

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator], tuple[Floats, Floats]]

ALPHA = 0.05
SHARE = 0.02
CLUSTERS = 240


def test_the_expected_wealth_is_one_when_the_share_is_the_one_bet_against() -> None:
    """All 1,024 outcomes of ten independent requests, weighed by their probability."""
    for share in (0.01, 0.3):
        expected = 0.0
        for outcome in itertools.product([0.0, 1.0], repeat=10):
            chance = math.prod(share if bad else 1 - share for bad in outcome)
            expected += chance * math.exp(wealth([1.0] * 10, outcome, share))
        assert expected == pytest.approx(1.0)


def test_the_expected_wealth_is_at_most_one_whatever_happens_within_a_cluster() -> None:
    """Clusters of 5 that fail together, or not at all: the most that one share allows of bursts."""
    share = 0.1
    expected = 0.0
    for outcome in itertools.product([0.0, 5.0], repeat=8):
        chance = math.prod(share if bad else 1 - share for bad in outcome)
        expected += chance * math.exp(wealth([5.0] * 8, outcome, share))
    assert expected == pytest.approx(1.0)


def independent(chance: np.random.Generator) -> tuple[Floats, Floats]:
    return np.ones(CLUSTERS), (chance.random(CLUSTERS) < SHARE).astype(float)


def beta_binomial(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Ten requests a cluster, intra-class correlation 0.1."""
    total = np.full(CLUSTERS, 10.0)
    shares = chance.beta(SHARE * 9, (1 - SHARE) * 9, CLUSTERS)
    return total, chance.binomial(10, shares).astype(float)


def all_or_nothing(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """A caller whose requests all fail, or none: as bursty as it gets."""
    total = np.full(CLUSTERS, 20.0)
    return total, total * (chance.random(CLUSTERS) < SHARE)


def retrying_callers(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Callers of very different size; the largest so far changes as the window fills."""
    total = np.ceil(chance.pareto(1.5, CLUSTERS) + 0.5).clip(1, 200)
    return total, total * (chance.random(CLUSTERS) < SHARE)


@pytest.mark.parametrize("draw", [independent, beta_binomial, all_or_nothing, retrying_callers])
def test_over_repeated_looks_a_true_share_is_refuted_at_most_as_often_as_alpha_says(draw: Draw) -> None:
    """600 seeded windows, looked at 40 times each; the target is exactly met."""
    chance = np.random.default_rng(20_240)
    windows = 600
    refuted = 0
    for _ in range(windows):
        total, bad = draw(chance)
        refuted += any(
            wealth(total[:seen].tolist(), bad[:seen].tolist(), SHARE) >= math.log(1 / ALPHA)
            for seen in range(6, CLUSTERS + 1, 6)
        )
    assert refuted <= stats.binom.ppf(0.999, windows, ALPHA)


def test_a_share_ten_times_the_one_claimed_is_refuted_almost_always() -> None:
    chance = np.random.default_rng(4)
    refuted = sum(
        lower_share([1.0] * CLUSTERS, (chance.random(CLUSTERS) < 0.2).astype(float).tolist(), ALPHA) > SHARE
        for _ in range(100)
    )
    assert refuted >= 99


@pytest.mark.parametrize("alpha", [0.05, 1.15e-6])
def test_the_bound_is_the_largest_share_refuted(alpha: float) -> None:
    total, bad = [3.0] * 60, [1.0] * 12 + [0.0] * 48
    bound = lower_share(total, bad, alpha)
    assert 0 < bound < 12 / 180
    assert wealth(total, bad, bound) >= -math.log(alpha)
    assert wealth(total, bad, bound * (1 + 1e-5)) < -math.log(alpha)


def test_one_cluster_multiplies_the_wealth_by_less_than_the_inverse_of_the_share() -> None:
    for share in (1e-4, 0.001, 0.1):
        assert math.exp(wealth([50.0], [50.0], share)) < 1 / share
    assert lower_share([50.0], [50.0], 1e-6) <= 1e-6


def test_without_a_failure_or_without_a_request_nothing_is_refuted() -> None:
    assert lower_share([5.0] * 100, [0.0] * 100, 0.5) == 0.0
    assert lower_share([], [], 0.5) == 0.0
    assert wealth([], [], 0.1) == 0.0
    assert wealth([0.0], [0.0], 0.1) == 0.0


def test_clusters_without_requests_change_nothing() -> None:
    assert lower_share([1.0, 0.0] * 20, [1.0, 0.0] * 20, 0.01) == lower_share([1.0] * 20, [1.0] * 20, 0.01)


def test_stakes_never_bet_more_than_there_is() -> None:
    assert 0 < STAKES.min() < STAKES.max() < 1


CASES = st.lists(st.tuples(st.integers(1, 20), st.floats(0, 1)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=100)
@given(CASES, st.sampled_from([0.5, 0.05, 1e-6]), st.floats(0.1, 100))
def test_the_bound_lies_below_the_share_and_weights_in_another_unit_change_nothing(
    cases: list[tuple[int, float]], alpha: float, unit: float
) -> None:
    total = [float(n) for n, _ in cases]
    bad = [float(round(n * share)) for n, share in cases]
    bound = lower_share(total, bad, alpha)
    assert 0.0 <= bound <= sum(bad) / sum(total)
    assert lower_share([n * unit for n in total], [n * unit for n in bad], alpha) == pytest.approx(bound, rel=1e-4)
    assert lower_share(total, bad, alpha / 10) <= bound * (1 + 1e-5)
    order = sorted(range(len(total)), key=lambda i: bad[i])
    assert lower_share([total[i] for i in order], [bad[i] for i in order], alpha) == pytest.approx(bound, rel=1e-4)


class TestDesignEffect:
    def test_requests_that_fail_together_count_as_one(self) -> None:
        assert design_effect([10.0] * 50, [10.0] * 5 + [0.0] * 45) == pytest.approx(10 * 50 / 49)

    def test_independent_requests_have_none(self) -> None:
        chance = np.random.default_rng(9)
        effects = [design_effect([10.0] * 500, chance.binomial(10, 0.05, 500).astype(float)) for _ in range(20)]
        assert all(1.0 <= effect < 1.3 for effect in effects)

    def test_beta_binomial_bursts_have_the_one_that_theory_says(self) -> None:
        """1 + (m - 1) rho for clusters of m (Kish 1965)."""
        chance = np.random.default_rng(10)
        shares = chance.beta(0.05 * 9, 0.95 * 9, 40_000)
        effect = design_effect([10.0] * 40_000, chance.binomial(10, shares).astype(float))
        assert effect == pytest.approx(1 + 9 * 0.1, rel=0.05)

    @pytest.mark.parametrize(
        ("total", "bad"),
        [([], []), ([5.0], [2.0]), ([5.0] * 9, [0.0] * 9), ([5.0] * 9, [5.0] * 9), ([4.0] * 9, [2.0] * 9)],
    )
    def test_it_is_never_below_one(self, total: list[float], bad: list[float]) -> None:
        assert design_effect(total, bad) == 1.0
