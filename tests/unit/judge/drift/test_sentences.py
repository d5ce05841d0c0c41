"""What people read of a finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Feature
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values


def said(reference: Values, window: Values) -> str:
    profile = build_profile(reference)
    feature = Feature("x", profile, count_values(window, profile.grid))
    (finding,) = judge_window([feature], np.random.default_rng(1))
    return describe_finding(finding)


def _normal(seed: int, rows: int, mean: float = 0.0, deviation: float = 1.0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, deviation, size=rows)


NUMBERS = _normal(1, 2_000)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reference", "window", "words"),
    [
        (
            ["en"] * 900 + ["de"] * 100,
            ["en", "es"] * 200,
            "x: 50 % of its rows are es, which the reference does not know",
        ),
        ([0.0] * 500, [3.0] * 500, "x went live: the reference held 0 only, now its median is 3 (PSI"),
        ([None] * 500, [3.0] * 500, "x went live: the reference held no value of it (PSI"),
        (["a"] * 500, ["a", "b"] * 250, "x went live: the reference held one level only"),
        (NUMBERS, [0.0] * 500, "x became constant: all rows are at "),
        (["a", "b"] * 250, ["b"] * 500, "x became constant: all rows are of one level"),
        (NUMBERS, ["1.5"] * 500, "x: its type changed, 100 % of its rows cannot be read as numeric"),
        (
            NUMBERS,
            np.append(_normal(2, 400), [np.nan] * 100),
            "x: 20 % of its rows have no value, 0 % in the reference",
        ),
        (NUMBERS, _normal(2, 2_000, 1.0), "x moved up by 0.9"),
        (NUMBERS, _normal(2, 2_000, -1.0), "x moved down by 1"),
        (NUMBERS, _normal(2, 2_000, 0.0, 2.0), "x became wider, median "),
        (NUMBERS, _normal(2, 2_000, 0.0, 0.5), "x became narrower, median "),
        (NUMBERS, np.append(_normal(2, 1_800), np.full(200, 0.3)), "x has another shape, median "),
        (NUMBERS, np.append(_normal(2, 1_980), np.full(20, 9.0)), "x leaves the range of its reference, median "),
        (["a", "b"] * 500, ["a"] * 300 + ["b"] * 700, "x: a went from 50 % to 30 % of its rows (PSI 0.1"),
        (NUMBERS, _normal(2, 2_000), "x: no drift beyond chance in 2,000 rows; a shift of 0.1"),
        (NUMBERS, [], "x: nothing to compare, the window holds no rows."),
        (NUMBERS, _normal(2, 10), "x: 10 rows show no drift, but it takes about "),
        (
            _normal(1, 20),
            _normal(2, 10),
            "x: 10 rows show no drift, but the reference is too small to see one that matters.",
        ),
    ],
)
def test_a_finding_is_one_sentence(reference: Values, window: Values, words: str) -> None:
    sentence = said(reference, window)
    assert sentence.startswith(words), sentence
    assert sentence.endswith(".")
    assert "nan" not in sentence


def test_moments_are_told_as_dates() -> None:
    days: list[object] = [START + timedelta(days=day) for day in range(300)]
    later: list[object] = [START + timedelta(days=day) for day in range(300, 600)]
    assert "median 2026-05-29 06:06 UTC → 20" in said(days, later)


def test_a_season_that_is_too_short_is_told() -> None:
    profile = build_profile(NUMBERS)
    window = count_values(NUMBERS, profile.grid)
    (finding,) = judge_window([Feature("x", profile, window, (window,))], None)
    assert "too few reference windows of this season (7 are needed)" in describe_finding(finding)


def test_the_index_says_whether_it_is_beyond_the_limit() -> None:
    assert ", beyond the limit)." in said(NUMBERS, _normal(2, 2_000, 1.0))
    assert ", perhaps beyond the limit)." in said(_normal(1, 300), _normal(2, 300, 0.45))
    assert said(NUMBERS, _normal(2, 2_000, 0.2)).endswith("]).")
