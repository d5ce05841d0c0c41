"""Burn rules: the textbook's arithmetic, and what chance is not allowed to do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evenkeel.judge.slo.burn import ALPHA, CORRELATION, Counts, chance_at, judge_burn
from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.judge.slo.model import BurnRule, Severity

QUICK = BurnRule(Severity.PAGE, 3_600, 300, 14.4)


def independent(total: float, bad: float) -> Counts:
    """Requests that share no minute."""
    return Counts(total, bad, total, bad)


def test_the_chance_of_independent_failures_is_the_binomial_tail() -> None:
    for total, bad in ((60, 1), (60, 3), (1_000, 5), (100_000, 180)):
        expected = stats.binom.sf(bad - 1, total, 0.001)
        assert chance_at(independent(total, bad), 0.001) == pytest.approx(expected, rel=1e-9)


def test_a_burst_counts_as_less_than_as_many_independent_failures() -> None:
    spread, burst = Counts(600, 6, 600, 6), Counts(600, 6, 60 * 100, 6)
    assert burst.design_effect == pytest.approx(1 + CORRELATION * 9)
    assert chance_at(burst, 0.001) > chance_at(spread, 0.001)


def test_one_error_of_ten_requests_pages_nobody_though_its_burn_is_a_hundred() -> None:
    result = judge_burn(QUICK, 0.001, independent(10, 1), independent(1, 1))
    assert result.burn_long == pytest.approx(100)
    assert result.fires is False


def test_three_errors_of_sixty_in_three_minutes_page() -> None:
    result = judge_burn(QUICK, 0.001, independent(60, 3), independent(5, 1))
    assert result.fires is True
    assert result.chance < ALPHA[Severity.PAGE]


def test_twenty_retries_of_one_caller_within_a_minute_page_nobody() -> None:
    long = Counts(80, 21, 59 + 21.0**2, 1)
    assert judge_burn(QUICK, 0.001, long, long).fires is False


def test_the_short_window_ends_the_alert() -> None:
    assert judge_burn(QUICK, 0.001, Counts(6_000, 600, 6e5, 10), Counts(500, 0, 5e4, 0)).fires is False


def test_an_empty_short_window_tells_nothing() -> None:
    result = judge_burn(QUICK, 0.001, Counts(60, 3, 60, 3), Counts(0, 0, 0, 0))
    assert result.fires is None
    assert result.burn_short is None


def test_everything_is_finite_for_whatever_counts() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        total = float(rng.integers(0, 10_000))
        bad = float(rng.integers(0, total + 1))
        counts = Counts(total, bad, total * float(rng.uniform(1, 50)), min(bad, 60))
        result = judge_burn(QUICK, 0.001, counts, counts)
        assert math.isfinite(result.chance)
        assert 0 <= result.chance <= 1


@pytest.mark.parametrize(("bad_ratio", "quick", "slow"), [(1, 0.864, 2.16), (0.2, 4.32, 10.8), (0.05, 17.28, 43.2),
                                                         (0.02, 43.2, 108)])  # fmt: skip
def test_the_textbooks_detection_times_come_out(bad_ratio: float, quick: float, slow: float) -> None:
    """Steady traffic of 100 a second at 99.9 %, evaluated every second (SRE Workbook; reference 2.1)."""
    rules = {rule.name: rule for rule in load_catalogues()["30d"].rules}
    for name, minutes in (("burn-1h-5m", quick), ("burn-6h-30m", slow)):
        rule = rules[name]
        fired = next(second for second in range(1, 36_000) if _fires(rule, second, bad_ratio))
        assert fired / 60 == pytest.approx(minutes, abs=1.5 / 60)


def _fires(rule: BurnRule, second: int, bad_ratio: float) -> bool:
    long, short = (_after(second, window_s, bad_ratio) for window_s in (rule.long_s, rule.short_s))
    return bool(judge_burn(rule, 0.001, long, short).fires)


def _after(second: int, window_s: int, bad_ratio: float) -> Counts:
    """What a window holds `second` seconds after `bad_ratio` of 100 requests a second began to fail."""
    per_s = 100.0
    bad = min(second, window_s) * per_s * bad_ratio
    return Counts(window_s * per_s, bad, window_s / 60 * (60 * per_s) ** 2, math.ceil(min(second, window_s) / 60))
