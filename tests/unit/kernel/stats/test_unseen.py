"""Rows where the reference has none: exact against enumeration and scipy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from evenkeel.kernel.stats.monte_carlo import Ints
from evenkeel.kernel.stats.unseen import all_in_window, new_levels_p, range_p, rows_beyond

stats: Any = scipy.stats  # it ships no types


def test_the_chance_that_the_largest_are_all_in_the_window_is_hypergeometric() -> None:
    assert all_in_window(7, 60, 40) == pytest.approx(stats.hypergeom.pmf(7, 100, 7, 40))
    assert all_in_window(0, 60, 40) == 1.0
    assert all_in_window(41, 60, 40) == 0.0


def test_the_range_p_value_is_at_most_what_enumeration_gives() -> None:
    """All windows of 4 of 9 rows in order: how often at least that many lie beyond one end."""
    for beyond in (1, 2, 3):
        extreme = 0
        for window in itertools.combinations(range(9), 4):
            reference = sorted(set(range(9)) - set(window))
            extreme += sum(row > reference[-1] for row in window) >= beyond
        chance = extreme / math.comb(9, 4)
        found = range_p(np.array([0, 5, 0]), np.array([0, 4 - beyond, beyond]))
        assert found == pytest.approx(min(1.0, 2 * chance))


def test_rows_are_counted_at_both_ends() -> None:
    assert rows_beyond(np.array([0, 0]), np.array([1, 1])) == (0, 0)
    assert range_p(np.array([0, 9, 0]), np.array([0, 0, 0])) == 1.0


def _simulated(pooled: Ints, size: int, rows: int) -> float:
    draws = np.random.default_rng(1).multivariate_hypergeometric(pooled, size, size=200_000, method="marginals")
    is_new = draws == pooled
    return float(((draws * is_new).sum(axis=1) >= rows).mean())


@pytest.mark.parametrize(
    ("reference", "window"),
    [
        ([100] * 5 + [0] * 4, [100] * 5 + [2, 2, 3, 1]),
        ([50] * 3 + [1] * 30 + [0] * 12, [40] * 3 + [1] * 20 + [0] * 10 + [1] * 12),
        ([200, 0, 0], [30, 1, 1]),
    ],
)
def test_rows_in_new_levels_are_as_likely_as_drawing_says(reference: list[int], window: list[int]) -> None:
    n, m = np.array(reference), np.array(window)
    rows = int(m[n == 0].sum())
    simulated = _simulated(n + m, int(m.sum()), rows)
    error = 3 * math.sqrt(max(simulated, 1e-5) / 200_000)
    # Levels are taken as independent, which costs a few percent of a small chance.
    assert new_levels_p(n, m) == pytest.approx(simulated, abs=error + 0.12 * simulated)


def test_no_new_rows_prove_nothing() -> None:
    assert new_levels_p(np.array([5, 5]), np.array([5, 5])) == 1.0
    assert new_levels_p(np.array([0, 0]), np.array([5, 5])) == 1.0


def test_a_flood_of_new_rows_is_certain_and_bounded() -> None:
    assert new_levels_p(np.array([100_000, 0]), np.array([1_000, 100_000])) < 1e-12
