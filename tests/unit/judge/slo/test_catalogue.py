"""Catalogues of burn rules: the field's numbers, what fits which target, and what is refused."""

from __future__ import annotations

import pytest

from evenkeel.judge.slo.catalogue import choose_catalogue, load_catalogues, parse_rules, read_catalogue, refused_rules
from evenkeel.judge.slo.model import BudgetWindow, ErrorsSli, Slo
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.telemetry.port import ServiceKey

DAY_S = 86_400


def slo(target: float, *, days: int | None = None, catalogue: str = "") -> Slo:
    window = BudgetWindow(rolling_s=days * DAY_S) if days else BudgetWindow(calendar="month")
    key = ServiceKey("production", "bot")
    return Slo(key, "errors", "Errors", ErrorsSli(), target, window=window, catalogue=catalogue)


def test_the_factors_of_30_and_28_days_spend_the_same_shares_of_the_budget() -> None:
    for name in ("30d", "28d"):
        catalogue = load_catalogues()[name]
        spent = [rule.factor * rule.long_s / catalogue.period_s for rule in catalogue.rules]
        assert spent == pytest.approx([0.02, 0.05, 0.1, 0.1], rel=1e-6)


def test_the_seven_day_catalogue_spends_what_sloths_example_does() -> None:
    catalogue = load_catalogues()["7d"]
    spent = [rule.factor * rule.long_s / catalogue.period_s for rule in catalogue.rules]
    assert spent == pytest.approx([0.08, 0.125, 0.2, 0.42], rel=1e-6)


@pytest.mark.parametrize(("target", "days", "name"), [(0.999, None, "30d"), (0.999, 28, "28d"), (0.99, 7, "7d"),
                                                     (0.95, None, "quality"), (0.8, 7, "quality")])  # fmt: skip
def test_the_catalogue_fits_target_and_window(target: float, days: int | None, name: str) -> None:
    chosen = choose_catalogue(slo(target, days=days))
    assert chosen is not None
    assert chosen.name == name


@pytest.mark.parametrize("target", [0.8, 0.85, 0.9, 0.95, 0.97, 0.99, 0.999, 0.9999])
def test_every_rule_that_is_chosen_can_fire_well_before_everything_fails(target: float) -> None:
    chosen = choose_catalogue(slo(target))
    assert chosen is not None
    assert refused_rules(chosen.rules, 1 - target) == []
    assert max(rule.factor * (1 - target) for rule in chosen.rules) <= 0.601


def test_none_means_no_rules_and_an_unknown_name_is_refused() -> None:
    assert choose_catalogue(slo(0.999, catalogue="none")) is None
    with pytest.raises(InvalidInputError, match="'weekly'"):
        choose_catalogue(slo(0.999, catalogue="weekly"))


@pytest.mark.parametrize("rule", [
    {"severity": "page", "long": "5m", "short": "1h", "factor": 14.4},
    {"severity": "page", "long": "1h", "short": "5m", "factor": 0},
    {"severity": "page", "long": "1h", "short": "5m", "factor": "nan"},
    {"severity": "page", "long": "1h", "short": "5m", "factor": "inf"},
    {"severity": "page", "long": "60d", "short": "5m", "factor": 1},
    {"severity": "shout", "long": "1h", "short": "5m", "factor": 1},
    {"severity": "page", "long": "soon", "short": "5m", "factor": 1},
    {"severity": "page", "short": "5m", "factor": 1},
])  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        read_catalogue("mine", {"period": "30d", "rule": [rule]})


def test_two_rules_over_the_same_windows_are_refused_as_they_would_be_one_alert() -> None:
    with pytest.raises(InvalidInputError, match="same windows"):
        parse_rules(["page 1h 5m 14.4", "ticket 60m 5m 3"])
