"""Ratings: the mean with its interval, and what those who did not rate may hide."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.ratings import summarise_ratings
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.bounded_mean import mean_of_counts
from evenkeel.kernel.stats.jeffreys import jeffreys_interval

#: A busy machine is no failure.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_PATIENT
@given(some.tuples(*[some.integers(0, 40)] * 5), some.integers(0, 500))
def test_what_is_possible_holds_the_mean_of_all_whatever_the_others_think(given_: tuple[int, ...], silent: int) -> None:
    counts = dict(zip((1.0, 2.0, 3.0, 4.0, 5.0), given_, strict=True))
    n = sum(given_)
    found = summarise_ratings(counts, n + silent, (1, 5))
    if n + silent == 0:
        assert (found.possible, found.response.reason) == (None, Reason.NO_ROWS)
        return
    assert found.possible is not None
    lowest, highest = found.possible
    assert 1.0 <= lowest <= highest <= 5.0
    assert highest - lowest == pytest.approx(4 * silent / (n + silent))
    if n:
        assert found.mean.value is not None
        assert lowest - 1e-9 <= found.mean.value <= highest + 1e-9


def test_the_mean_and_the_response_have_their_intervals() -> None:
    counts = {5.0: 60, 4.0: 25, 1.0: 15}
    found = summarise_ratings(counts, 1_000, (1, 5))
    assert (found.mean.value, found.mean.low, found.mean.high) == mean_of_counts(counts, (1, 5))
    assert (found.response.low, found.response.high) == jeffreys_interval(100, 1_000)
    assert (found.mean.n, found.response.n) == (100, 1_000)


def test_nobody_rated_is_a_reason_and_everything_is_possible() -> None:
    found = summarise_ratings({}, 50, (0, 1))
    assert (found.mean.reason, found.possible, found.response.value) == (Reason.NO_LABELS, (0.0, 1.0), 0.0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="10 ratings were given and 9 asked for"):
        summarise_ratings({5: 10}, 9, (1, 5))
    with pytest.raises(InvalidInputError, match="not on the scale"):
        summarise_ratings({6: 1}, 9, (1, 5))
    with pytest.raises(InvalidInputError, match="a scale goes up"):
        summarise_ratings({1: 1}, 9, (1, 1))
