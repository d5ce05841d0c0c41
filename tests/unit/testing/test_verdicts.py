"""What an engine says of a service at noon, by objective; asked of one without events it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.objectives.model import JudgedService, Objective
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import Feeder
from evenkeel.testing.verdicts import judged


def test_it_is_judged_now_and_answered_by_objective(tmp_path: Path) -> None:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    errors = Objective("error_rate", 0.001, 0.005)
    bot = JudgedService(ServiceKey("production", "bot"), "llm", judged=True, why_not="", objectives=(errors,))
    engine = ObjectiveEngine(telemetry)
    engine.set_services([bot])
    with pytest.raises(AssertionError, match="has no events"):
        judged(engine, bot)
    feeder = Feeder(telemetry)
    feeder.fold(feeder.event())
    assert judged(engine, bot).keys() == {"error_rate"}
    telemetry.close()
