"""Differences have names, and what explains the others takes their place."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.model import Signal
from evenkeel.judge.drift.signals import name_signals
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values

RNG = np.random.default_rng(1)


def signals(reference: Values, window: Values) -> list[Signal]:
    profile = build_profile(reference)
    counts = count_values(window, profile.grid)
    both = align(profile.grid, profile.counts, counts)
    return list(name_signals(compare_feature(profile.grid, both, None), both, profile.counts, counts))


@pytest.mark.parametrize(
    ("reference", "window", "named"),
    [
        ([0.0] * 500, RNG.normal(size=500), [Signal.WENT_LIVE]),
        ([0.0] * 500, [0.0] * 400 + [1.0] * 100, [Signal.WENT_LIVE]),
        ([None] * 500, RNG.normal(size=500), [Signal.WENT_LIVE, Signal.MISSINGNESS]),
        (["en"] * 500, ["en", "es"] * 250, [Signal.WENT_LIVE]),
        (RNG.normal(size=500), [0.5] * 500, [Signal.BECAME_CONSTANT]),
        (["a", "b"] * 250, ["a"] * 500, [Signal.BECAME_CONSTANT]),
        ([1.0, 2.0] * 250, ["1", "2"] * 250, [Signal.TYPE_CHANGED]),
        ([1.0, 2.0] * 250, [1.0, None] * 250, [Signal.MISSINGNESS, Signal.BECAME_CONSTANT]),
        (["a", "b"] * 250, ["a", "b"] * 250, []),
        (["a", "b"] * 250, ["a", "b", "c", "c"] * 125, [Signal.NEW_LEVELS, Signal.SHAPE]),
        (np.arange(500.0), np.arange(500.0) + 100.0, [Signal.LOCATION, Signal.SHAPE, Signal.RANGE]),
    ],
)
def test_a_difference_is_named(reference: Values, window: Values, named: list[Signal]) -> None:
    assert sorted(signals(reference, window)) == sorted(named)


def test_what_moved_leaves_its_range_too() -> None:
    assert signals(np.arange(500.0), np.arange(500.0) + 450.0)[-1] is Signal.RANGE


def test_what_no_row_has_any_more_is_gone_and_not_only_missing() -> None:
    profile = build_profile(np.random.default_rng(1).normal(size=2_000))
    for values, signal in (([None] * 500, Signal.VANISHED), ([None] * 400 + [0.1, -0.2] * 50, Signal.MISSINGNESS)):
        window = count_values(values, profile.grid)
        both = align(profile.grid, profile.counts, window)
        found = name_signals(compare_feature(profile.grid, both, None), both, profile.counts, window)
        assert found[0] is signal
