"""Estimates refuse to be impossible."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest

from evenkeel.kernel.estimate import Estimate, Evidence
from evenkeel.kernel.time import Window

PLAIN = Estimate(0.5, "ratio", 0.4, 0.6, 0.999, 0.95, 10, "exact", Window(0, 60), 1.0, 60, 60)


def test_what_is_not_said_is_absent_and_not_zero() -> None:
    assert (PLAIN.shown_low, PLAIN.if_missing_good, PLAIN.bad, PLAIN.needs, PLAIN.evidence) == (None,) * 5
    assert (PLAIN.reasons, PLAIN.parts) == ((), {})
    assert replace(PLAIN, evidence=Evidence("/events", "bad of all")).evidence == Evidence("/events", "bad of all", 0)


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.4), (math.nan, 0.4), (0.4, math.nan), (math.inf, 1.0)])
def test_bounds_in_the_wrong_order_or_no_numbers_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="must not exceed its high"):
        replace(PLAIN, low=low, high=high)


def test_infinite_bounds_on_their_own_side_say_that_nothing_is_known() -> None:
    assert replace(PLAIN, low=-math.inf, high=math.inf).high == math.inf


@pytest.mark.parametrize("coverage", [-0.001, 1.001, math.nan])
def test_coverage_is_a_share(coverage: float) -> None:
    with pytest.raises(ValueError, match="a share from 0 to 1"):
        replace(PLAIN, coverage=coverage)


def test_an_estimate_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PLAIN.value = 0.1  # type: ignore[misc]
