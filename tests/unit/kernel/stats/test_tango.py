"""The score interval of a difference on the same rows: how often a gate by it errs, reckoned and simulated."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.optimize import minimize_scalar

from evenkeel.kernel.stats.tango import paired_mean, paired_score

RUNS = 1_500
CASES = [
    ((-1.0, 0.0), (1.0, -1.0)),
    ((-0.5, 0.0), (2.0, -2.0)),
    ((-1.0, -0.5, -0.2, 0.5, 0.0), (0.7, 1.0, 1.0, 0.8, -3.5)),
    ((-1.0, -0.1, 0.1, 0.0), (1.0, 1.0, 1.0, -3.0)),
]


@pytest.mark.parametrize(("gained", "lost", "n"), [(12, 2, 50), (0, 9, 120), (40, 38, 100)])
def test_each_bound_is_where_the_score_is_the_quantile_by_maximising_the_likelihood(
    gained: int, lost: int, n: int
) -> None:
    found = paired_score(gained, lost, n)
    for bound, score in ((found.low, 1.96), (found.high, -1.96)):

        def unlikely(chance: float, bound: float = bound) -> float:
            return -(
                _log(chance + bound, gained) + _log(chance, lost) + _log(1 - 2 * chance - bound, n - gained - lost)
            )

        chance = minimize_scalar(unlikely, bounds=(max(0.0, -bound), (1 - bound) / 2), options={"xatol": 1e-10}).x
        variance = n * (2 * chance + bound - bound**2)
        assert (gained - lost - n * bound) / math.sqrt(variance) == pytest.approx(score, abs=2e-3)


def _log(chance: float, times: int) -> float:
    return 0.0 if times == 0 else -1e9 if chance <= 0 else times * math.log(chance)


@pytest.mark.parametrize("n", [20, 50, 100])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
def test_what_is_worse_by_the_margin_passes_in_at_most_3_1_percent_of_all_that_can_be_drawn(
    n: int, margin: float
) -> None:
    """Every table of `n` rows that passes, with its chance: no simulation. 2.5 % are stated, more are of few rows."""
    passing = _passing(n, margin)
    for gained in (0.0, 0.0025, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4):
        assert _chance(passing, gained, gained + margin, n) <= 0.031


def _passing(n: int, margin: float) -> list[tuple[int, int]]:
    """(gained, lost) that are said not to be worse by the margin; with one more lost it is rather worse."""
    found: list[tuple[int, int]] = []
    for gained in range(n + 1):
        for lost in range(n - gained + 1):
            if paired_score(gained, lost, n).low < -margin:
                break
            found.append((gained, lost))
    return found


def _chance(tables: list[tuple[int, int]], gained: float, lost: float, n: int) -> float:
    return math.fsum(
        math.exp(
            math.lgamma(n + 1) - math.lgamma(up + 1) - math.lgamma(down + 1) - math.lgamma(n - up - down + 1)
            + _log(gained, up) + _log(lost, down) + _log(1.0 - gained - lost, n - up - down)
        )
        for up, down in tables
    )  # fmt: skip


@pytest.mark.parametrize(("values", "chances"), CASES)
@pytest.mark.parametrize("n", [30, 100, 400])
def test_means_of_parts_err_in_at_most_5_percent_on_either_side(
    values: tuple[float, ...], chances: tuple[float, ...], n: int
) -> None:
    margin = 0.05
    weights = [margin * each for each in chances]
    weights[-1] += 1.0
    true = float(np.dot(values, weights))
    assert true <= -margin / 2
    drawn = np.random.default_rng(20261130).multinomial(n, weights, RUNS)
    tables, times = np.unique(drawn, axis=0, return_counts=True)
    found = [paired_mean(Counter(dict(zip(values, map(int, row), strict=True)))) for row in tables]
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)
    assert sum(n for n, each in zip(times, found, strict=True) if each.low >= true) / RUNS <= allowed
    assert sum(n for n, each in zip(times, found, strict=True) if each.high <= true) / RUNS <= allowed


@given(some.integers(0, 50), some.integers(0, 50), some.integers(0, 50))
def test_turned_around_it_is_its_mirror_and_stays_within_its_scale(first: int, other: int, same: int) -> None:
    n = first + other + same
    there, back = paired_score(first, other, n), paired_score(other, first, n)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
    assert -1.0 <= there.low <= there.value <= there.high <= 1.0


@given(some.dictionaries(some.floats(-1, 1), some.integers(0, 60), max_size=8))
def test_of_any_differences_the_mean_is_within_the_interval(changes: dict[float, int]) -> None:
    found = paired_mean(changes)
    n = sum(changes.values())
    mean = sum(change * rows for change, rows in changes.items()) / n if n else 0.0
    assert found.value == pytest.approx(mean, abs=1e-9)
    assert -1.0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1.0


@pytest.mark.parametrize("counts", [(-1, 0, 10), (6, 5, 10), (0, -2, 10)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot differ"):
        paired_score(*counts)


@pytest.mark.parametrize("changes", [{1.5: 2}, {0.5: -1}])
def test_differences_that_cannot_be_are_refused(changes: dict[float, int]) -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        paired_mean(changes)
