"""A group's rates: their definitions, and intervals where they are not plain shares."""

from __future__ import annotations

import pytest

from evenkeel.judge.fairness.model import GroupCounts, Rate
from evenkeel.judge.fairness.rates import bounded_rate, hits_of, needs_truth
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.paired import paired_difference

COUNTS = GroupCounts(tp=30, fp=10, tn=50, fn=5, positive=3, negative=2)
DEFINED = {
    Rate.SELECTION: (43, 100),
    Rate.TRUE_POSITIVE: (30, 35),
    Rate.FALSE_POSITIVE: (10, 60),
    Rate.ACCURACY: (80, 95),
    Rate.PRECISION: (30, 40),
    Rate.OVERPREDICTION: (5, 95),
}


@pytest.mark.parametrize("rate", Rate)
def test_a_rate_is_hits_of_rows(rate: Rate) -> None:
    assert hits_of(rate, COUNTS) == DEFINED[rate]
    hits, n = DEFINED[rate]
    assert bounded_rate(rate, COUNTS).value == pytest.approx(hits / n)


@pytest.mark.parametrize("rate", [rate for rate in Rate if rate is not Rate.OVERPREDICTION])
def test_a_share_has_wilsons_interval(rate: Rate) -> None:
    assert bounded_rate(rate, COUNTS)[1:] == pytest.approx(wilson_interval(*DEFINED[rate]))


def test_overprediction_compares_two_shares_of_the_same_rows() -> None:
    assert bounded_rate(Rate.OVERPREDICTION, COUNTS) == paired_difference(10, 5, 95)


@pytest.mark.parametrize("rate", Rate)
def test_of_no_rows_everything_is_possible(rate: Rate) -> None:
    found = bounded_rate(rate, GroupCounts())
    assert (found.low, found.high) == ((-1.0, 1.0) if rate is Rate.OVERPREDICTION else (0.0, 1.0))


def test_only_selection_is_told_without_labels() -> None:
    assert [rate for rate in Rate if not needs_truth(rate)] == [Rate.SELECTION]
