"""Rank tests of counts against scipy on the rows themselves, and their tails where scores are lopsided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.stats.monte_carlo import Drawing, Ints
from evenkeel.kernel.stats.rank_sum import rank_location, rank_spread

stats: Any = scipy.stats  # it ships no types

ROWS = st.lists(st.integers(0, 40), min_size=6, max_size=6).map(np.array)


def _unfold(counts: Ints) -> Ints:
    return np.repeat(np.arange(counts.size), counts)


@settings(deadline=None, max_examples=100)
@given(ROWS, ROWS)
def test_location_is_that_of_mann_and_whitney(reference: Ints, window: Ints) -> None:
    if not reference.sum() or not window.sum() or np.count_nonzero(reference + window) < 2:
        return
    expected = stats.mannwhitneyu(_unfold(window), _unfold(reference), use_continuity=False, method="asymptotic")
    found = rank_location(reference, window)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.auc == pytest.approx(expected.statistic / (reference.sum() * window.sum()))


@settings(deadline=None, max_examples=100)
@given(ROWS, ROWS)
def test_the_samples_can_be_swapped_and_the_order_turned(reference: Ints, window: Ints) -> None:
    for test in (rank_location, rank_spread):
        here = test(reference, window)
        assert test(window, reference).z == pytest.approx(-here.z, abs=1e-9)
        assert test(reference[::-1], window[::-1]).p == pytest.approx(here.p, abs=1e-9)


def test_spread_is_that_of_mood_where_there_are_no_ties() -> None:
    rng = np.random.default_rng(1)
    reference, window = rng.normal(size=300), rng.normal(0.0, 1.3, size=200)
    order = np.sort(np.concatenate([reference, window]))
    counts = [np.histogram(rows, np.append(order, order[-1] + 1.0))[0] for rows in (reference, window)]
    expected = stats.mood(window, reference)
    assert rank_spread(counts[0], counts[1]).z == pytest.approx(expected.statistic, rel=1e-9)


@pytest.mark.parametrize("counts", [([0, 0], [3, 4]), ([3, 4], [0, 0]), ([5, 0], [9, 0]), ([0, 0], [0, 0])])
def test_what_cannot_differ_does_not(counts: tuple[list[int], list[int]]) -> None:
    reference, window = (np.array(rows) for rows in counts)
    assert (rank_location(reference, window).p, rank_spread(reference, window).p) == (1.0, 1.0)


def test_lopsided_scores_are_drawn_not_taken_as_normal() -> None:
    """1 % of 50,000 are not zero, and 11 of a window of 200: the normal tail makes far too much of it."""
    reference, window = np.array([49_500, 500]), np.array([189, 11])
    exact = float(stats.hypergeom.sf(10, 50_200, 511, 200))
    normal = rank_location(reference, window).p
    drawn = rank_location(reference, window, Drawing(np.random.default_rng(1), draws=200_000)).p
    assert normal < exact / 50
    assert drawn == pytest.approx(exact, rel=3 / np.sqrt(10))


def test_even_scores_keep_the_normal_tail() -> None:
    reference, window = np.full(120, 2), np.concatenate([np.full(60, 1), np.full(60, 3)])
    drawing = Drawing(np.random.default_rng(1))
    assert rank_location(reference, window, drawing).p == rank_location(reference, window).p
