"""Backtest: what would have paged, what would have been missed, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.slo.backtest import OUTAGE, Backtest, RuleSet, run_backtest
from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.judge.slo.model import BurnRule, Severity
from evenkeel.kernel.errors import InvalidInputError

RULES = RuleSet(load_catalogues()["30d"].rules, 0.001)


def history(rate: float, *, outage_at: int | None = None, length: int = 14_400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    total = rng.poisson(rate, length)
    bad = rng.binomial(total, 0.0005)
    if outage_at is not None:
        bad[outage_at : outage_at + 20] = total[outage_at : outage_at + 20]
    return total.astype(float), bad.astype(float)


@pytest.fixture(scope="module")
def quiet() -> Backtest:
    return run_backtest(*history(10), RULES)


def test_a_healthy_history_would_have_paged_nobody(quiet: Backtest) -> None:
    assert quiet.pages == ()
    assert quiet.pages_per_month == 0
    assert 0 < quiet.pages_per_month_high < 12


def test_outages_are_found_and_blips_are_not(quiet: Backtest) -> None:
    for result in quiet.faults:
        if result.fault.is_harmless:
            assert result.found == 0, result
        if result.fault.bad_ratio == 1.0:
            assert result.found == result.trials, result
            assert result.detection_minutes is not None
            assert result.detection_minutes <= 3


def test_what_happened_is_found_where_it_happened() -> None:
    found = run_backtest(*history(10, outage_at=7_000), RULES, faults=())
    (page,) = found.pages
    assert 7_000 <= page.first <= 7_003
    assert OUTAGE in page.rules
    assert page.bad > 150


def test_a_rule_that_can_never_fire_is_refused_by_name() -> None:
    loose = RuleSet((BurnRule(Severity.PAGE, 3_600, 300, 14.4),), 0.1)
    found = run_backtest(*history(10), loose, faults=())
    assert len(found.refused) == 1
    assert "burn-1h-5m can never fire" in found.refused[0]


def test_too_little_history_says_so() -> None:
    with pytest.raises(InvalidInputError, match="too little to replay"):
        run_backtest(np.ones(10), np.zeros(10), RULES)
    with pytest.raises(InvalidInputError, match="0 requests"):
        run_backtest(np.zeros(1_000), np.zeros(1_000), RULES)


def test_the_same_history_gives_the_same_report(quiet: Backtest) -> None:
    assert run_backtest(*history(10), RULES) == quiet
