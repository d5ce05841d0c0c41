"""Bounds of means whose values come in batches: whatever happens inside one, it is one piece of evidence."""

from __future__ import annotations

import math

import numpy as np

from evenkeel.kernel.stats.batches import mean_of_batches


def test_values_that_are_alike_inside_batches_count_as_few() -> None:
    rng, missed = np.random.default_rng(5), 0
    for _ in range(400):
        of_batch = rng.normal(3.0, 1.0, 24)
        totals = rng.integers(20, 200, 24).astype(float)
        found = mean_of_batches(totals, totals * of_batch)
        missed += found.bound(0.05, upper=False) > 3.0
    assert 0.02 <= missed / 400 <= 0.08


def test_too_few_batches_prove_nothing() -> None:
    found = mean_of_batches(np.full(5, 100.0), np.full(5, 50.0))
    assert (found.value, found.bound(0.05, upper=True), found.bound(0.05, upper=False)) == (0.5, math.inf, -math.inf)
    assert mean_of_batches(np.zeros(3), np.zeros(3)).batches == 0
