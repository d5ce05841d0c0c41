"""Estimates of figures with bounds of their own."""

from __future__ import annotations

import math

import pytest

from evenkeel.judge.indicators.bounded import Bounded, estimate_bounded
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.kernel.verdict import Limits

GIVEN = Circumstances(Window(0, US_PER_HOUR), 1, 1, 1.0, 1e-4, 0.05, Evidence("", ""))
LIMITS = Limits(0.9, 0.8, larger_is_worse=False)


def test_wider_bounds_need_more_and_a_value_lies_between_its_bounds() -> None:
    needs = [
        estimate_bounded(Bounded(0.85, 0.85 - reach, 0.85 + reach, None, 400.0, ""), "area", LIMITS, GIVEN).needs
        for reach in (0.06, 0.1, math.inf)
    ]
    assert [each.more for each in needs if each] == [pytest.approx(177, abs=2), pytest.approx(1_200, abs=2), 400]
    odd = estimate_bounded(Bounded(0.85, 0.86, 0.9, None, 400.0, ""), "area", LIMITS, GIVEN)
    assert odd.low == 0.85


def test_without_a_value_nothing_was_counted() -> None:
    none = estimate_bounded(Bounded(None, 0.0, 1.0, None, 0.0, ""), "area", LIMITS, GIVEN)
    assert (none.n, none.value, none.needs and none.needs.of) == (0, None, "labels")
