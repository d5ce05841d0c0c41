"""Distances against scipy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.stats.distances import hellinger, jensen_shannon, kolmogorov_smirnov, kullback_leibler, wasserstein
from evenkeel.kernel.stats.monte_carlo import Ints

stats: Any = scipy.stats  # it ships no types
jensenshannon: Any = scipy.spatial.distance.jensenshannon

ROWS = st.lists(st.integers(0, 200), min_size=8, max_size=8).filter(any).map(np.array)
MIDDLES = np.array([-3.0, -1.0, 0.0, 0.5, 2.0, 7.0, 30.0, 31.0])


@settings(deadline=None, max_examples=200)
@given(ROWS, ROWS)
def test_they_are_those_of_scipy(reference: Ints, window: Ints) -> None:
    p, q = reference + 0.5, window + 0.5
    assert kullback_leibler(reference, window) == pytest.approx(float(stats.entropy(q, p)), abs=1e-12)
    assert jensen_shannon(reference, window) == pytest.approx(float(jensenshannon(reference, window, 2.0)), abs=1e-7)
    rows = [np.repeat(MIDDLES, counts) for counts in (reference, window)]
    assert kolmogorov_smirnov(reference, window) == pytest.approx(float(stats.ks_2samp(*rows).statistic), abs=1e-12)
    expected = float(stats.wasserstein_distance(MIDDLES, MIDDLES, reference, window))
    assert wasserstein(reference, window, MIDDLES) == pytest.approx(expected, abs=1e-9)


@given(ROWS, ROWS)
def test_a_distance_is_the_same_from_either_side_and_none_to_itself(reference: Ints, window: Ints) -> None:
    for distance in (jensen_shannon, kolmogorov_smirnov, hellinger):
        assert distance(reference, window) == pytest.approx(distance(window, reference), abs=1e-9)
        assert 0.0 <= distance(reference, window) <= 1.0 + 1e-9
        assert distance(reference, reference) == pytest.approx(0.0, abs=1e-7)


def test_a_sample_without_rows_has_no_distance() -> None:
    empty, some = np.array([0, 0]), np.array([1, 2])
    found = [distance(empty, some) for distance in (kullback_leibler, jensen_shannon, kolmogorov_smirnov, hellinger)]
    assert all(math.isnan(each) for each in [*found, wasserstein(empty, some, np.array([0.0, 1.0]))])


def test_a_bucket_without_an_end_costs_nothing_where_nothing_lies_in_it() -> None:
    assert wasserstein(np.array([5, 5, 0]), np.array([5, 5, 0]), np.array([0.0, 1.0, math.inf])) == 0.0
