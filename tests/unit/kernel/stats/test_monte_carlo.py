"""P-values by drawing tables are valid, and exact where they can be counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

from evenkeel.kernel.stats.monte_carlo import Drawing, Floats, Ints, monte_carlo_p

stats: Any = scipy.stats  # it ships no types


def _first(tables: Ints) -> Floats:
    return tables[:, 0].astype(float)


def test_a_chance_that_can_be_counted_is_met() -> None:
    pooled = np.array([40, 360])
    exact = float(stats.hypergeom.sf(26, 400, 40, 200))
    found = [monte_carlo_p(pooled, 200, _first, 27.0, Drawing(np.random.default_rng(seed))) for seed in range(40)]
    # Each stops at 20 extreme tables: a relative error of 1/sqrt(20), and three standard errors of the mean of 40.
    assert np.mean(found) == pytest.approx(exact, rel=3 / np.sqrt(20 * 40) + 0.06)


def test_what_is_never_drawn_is_as_rare_as_the_draws_can_tell() -> None:
    drawing = Drawing(np.random.default_rng(1), draws=999)
    assert monte_carlo_p(np.array([100, 100]), 100, _first, 100.0, drawing) == 1 / 1_000


def test_it_is_small_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(2)
    pooled = np.array([6, 10, 84])
    hits = 0
    for _ in range(400):
        seen = rng.multivariate_hypergeometric(pooled, 30)
        hits += monte_carlo_p(pooled, 30, _first, float(seen[0]), Drawing(rng, draws=500)) <= 0.05
    assert hits / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_the_same_seed_gives_the_same_answer() -> None:
    one, two = (monte_carlo_p(np.array([9, 91]), 50, _first, 8.0, Drawing(np.random.default_rng(7))) for _ in range(2))
    assert one == two


def test_empty_buckets_are_no_matter() -> None:
    def second(tables: Ints) -> Floats:
        return tables[:, 1].astype(float)

    with_gap = monte_carlo_p(np.array([0, 9, 91]), 50, second, 8.0, Drawing(np.random.default_rng(7)))
    without = monte_carlo_p(np.array([9, 91]), 50, _first, 8.0, Drawing(np.random.default_rng(7)))
    assert with_gap == pytest.approx(without, rel=3 * np.sqrt(2 / 20))
