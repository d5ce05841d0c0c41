"""Evaluations over real stores, and a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evenkeel.judge.evaluations.drawing import Wish
from evenkeel.judge.evaluations.model import USUAL
from evenkeel.judge.evaluations.planning import NewEvaluation
from evenkeel.judge.evaluations.service import Evaluations, EvaluationsDependencies
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND, Window
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
HOUR = Window(NOON_US - US_PER_HOUR, NOON_US)


def texts(n: int) -> dict[str, str]:
    """What was asked and answered, the nth time."""
    return {"gen_ai.prompt": f"How long is {n}?", "gen_ai.completion": f"Answer {n}."}


@dataclass
class Panel:
    """Evaluations with all they stand on."""

    evaluations: Evaluations
    records: Records
    telemetry: DuckTelemetry
    clock: SimClock
    feeder: Feeder
    emitted: list[EventBatch] = field(default_factory=list[EventBatch])
    failing: bool = False
    lost: bool = False

    def emit(self, batch: EventBatch) -> None:
        """Keep it, or fail as a full disk does."""
        if self.failing:
            raise OSError("no space left")
        self.emitted.append(batch)
        if self.lost:  # what follows, within the same transaction, does
            raise OSError("the connection is lost")

    def answer(self, count: int, **more: Any) -> list[str]:
        """Requests with their texts stored; answers of their events' ids."""
        events = [
            self.feeder.event(
                at=NOON_US - US_PER_HOUR + n * US_PER_SECOND,
                **{"version": str(n % 2), "attributes": json.dumps(texts(n)), **more},
            )
            for n in range(count)
        ]
        self.feeder.fold(*events)
        return [f"{event['event_id'].hex()}" for event in events]

    def new(self, **more: Any) -> NewEvaluation:
        """What is asked for, unless said otherwise: is it relevant, of ten answers."""
        given: dict[str, Any] = {"wish": Wish(answers=10, twice=0.0), **more}
        return replace(NewEvaluation(BOT, "t", USUAL[:1], HOUR), **given)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    clock = SimClock(NOON_US)
    made: Panel

    def emit(batch: EventBatch) -> None:
        made.emit(batch)

    evaluations = Evaluations(EvaluationsDependencies(records, telemetry, clock, SystemIds(), emit, Random))
    made = Panel(evaluations, records, telemetry, clock, Feeder(telemetry))
    yield made
    records.close()
    telemetry.close()
