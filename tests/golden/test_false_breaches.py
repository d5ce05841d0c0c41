"""Nothing is wrong, and nobody is woken: a short seeded run of `bench false_breaches`, and the engine beside it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE
from evenkeel.kernel.verdict import Status
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`bench.false_breaches`, which is no part of the package."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return importlib.import_module("bench.false_breaches")


@pytest.mark.parametrize("pattern", ["independent", "by minute", "retry", "by caller"])
def test_eight_months_at_the_target_hold_no_false_breach(simulation: Any, pattern: str) -> None:
    for case in simulation.CASES:
        if "A = T" in case.name or pattern not in simulation.patterns_of(case):
            continue
        for rate in simulation.RATES:
            row = simulation.false_breaches(case, pattern, rate, months=8)
            assert row.beside == "0 in 8 months", row.what


def test_the_simulation_is_able_to_see_a_breach(simulation: Any) -> None:
    case = next(case for case in simulation.CASES if case.name == "error rate")
    assert simulation.detection(case, "outage", 1.0, 600).measured <= 5


@pytest.mark.parametrize("share", [0.001, 0.12, 0.3])
def test_the_engine_reads_breach_at_the_minutes_at_which_the_simulation_does(
    simulation: Any, tmp_path: Path, share: float
) -> None:
    case = next(case for case in simulation.CASES if case.name == "error rate")
    before, after = 90, 50
    rng = np.random.default_rng(5)
    parts = [
        simulation.minutes(rng, "independent", 600, 0.0, before),
        simulation.minutes(rng, "independent", 600, share, after),
    ]
    total, bad = (np.concatenate(both) for both in zip(*parts, strict=True))
    expected = simulation.breaches(total, bad, case, with_report=False)

    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    default = next(default for _, default in load_defaults() if default.indicator == "error_rate")
    objective = Objective("error_rate", default.target, default.alert, default.page_s, default.verdict_s)
    bot = JudgedService(ServiceKey("production", "bot"), "llm", judged=True, why_not="", objectives=(objective,))
    engine = ObjectiveEngine(store)
    engine.set_services([bot])
    feeder = Feeder(store)
    read: list[bool] = []
    start_us = NOON_US - NOON_US % US_PER_DAY
    for minute, (requests, failed) in enumerate(zip(total, bad, strict=True)):
        at = start_us + minute * US_PER_MINUTE
        events = [
            feeder.event(at=at + 1_000 * n, outcome="bad" if n < failed else "good") for n in range(int(requests))
        ]
        if events:
            feeder.fold(*events)
        now_us = at + US_PER_MINUTE - 1
        engine.judge(now_us)
        status = engine.service(bot.key, now_us)
        verdict = status.verdicts[0] if status else None
        windows = (WindowName.PAGE, WindowName.VERDICT)
        read.append(verdict is not None and any(verdict.by_window[name].status is Status.BREACH for name in windows))
    store.close()
    assert np.flatnonzero(read).tolist() == np.flatnonzero(expected).tolist()
    assert any(read) is (share > 0.01)
