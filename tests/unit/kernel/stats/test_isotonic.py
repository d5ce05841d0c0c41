"""Isotonic regression: the nearest values that never fall."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import isotonic as sklearn_isotonic

from evenkeel.kernel.stats.isotonic import isotonic

sklearn: Any = sklearn_isotonic  # it ships no types

PAIRS = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 10)), min_size=1, max_size=40)


@given(PAIRS)
def test_it_equals_scikit_learn_and_never_falls(pairs: list[tuple[float, float]]) -> None:
    values, weights = np.array([v for v, _ in pairs]), np.array([w for _, w in pairs])
    found = isotonic(values, weights)
    assert found == pytest.approx(sklearn.isotonic_regression(values, sample_weight=weights), abs=1e-9)
    assert (np.diff(found) >= -1e-12).all()
    assert found @ weights == pytest.approx(values @ weights, abs=1e-6)


def test_where_nothing_was_seen_it_lies_between_its_neighbours() -> None:
    found = isotonic(np.array([9.0, 0.0, 9.0, 1.0, 9.0]), np.array([0.0, 1.0, 0.0, 1.0, 0.0]))
    assert found.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_of_nothing_seen_at_all_the_values_come_back() -> None:
    assert isotonic(np.array([2.0, 1.0]), np.zeros(2)).tolist() == [2.0, 1.0]
    assert isotonic(np.array([]), np.array([])).size == 0
