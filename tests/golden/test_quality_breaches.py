"""At true value = target no verdict on quality is a breach: a short seeded run of `bench quality_breaches`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`bench.quality_breaches`, which is no part of the package."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return importlib.import_module("bench.quality_breaches")


@pytest.mark.parametrize("pattern", ["independent", "by caller", "by minute", "sampled"])
def test_six_months_at_the_target_hold_no_false_breach(simulation: Any, pattern: str) -> None:
    for case in simulation.CASES:
        assert simulation.false_breaches(case, pattern, 5, months=6).beside == "0 in 6 months", case.name


def test_the_simulation_is_able_to_see_a_breach(simulation: Any) -> None:
    assert simulation.proof(simulation.CASES[0], 0.2) < 1_000
