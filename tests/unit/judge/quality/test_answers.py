"""Shares and languages of answers: intervals that allow for hours, and changes that are no chance."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.quality.answers import (
    LANGUAGE_CHANGE_MIN,
    Languages,
    compute_mean,
    compute_mean_of_shares,
    compute_rate,
    count_languages,
    find_language_changes,
)
from evenkeel.judge.quality.model import Reason
from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.store.telemetry.feature_port import NumberSum

PROMPT = "evenkeel.language.prompt."


def row(hits: float, n: float = 100.0, *, hour: int = 0, name: str = "x") -> NumberSum:
    return NumberSum(name, "1", hour * US_PER_HOUR, n, hits, hits, hits)


def test_bad_answers_that_come_in_bursts_say_less_than_the_same_spread_evenly() -> None:
    even = compute_rate([row(5, hour=hour) for hour in range(24)])
    burst = compute_rate([row(100 if hour == 3 else 20 / 23, hour=hour) for hour in range(24)])
    assert even.value == pytest.approx(burst.value)
    assert even.low is not None
    assert burst.low is not None
    assert burst.low < even.low


def test_of_no_answers_there_is_no_share_and_no_mean() -> None:
    assert compute_rate([]).reason is Reason.NO_ROWS
    assert compute_mean([]).reason is Reason.NO_ROWS


def test_one_answer_has_a_mean_and_no_interval() -> None:
    found = compute_mean([NumberSum("x", "1", 0, 1.0, 40.0, 1_600.0, 1.0)])
    assert (found.value, found.low, found.reason) == (40.0, None, Reason.TOO_FEW)


def test_a_mean_has_the_interval_of_student() -> None:
    values = np.array([3.0, 5.0, 8.0, 4.0, 10.0])
    found = compute_mean([NumberSum("x", "1", 0, 5.0, values.sum(), (values**2).sum(), 5.0)])
    half = 2.7764451 * values.std(ddof=1) / 5**0.5
    assert found.value == pytest.approx(6.0)
    assert (found.low, found.high) == pytest.approx((6.0 - half, 6.0 + half), abs=1e-6)


def test_texts_whose_language_is_not_told_are_none_of_the_rest() -> None:
    found = count_languages([row(70, 70, name=f"{PROMPT}en"), row(30, 30, name=f"{PROMPT}unknown")], PROMPT)
    assert (found.told, found.untold, found.share("en")) == (70.0, 30.0, 1.0)


def test_few_texts_say_nothing_of_a_change() -> None:
    assert find_language_changes(Languages({"en": 20.0}, 0.0, 1.0), Languages({"es": 20.0}, 0.0, 1.0)) == []


def test_a_significant_change_that_is_small_is_none() -> None:
    before, now = Languages({"en": 1e6}, 0.0, 1.0), Languages({"en": 0.97e6, "es": 0.03e6}, 0.0, 1.0)
    assert LANGUAGE_CHANGE_MIN > 0.03
    assert find_language_changes(before, now) == []


def test_texts_that_stand_for_others_prove_no_more_than_those_that_were_seen() -> None:
    def languages(en: int, es: int, weight: float) -> Languages:
        rows = [
            NumberSum(f"{PROMPT}{name}", "1", 0, weight * n, weight * n, weight * n, weight * n, weight * weight * n)
            for name, n in (("en", en), ("es", es))
        ]
        return count_languages(rows, PROMPT)

    assert languages(8, 2, 100.0).deff == pytest.approx(100.0)
    assert find_language_changes(languages(800, 200, 1.0), languages(600, 400, 1.0))
    assert find_language_changes(languages(8, 2, 100.0), languages(6, 4, 100.0)) == []


def test_the_same_languages_seldom_are_called_a_change() -> None:
    random = np.random.default_rng(20261129)
    shares = [0.6, 0.2, 0.1, 0.06, 0.04]
    called = 0
    for _ in range(2_000):
        before, now = (dict(zip("abcde", random.multinomial(120, shares).astype(float), strict=True)) for _ in "12")
        called += bool(find_language_changes(Languages(before, 0.0, 1.0), Languages(now, 0.0, 1.0)))
    assert called <= 20  # one in a hundred


def test_a_mean_that_hours_share_has_the_interval_of_fewer_answers() -> None:
    def hour(at: int, mean: float) -> NumberSum:
        return NumberSum("x", "1", at * US_PER_HOUR, 100.0, 100.0 * mean, 100.0 * (mean**2 + 1.0), 100.0)

    alike = compute_mean([hour(at, 50.0) for at in range(24)])
    apart = compute_mean([hour(at, 45.0 if at % 2 else 55.0) for at in range(24)])
    assert alike.high is not None and apart.high is not None
    assert alike.high - 50.0 == pytest.approx(1.96 / 2_400**0.5, rel=0.01)
    assert apart.high - 50.0 > 1.5  # of 24 hours that lie 5 off on average


def test_a_mean_of_shares_that_are_all_alike_is_no_certainty() -> None:
    found = compute_mean_of_shares([NumberSum("x", "1", 0, 3.0, 1.5, 0.75, 3.0)])
    assert found.value == 0.5
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.3 < 0.7 < found.high


def test_a_mean_of_shares_holds_the_truth_although_most_are_1() -> None:
    rng, held = np.random.default_rng(3), 0
    for _ in range(1_000):
        values = np.where(rng.random(40) < 0.05, 0.5, 1.0)
        row = NumberSum("x", "1", 0, 40.0, float(values.sum()), float((values**2).sum()), 40.0)
        found = compute_mean_of_shares([row])
        held += found.low is not None and found.high is not None and found.low <= 0.975 <= found.high
    assert held >= 940
