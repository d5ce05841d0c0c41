"""The area under the ROC curve from counts, and an interval that covers also near 1 and with few positives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats
from sklearn import metrics as sklearn_metrics

from evenkeel.kernel.stats.auc import Area, area_under_roc

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], tuple[Floats, Floats]]

metrics: Any = sklearn_metrics  # it ships no types
stats: Any = scipy_stats  # it ships no types


def area_of(positive: Floats, negative: Floats) -> Area:
    values, place = np.unique(np.concatenate([positive, negative]), return_inverse=True)
    m = positive.size
    return area_under_roc(
        np.bincount(place[:m], minlength=values.size).astype(float),
        np.bincount(place[m:], minlength=values.size).astype(float),
    )


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_the_area_equals_scikit_learn_ties_included_and_lies_within_its_bounds(up: list[int], down: list[int]) -> None:
    found = area_of(np.array(up, dtype=float), np.array(down, dtype=float))
    expected = metrics.roc_auc_score([1] * len(up) + [0] * len(down), up + down)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    mirrored = area_of(-np.array(up, dtype=float), -np.array(down, dtype=float))
    assert mirrored.value == pytest.approx(1 - found.value, abs=1e-12)


def normal(area: float, spread: float = 1.0) -> Draw:
    shift = float(stats.norm.ppf(area)) * math.sqrt(1 + spread**2)
    return lambda chance, m, n: (chance.normal(shift, spread, m), chance.normal(0, 1, n))


def split(chance: np.random.Generator, m: int, n: int) -> tuple[Floats, Floats]:
    """A tenth of the positives score below all negatives."""
    return np.where(chance.random(m) < 0.1, -1.0, 2.0), chance.random(n)


def tied(chance: np.random.Generator, m: int, n: int) -> tuple[Floats, Floats]:
    """Three scores only; the area is 0.1 x 0.35 + 0.2 x 0.8 + 0.7 x 0.95 = 0.86."""
    shares = np.array([0.1, 0.2, 0.7])
    return chance.choice(3, m, p=shares).astype(float), chance.choice(3, n, p=shares[::-1]).astype(float)


DRAWS = {
    "chance": (0.5, normal(0.5)),
    "good": (0.9, normal(0.9)),
    "nearly perfect": (0.995, normal(0.995)),
    "positives spread three times as wide": (0.9, normal(0.9, 3.0)),
    "a tenth of positives at the bottom": (0.9, split),
    "three scores": (0.86, tied),
}


@pytest.mark.parametrize(("positives", "negatives"), [(10, 200), (50, 50), (200, 20)])
@pytest.mark.parametrize("name", DRAWS)
def test_the_interval_covers_at_least_93_percent_of_the_time(name: str, positives: int, negatives: int) -> None:
    """250 seeded samples: 93 % less 3 standard errors is 88.2 %."""
    true, draw = DRAWS[name]
    chance, samples = np.random.default_rng(11), 250
    found = [area_of(*draw(chance, positives, negatives)) for _ in range(samples)]
    covered = sum(each.low <= true <= each.high for each in found)
    assert covered / samples >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / samples)


def test_a_perfect_area_is_not_certain() -> None:
    found = area_of(np.arange(10.0) + 100, np.arange(200.0) - 200)
    assert found.value == found.high == 1.0
    assert 0.6 < found.low < 0.95


def test_one_class_alone_has_no_area() -> None:
    with pytest.raises(ValueError, match="both classes"):
        area_under_roc(np.zeros(3), np.ones(3))
