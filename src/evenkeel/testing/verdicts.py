"""What an engine says of a service at noon."""

from __future__ import annotations

from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.objectives.model import JudgedService, ObjectiveVerdict
from evenkeel.testing.feeder import NOON_US


def judged(engine: ObjectiveEngine, service: JudgedService) -> dict[str, ObjectiveVerdict]:
    """The verdicts by objective, judged now."""
    engine.judge(NOON_US)
    status = engine.service(service.key, NOON_US)
    assert status is not None, f"{service.key} has no events"
    return {verdict.objective.name: verdict for verdict in status.verdicts}
