"""How a feature looked then and how it looks now."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenkeel.judge.drift.picture import BINS, LEVELS, draw_bins
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values

RNG = np.random.default_rng(1)


@pytest.mark.parametrize(
    ("reference", "window"),
    [
        (RNG.normal(size=2_000), RNG.normal(3.0, 1.0, size=500)),
        (RNG.normal(size=2_000), [1e12, -1e12, math.inf, math.nan, None]),
        ([5.0] * 100, [5.0] * 50 + [6.0]),
        ([None] * 10, [1.0, 2.0]),
        ([0.0, 1.0] * 50, [2.0] * 10),
        ([True, False] * 10, [True] * 5),
        ([f"level {number}" for number in range(50)], ["other"]),
        (RNG.normal(size=200), []),
        ([math.inf] * 5 + [1.0], [math.inf]),
    ],
)
def test_the_shares_of_each_sample_are_all_of_its_rows(reference: Values, window: Values) -> None:
    profile = build_profile(reference)
    counts = count_values(window, profile.grid)
    bins = draw_bins(profile.grid, profile.counts, counts)
    assert math.fsum(each.before for each in bins) == pytest.approx(1.0)
    assert math.fsum(each.after for each in bins) == pytest.approx(1.0 if counts.n else 0.0)
    assert len(bins) <= max(BINS + 3, LEVELS + 2)
    assert all(each.name for each in bins)


def test_whole_numbers_have_a_bin_each() -> None:
    profile = build_profile([float(number % 5) for number in range(500)])
    bins = draw_bins(profile.grid, profile.counts, profile.counts)
    assert [round(each.before, 3) for each in bins] == [0.2] * 5


def test_a_far_value_does_not_flatten_the_rest() -> None:
    profile = build_profile([*RNG.normal(size=2_000).tolist(), 1e9])
    bins = draw_bins(profile.grid, profile.counts, profile.counts)
    assert max(each.before for each in bins) < 0.3
