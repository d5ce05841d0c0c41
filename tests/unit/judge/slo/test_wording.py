"""Budgets in words."""

from __future__ import annotations

import pytest

from evenkeel.judge.slo.budget import MINUTES_30D, Budget, Tally, Terms, Unit, compute_budget, compute_composite
from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.judge.slo.model import BudgetWindow, ErrorsSli, Slo
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.wording import (
    describe_left,
    describe_period,
    describe_status,
    describe_target,
    explain_rule,
    fine_percent,
)
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey

SLO = Slo(ServiceKey("production", "bot"), "errors", "Errors", ErrorsSli(), 0.999)


def budget(unit: Unit, bad: float, unknown: float = 0.0) -> Budget:
    found = compute_budget(Tally(100_000, bad, unknown), Terms(0.001, unit, MINUTES_30D, MINUTES_30D))
    assert found is not None
    return found


def status(of: Budget | None, slo: Slo = SLO) -> SloStatus:
    month = Window(0, 30 * US_PER_DAY)
    return SloStatus(slo, month.end_us, month, month, of, of)


def test_a_status_says_what_is_left_the_mode_the_attainment_and_the_target() -> None:
    assert describe_status(status(budget(Unit.EVENTS, 88))) == (
        "12.0 % of the error budget is left (12 of 100 events): freeze."
        " 99.912 % good of 100,000 events this month, target 99.9 %."
    )


def test_what_nobody_saw_is_said_as_a_range_with_its_reason() -> None:
    said = describe_status(status(budget(Unit.MINUTES, 4, 30)))
    assert said.startswith("21.3 to 90.7 % of the error budget is left (9.2 to 39.2 of 43.2 min): caution by its bound")


def test_an_unknown_status_says_that_nothing_is_known() -> None:
    assert describe_status(status(None)) == ("Nothing is known of Errors of production/bot: nothing was counted yet.")


def test_an_overspent_budget_reads_below_zero() -> None:
    assert describe_left(budget(Unit.EVENTS, 250)).startswith("-150.0 % of the error budget is left (-150 of 100")


def test_a_composite_is_worth_minutes_of_outage() -> None:
    whole = compute_composite([(budget(Unit.EVENTS, 50), 1.0)], Terms(0.001, Unit.SHARE, MINUTES_30D, MINUTES_30D))
    assert whole is not None
    assert describe_left(whole) == "50.0 % of the error budget is left (worth 21.6 min of outage)"


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (BudgetWindow(calendar="quarter"), "99.9 % this quarter"),
        (BudgetWindow(rolling_s=28 * 86_400), "99.9 % over the last 28 d"),
    ],
)
def test_a_target_is_said_with_its_window(window: BudgetWindow, said: str) -> None:
    assert describe_target(Slo(SLO.key, "errors", "Errors", ErrorsSli(), 0.999, window=window)) == said


def test_no_share_with_a_failure_in_it_reads_100_percent() -> None:
    assert fine_percent(1 - 1e-9) == "99.99999"


def test_a_rule_is_explained_by_the_budget_it_saves() -> None:
    first = load_catalogues()["30d"].rules[0]
    assert explain_rule(first, SLO, MINUTES_30D) == (
        "Pages when more than 2 % of the budget is burned in 1 h (a burn rate above 14.4: more than 1.44 % bad) and it"
        " is still going on in the last 5 min, beyond what chance does."
    )


def test_a_period_is_dated_in_the_time_zone_that_decides_it() -> None:
    month = Window(-2 * US_PER_HOUR, 30 * US_PER_DAY - 2 * US_PER_HOUR)
    found = SloStatus(SLO, 0, month, month, None, None)
    assert describe_period(found, "Europe/Helsinki") == "01 Jan 1970 to 30 Jan 1970"
