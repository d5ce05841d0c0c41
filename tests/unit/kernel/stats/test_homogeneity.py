"""Two rows of counts against scipy; bins that no sample alone has made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.stats.homogeneity import compare_cells, group_levels, group_ordered
from evenkeel.kernel.stats.monte_carlo import Drawing, Ints

stats: Any = scipy.stats  # it ships no types

ROWS = st.lists(st.integers(0, 200), min_size=30, max_size=30).map(np.array)


@settings(deadline=None, max_examples=100)
@given(ROWS, ROWS)
def test_the_statistic_is_that_of_scipy(reference: Ints, window: Ints) -> None:
    table = np.array([reference, window])
    table = table[:, table.sum(axis=0) > 0]
    found = compare_cells(reference, window)
    if table.sum(axis=1).min() > 0 and table.shape[1] > 1:
        expected = stats.chi2_contingency(table, correction=False)
        assert found.statistic == pytest.approx(expected.statistic)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
        assert found.df == expected.dof


@settings(deadline=None, max_examples=200)
@given(ROWS, ROWS)
def test_bins_are_large_enough_and_depend_on_both_samples_together(reference: Ints, window: Ints) -> None:
    starts = group_ordered(reference, window)
    pooled = reference + window
    total = pooled.sum()
    if min(reference.sum(), window.sum()) > 0:
        held = np.add.reduceat(pooled, starts)
        assert held.sum() == total
        assert len(held) <= 10
        smaller = min(reference.sum(), window.sum())
        assert len(held) == 1 or (held * smaller / total).min() >= 5 - 1e-9
    assert group_ordered(window, reference).tolist() == starts.tolist()


@settings(deadline=None, max_examples=200)
@given(ROWS, ROWS)
def test_each_bin_ends_with_the_first_row_that_makes_it_large_enough(reference: Ints, window: Ints) -> None:
    pooled = (reference + window).tolist()
    total, smaller = sum(pooled), min(reference.sum(), window.sum())
    starts, held, left = [0], 0, total
    for place, rows in enumerate(pooled):
        held, left = held + rows, left - rows
        needed = max(total / 10, 5 * total / smaller) if smaller else total + 1
        if held >= needed and left >= needed:
            starts.append(place + 1)
            held = 0
    assert group_ordered(reference, window).tolist() == starts


@settings(deadline=None, max_examples=100)
@given(ROWS, ROWS)
def test_levels_are_kept_or_pooled_never_lost(reference: Ints, window: Ints) -> None:
    cells = group_levels(reference, window)
    assert [rows.sum() for rows in cells] == [reference.sum(), window.sum()]
    assert len(cells[0]) == len(cells[1]) <= 21


@pytest.mark.parametrize("counts", [([0, 0], [3, 4]), ([3, 4], [0, 0]), ([5, 0], [9, 0]), ([0, 0], [0, 0])])
def test_what_cannot_differ_does_not(counts: tuple[list[int], list[int]]) -> None:
    found = compare_cells(np.array(counts[0]), np.array(counts[1]))
    assert (found.df, found.p) == (0, 1.0)
    assert group_ordered(np.array([0, 0]), np.array([1, 2])).tolist() == [0]


def test_sparse_cells_are_drawn() -> None:
    """3 % of 50,000, and 17 of a window of 200, where 6 are expected."""
    reference, window = np.array([48_500, 1_500]), np.array([183, 17])
    exact = float(stats.hypergeom.sf(16, 50_200, 1_517, 200))
    drawn = compare_cells(reference, window, Drawing(np.random.default_rng(1)))
    assert drawn.is_drawn
    assert compare_cells(reference, window).p < exact / 10
    assert drawn.p == pytest.approx(exact, rel=3 / np.sqrt(15))


def test_dense_cells_are_not() -> None:
    found = compare_cells(np.array([500, 500]), np.array([400, 600]), Drawing(np.random.default_rng(1)))
    assert not found.is_drawn
