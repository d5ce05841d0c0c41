"""SLOs as values: budgets without rounding dust, rules with names, versions that follow what decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.judge.slo.model import BudgetWindow, BurnRule, ErrorsSli, LatencySli, Severity, Slo, window_name
from evenkeel.store.telemetry.port import ServiceKey

SLO = Slo(ServiceKey("production", "bot"), "error_rate", "Requests without error", ErrorsSli(), 0.999)


def test_a_budget_is_what_the_target_leaves() -> None:
    assert SLO.budget_ratio == 0.001
    assert replace(SLO, target=0.95).budget_ratio == 0.05


def test_the_version_changes_with_what_decides_and_with_nothing_else() -> None:
    assert replace(SLO, title="Errors").version == SLO.version
    for other in (
        replace(SLO, target=0.99),
        replace(SLO, sli=LatencySli(2.0)),
        replace(SLO, window=BudgetWindow(rolling_s=2_592_000)),
        replace(SLO, catalogue="7d"),
    ):
        assert other.version != SLO.version


@pytest.mark.parametrize(
    ("seconds", "name"), [(90, "90s"), (300, "5m"), (3_600, "1h"), (86_400, "1d"), (129_600, "36h")]
)
def test_windows_are_named_as_rules_write_them(seconds: int, name: str) -> None:
    assert window_name(seconds) == name


def test_a_rule_is_feasible_when_a_total_failure_exceeds_its_factor() -> None:
    rule = BurnRule(Severity.PAGE, 3_600, 300, 14.4)
    assert rule.name == "burn-1h-5m"
    assert rule.is_feasible(0.069)
    assert not rule.is_feasible(0.07)
