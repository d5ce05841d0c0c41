"""The mean on a scale: what its interval covers, simulated, where Wald's fails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.bounded_mean import mean_of_counts

RUNS = 1_500
KINDS = {
    "reciprocals of ranks": ([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 0], [0.5, 0.15, 0.1, 0.05, 0.05, 0.15]),
    "five stars": ([0, 0.25, 0.5, 0.75, 1], [0.1, 0.02, 0.05, 0.2, 0.63]),
    "nearly all the best": ([0, 0.25, 0.5, 0.75, 1], [0.01, 0.01, 0.01, 0.02, 0.95]),
    "in the middle": ([0.4, 0.5, 0.6], [0.3, 0.4, 0.3]),
    "rarely anything": ([0, 1], [0.98, 0.02]),
}


@pytest.mark.parametrize("n", [30, 100, 1_000])
@pytest.mark.parametrize("kind", KINDS)
def test_it_covers_the_true_mean(kind: str, n: int) -> None:
    values, chances = KINDS[kind]
    true = float(np.dot(values, chances))
    drawn = np.random.default_rng(20261129).multinomial(n, chances, RUNS).tolist()
    found = [mean_of_counts(dict(zip(values, counts, strict=True))) for counts in drawn]
    covered = sum(each.low <= true <= each.high for each in found) / RUNS
    assert covered >= 0.94 - 3 * math.sqrt(0.95 * 0.05 / RUNS)


@given(some.tuples(*[some.integers(0, 50)] * 5))
def test_it_keeps_to_its_scale_and_is_mirrored_with_it(times: tuple[int, ...]) -> None:
    counts = dict(zip((1.0, 2.0, 3.0, 4.0, 5.0), times, strict=True))
    found = mean_of_counts(counts, (1.0, 5.0))
    assert 1.0 <= found.low <= found.value <= found.high <= 5.0
    assert found.low < found.high
    turned = mean_of_counts({6.0 - value: count for value, count in counts.items()}, (1.0, 5.0))
    assert (turned.value, turned.low, turned.high) == pytest.approx((6 - found.value, 6 - found.high, 6 - found.low))


def test_of_zeros_and_ones_it_is_about_wilsons() -> None:
    found = mean_of_counts({0: 900, 1: 100})
    assert (found.low, found.high) == pytest.approx(wilson_interval(100, 1_000), abs=5e-4)


def test_of_nothing_all_of_the_scale_is_possible() -> None:
    assert mean_of_counts({}, (1, 5)) == (3.0, 1.0, 5.0)


@pytest.mark.parametrize("counts", [{6.0: 1}, {0.5: 1}, {3.0: -1}, {float("nan"): 1}, {3.0: float("nan")}])
def test_what_is_not_on_the_scale_is_refused(counts: dict[float, float]) -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        mean_of_counts(counts, (1.0, 5.0))


def test_a_scale_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a scale goes up"):
        mean_of_counts({1: 1}, (1, 1))
