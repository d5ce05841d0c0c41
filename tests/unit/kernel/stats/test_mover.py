"""An interval of a sum: what the method promises."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.kernel.stats.mover import Bounded, difference, weighted_sum

_LENGTHS = some.floats(0.0, 1.0)


@some.composite
def bounded(draw: some.DrawFn) -> Bounded:
    value = draw(some.floats(-1.0, 1.0))
    return Bounded(value, value - draw(_LENGTHS), value + draw(_LENGTHS))


@given(bounded(), bounded())
def test_a_difference_turned_around_is_its_mirror(one: Bounded, other: Bounded) -> None:
    there, back = difference(one, other), difference(other, one)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


@given(some.lists(bounded(), min_size=1, max_size=5))
def test_a_sum_is_no_wider_than_its_terms_together_and_no_narrower_than_any(terms: list[Bounded]) -> None:
    found = weighted_sum([(1.0, term) for term in terms])
    assert found.low <= found.value <= found.high
    width = found.high - found.low
    assert width <= sum(term.high - term.low for term in terms) + 1e-9
    assert all(found.value - found.low >= term.value - term.low - 1e-9 for term in terms)


def test_symmetric_intervals_add_as_standard_errors_do() -> None:
    found = weighted_sum([(2.0, Bounded(1.0, 0.7, 1.3)), (-1.0, Bounded(0.5, 0.1, 0.9))])
    assert found.value == 1.5
    assert found.high - found.value == pytest.approx(math.hypot(0.6, 0.4))


def test_of_no_terms_the_sum_is_nothing() -> None:
    assert weighted_sum([]) == (0.0, 0.0, 0.0)
