"""Suspicion: quick, and quiet where nothing is wrong."""

from __future__ import annotations

import numpy as np

from evenkeel.judge.slo.suspect import SUSPECT_AT, cumulate


def test_twenty_percent_bad_is_suspect_within_minutes() -> None:
    for per_minute, minutes in ((1, 60), (5, 15), (50, 8)):
        rng = np.random.default_rng(3)
        bad = rng.binomial(per_minute, 0.2, minutes).tolist()
        assert cumulate([per_minute] * minutes, bad, 0.001) >= SUSPECT_AT


def test_a_month_at_half_the_budget_is_not_suspect() -> None:
    rng = np.random.default_rng(4)
    level, highest = 0.0, 0.0
    for bad in rng.binomial(10, 0.0005, 43_200):
        level = cumulate([10.0], [float(bad)], 0.001, start=level)
        highest = max(highest, level)
    assert highest < SUSPECT_AT


def test_it_continues_where_it_stopped() -> None:
    whole = cumulate([5.0, 6.0, 7.0], [1.0, 0.0, 2.0], 0.01)
    assert cumulate([7.0], [2.0], 0.01, start=cumulate([5.0, 6.0], [1.0, 0.0], 0.01)) == whole
