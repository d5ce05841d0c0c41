"""Monthly audits of models, put together for the control process."""

from __future__ import annotations

from collections.abc import Callable

from evenkeel.app.configuration import Configuration
from evenkeel.app.stores import Stores
from evenkeel.judge.audits.service import Audited, Audits, AuditsDependencies
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.objectives.assessors import all_assessors
from evenkeel.judge.objectives.model import Objective
from evenkeel.judge.slo.budget import MINUTES_30D
from evenkeel.judge.slo.sampled import describe_spent
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import Window


def spent_of(configuration: Configuration, clock: Clock) -> Callable[[Audited, Window, Objective, Estimate], str]:
    """What tells how much of a month's error budget a rate has spent: audits know nothing of SLOs themselves."""

    def spent(audited: Audited, month: Window, objective: Objective, estimate: Estimate) -> str:
        org, now_us = configuration.current.org, clock.now_us()
        length = MINUTES_30D if org.budget_month == "fixed_30d" else month.minutes
        counted = Window(min(max(month.start_us, audited.state.first_at), now_us), min(month.end_us, now_us))
        return describe_spent(audited.service.key, objective, estimate, counted, length)

    return spent


def make_audits(stores: Stores, configuration: Configuration, drift: DriftJudge) -> Audits:
    """What tells of audits and takes signatures."""
    return Audits(
        AuditsDependencies(
            records=stores.records,
            telemetry=stores.telemetry,
            clock=stores.clock,
            config=lambda: configuration.current,
            assessors=lambda: all_assessors(drift, stores.records),
            spent=spent_of(configuration, stores.clock),
        )
    )
