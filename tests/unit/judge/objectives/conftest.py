"""A store to judge from, and an engine that judges the default objectives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import Objective
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import Feeder


@pytest.fixture
def telemetry(tmp_path: Path) -> Iterator[DuckTelemetry]:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: DuckTelemetry) -> Feeder:
    return Feeder(telemetry)


@pytest.fixture
def bot() -> JudgedService:
    objectives = tuple(
        Objective(default.indicator, default.target, default.alert, default.page_s, default.verdict_s)
        for _, default in load_defaults()
    )
    return JudgedService(ServiceKey("production", "bot"), "llm", judged=True, why_not="", objectives=objectives)


@pytest.fixture
def engine(telemetry: DuckTelemetry, bot: JudgedService) -> ObjectiveEngine:
    engine = ObjectiveEngine(telemetry)
    engine.set_services([bot])
    return engine
