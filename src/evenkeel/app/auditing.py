"""Monthly audits of models, put together for the control process."""

from __future__ import annotations

from evenkeel.app.configuration import Configuration
from evenkeel.app.stores import Stores
from evenkeel.judge.audits.service import Audits, AuditsDependencies
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.objectives.assessors import all_assessors


def make_audits(stores: Stores, configuration: Configuration, drift: DriftJudge) -> Audits:
    """What tells of audits and takes signatures."""
    return Audits(
        AuditsDependencies(
            records=stores.records,
            telemetry=stores.telemetry,
            clock=stores.clock,
            config=lambda: configuration.current,
            assessors=lambda: all_assessors(drift, stores.records),
        )
    )
