"""A figure has a value with an interval, or says why not."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats as scipy_stats

from evenkeel.judge.quality.model import Figure, Reason, share

stats: Any = scipy_stats  # it ships no types


def test_a_share_covers_at_least_93_percent_of_the_time_also_near_0_and_1() -> None:
    """Exactly: all outcomes, weighed by their probability."""
    for n in (20, 50, 100, 400):
        found = [share(k, n, Reason.NO_ROWS) for k in range(n + 1)]
        for p in (0.0005, 0.001, 0.004, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.77, 0.95, 0.996, 0.999):
            covered = [k for k, each in enumerate(found) if each.low is not None and each.low <= p <= (each.high or 0)]
            assert stats.binom.pmf(covered, n, p).sum() >= 0.93, (n, p)


def test_rows_that_go_together_widen_the_interval() -> None:
    alone, together = share(300, 1_000, Reason.NO_ROWS), share(300, 1_000, Reason.NO_ROWS, deff=4.0)
    assert alone.value == together.value == 0.3
    assert (together.high or 0) - (together.low or 0) > 1.9 * ((alone.high or 0) - (alone.low or 0))
    assert "design effect 4" in together.method


def test_of_nothing_there_is_a_reason_and_no_value() -> None:
    assert share(0, 0, Reason.NO_LABELS).reason is Reason.NO_LABELS
    assert share(0, 0, Reason.NO_LABELS).value is None


def test_a_figure_without_value_and_reason_or_with_crossed_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="says why"):
        Figure(None, None, None, 0, "none")
    with pytest.raises(ValueError, match="exceed"):
        Figure(0.5, 0.6, 0.4, 10, "none")


def test_bounds_are_cut_to_what_is_possible_and_the_rest_stays() -> None:
    cut = Figure(0.9, 0.7, 1.1, 10, "a method", grid_error=0.01, is_estimate=True).within(0.0, 1.0)
    assert (cut.low, cut.high, cut.grid_error, cut.is_estimate) == (0.7, 1.0, 0.01, True)
    assert Figure.bare(0.5, Reason.TOO_FEW, "none", n=1).within(0.0, 1.0).low is None


@pytest.mark.parametrize("k", [0, 1, 9, 10, 50, 90, 91, 100])
def test_the_value_lies_in_its_interval(k: int) -> None:
    found = share(k, 100, Reason.NO_ROWS)
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= k / 100 <= found.high <= 1.0
