"""Benjamini and Hochberg against scipy, and what it promises where nothing is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.stats.false_discovery import adjusted_p

stats: Any = scipy.stats  # it ships no types


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_it_is_that_of_scipy(p_values: list[float]) -> None:
    assert adjusted_p(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_no_tests_have_no_findings() -> None:
    assert adjusted_p([]) == []


def test_where_nothing_is_true_a_family_is_alarmed_as_often_as_promised() -> None:
    p = np.random.default_rng(1).uniform(size=(4_000, 20))
    alarmed = sum(min(adjusted_p(family)) <= 0.05 for family in p.tolist()) / 4_000
    assert alarmed == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4_000))
