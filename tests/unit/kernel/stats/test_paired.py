"""A difference on the same rows: what it covers, simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.kernel.stats.paired import paired_difference

RUNS = 4_000


@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("chances", [(0.0, 0.0), (0.01, 0.0), (0.02, 0.02), (0.1, 0.02), (0.3, 0.3), (0.05, 0.6)])
def test_it_covers_the_true_difference_where_hardly_any_row_differs_too(n: int, chances: tuple[float, float]) -> None:
    drawn = np.random.default_rng(20261129).multinomial(n, [*chances, 1 - sum(chances)], RUNS)
    seen, times = np.unique(drawn[:, :2], axis=0, return_counts=True)
    found = np.array([paired_difference(int(first), int(other), n) for first, other in seen])
    true = chances[0] - chances[1]
    covered = times[(found[:, 1] <= true) & (true <= found[:, 2])].sum() / RUNS
    assert covered >= 0.94 - 3 * math.sqrt(0.95 * 0.05 / RUNS)


@given(some.integers(0, 50), some.integers(0, 50), some.integers(0, 50))
def test_turned_around_it_is_its_mirror_and_stays_within_its_scale(first: int, other: int, same: int) -> None:
    there, back = (
        paired_difference(first, other, first + other + same),
        paired_difference(other, first, first + other + same),
    )
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
    assert -1.0 <= there.low <= there.value <= there.high <= 1.0


def test_rows_that_agree_are_evidence_too() -> None:
    widths = [paired_difference(0, 0, n).high for n in (0, 10, 100, 1_000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == 1.0
    assert widths[-1] < 0.004


@pytest.mark.parametrize("counts", [(-1, 0, 10), (6, 5, 10), (0, -2, 10)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot differ"):
        paired_difference(*counts)
