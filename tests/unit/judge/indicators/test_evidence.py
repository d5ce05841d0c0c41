"""What was not heard: how much there would have been, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.time import Window

Given = Callable[..., Circumstances]


@pytest.mark.parametrize(
    ("coverage", "seen", "missing"),
    [(1.0, 100, 0), (0.5, 100, 100), (0.75, 90, 30), (0.999, 10, 1), (0.0, 7, 7), (0.0, 0, 1), (0.9, 0, 1)],
)
def test_a_hole_is_as_busy_as_the_rest_and_never_worth_nothing(
    given: Given, coverage: float, seen: float, missing: float
) -> None:
    assert given(coverage=coverage).missing(seen) == pytest.approx(missing)


def test_what_is_needed_takes_as_long_as_the_same_number_took_while_it_was_heard(given: Given) -> None:
    need = given(coverage=0.5).need(350, "requests", 100)
    assert (need.more, need.of, need.eta_s) == (350, "requests", 350 * 1_800 / 100)


@pytest.mark.parametrize(("coverage", "seen"), [(1.0, 0), (0.0, 10)])
def test_without_a_rate_nobody_can_say_how_long(given: Given, coverage: float, seen: float) -> None:
    assert given(coverage=coverage).need(5, "requests", seen).eta_s is None


def test_an_empty_window_has_no_rate(given: Given) -> None:
    assert given(window=Window(5, 5)).need(5, "requests", 3).eta_s is None
