"""Objectives: what decides is in their version, and what does not is not."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from evenkeel.judge.indicators.model import Indicator
from evenkeel.judge.indicators.table import INDICATORS
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.stats.spending import STARTS_PER_MONTH

ERRORS = Objective("error_rate", 0.001, 0.005)


def test_an_objective_reads_its_indicator() -> None:
    assert (ERRORS.name, ERRORS.title, ERRORS.unit, ERRORS.larger_is_worse) == (
        "error_rate", "Error rate", "ratio", True,
    )  # fmt: skip
    assert ERRORS.limits.oriented() == (0.001, 0.005)
    assert Objective("availability", 0.999, 0.995).limits.oriented() == (-0.999, -0.995)


@pytest.mark.parametrize("name", [field.name for field in fields(Objective) if field.name != "declared"])
def test_everything_that_decides_changes_the_version(name: str) -> None:
    other = {
        "indicator": "throughput", "target": 0.002, "alert": 0.006, "page_s": 600, "verdict_s": 7_200,
        "capacity_per_minute": 5.0, "baseline": 2.0, "source": "golden", "golden_set": "faq", "measure": "mrr",
    }[name]  # fmt: skip
    assert replace(ERRORS, **{name: other}).version != ERRORS.version


def test_that_somebody_configured_it_decides_nothing() -> None:
    assert replace(ERRORS, declared=True).version == ERRORS.version


def test_the_same_objective_has_the_same_version_in_every_process() -> None:
    assert ERRORS.version == Objective("error_rate", 0.001, 0.005).version
    assert len(ERRORS.version) == 12


def test_every_horizon_has_its_share_of_the_error_budget() -> None:
    assert {window.value for window in WindowName} == set(STARTS_PER_MONTH)


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.name)
def test_an_alert_stricter_than_its_target_is_refused_for_every_indicator(indicator: Indicator) -> None:
    name, larger = indicator.name, indicator.larger_is_worse
    strict, loose = (0.1, 0.2) if larger else (0.2, 0.1)
    assert Objective(name, strict, loose).limits
    with pytest.raises(ValueError, match="must not be stricter"):
        _ = Objective(name, loose, strict).limits
