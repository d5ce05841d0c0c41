"""What a comparison sums up to."""

from __future__ import annotations

import pytest

from evenkeel.judge.drift.model import Comparison, Part, Signal


def test_a_feature_is_as_unlikely_as_its_least_likely_part_by_weight() -> None:
    parts = (Part(Signal.LOCATION, 0.02, 0.5), Part(Signal.SHAPE, 0.01, 0.2))
    assert Comparison(parts, 10, 10).p == pytest.approx(0.04)


def test_without_parts_nothing_is_said() -> None:
    assert Comparison((), 10, 0).p == 1.0


def test_a_weighted_p_value_is_a_chance() -> None:
    assert Part(Signal.SHAPE, 0.9, 0.2).weighted == 1.0
