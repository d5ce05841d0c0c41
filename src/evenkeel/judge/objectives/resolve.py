"""From a catalogued service to what it is judged by: defaults of its kind, refined by the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.judge.indicators.model import Measure, Reads
from evenkeel.judge.indicators.table import BY_NAME, Default, load_defaults
from evenkeel.judge.objectives.model import JudgedService, Objective
from evenkeel.judge.objectives.windows import ASSESSED_MAX_S, VERDICT_MAX_S
from evenkeel.org.catalog.catalog import Service
from evenkeel.org.config.model import ObjectiveConfig
from evenkeel.org.config.objectives import IndicatorRule


def indicator_rules() -> Mapping[str, IndicatorRule]:
    """What the configuration may say about indicators."""
    defaults = {default.indicator: default for _, default in load_defaults()}
    return {
        name: IndicatorRule(
            indicator.unit,
            indicator.larger_is_worse,
            defaults[name].target if name in defaults else 0.0,
            defaults[name].alert if name in defaults else None,
            indicator.quantile,
            name not in defaults or defaults[name].page_s is not None,
            name in defaults,
            ASSESSED_MAX_S if indicator.measure is Measure.ASSESSED else VERDICT_MAX_S,
            has_source=indicator.reads is Reads.RETRIEVAL,
        )
        for name, indicator in BY_NAME.items()
    }


def resolve_service(service: Service) -> JudgedService:
    """The service with its objectives."""
    refined = service.refined
    defaults = [default for kind, default in load_defaults() if kind in ("any", service.kind)]
    capacity = refined.capacity.requests_per_minute if refined and refined.capacity else None
    objectives: list[Objective] = []
    for default in defaults:
        given = refined.objectives.get(default.indicator) if refined else None
        if given is None or given.enabled:
            objectives.append(_objective(default, given, capacity))
    objectives += _declared(refined.objectives if refined else {}, {default.indicator for default in defaults})
    return JudgedService(
        key=service.key,
        kind=service.kind,
        judged=service.judged,
        why_not=service.why_not,
        objectives=tuple(objectives) if service.judged else (),
        cadence_s=(refined.heartbeat_every if refined else None) or service.probed_every_s,
        labels=service.labels,
        fairness=refined.fairness if refined else None,
    )


def _declared(given: Mapping[str, ObjectiveConfig], known: set[str]) -> list[Objective]:
    """Those that have no default: judged where a target is configured."""
    return [
        _objective(Default(name, each.target, None, None, VERDICT_MAX_S), each, None)
        for name, each in given.items()
        if name in BY_NAME and name not in known and each.enabled and each.target is not None
    ]


def _objective(default: Default, refined: ObjectiveConfig | None, capacity: float | None) -> Objective:
    """A target of one's own without an alert is its own alert: A = T (DESIGN §2)."""
    given = refined or ObjectiveConfig()
    if given.target is None:
        target, alert = default.target, default.alert if given.alert is None else given.alert
    else:
        target, alert = given.target, given.alert
    return Objective(
        indicator=default.indicator,
        target=target,
        alert=alert,
        page_s=default.page_s if given.page is None else given.page,
        verdict_s=given.verdict or default.verdict_s,
        capacity_per_minute=capacity if default.indicator == "throughput" else None,
        baseline=given.baseline,
        source=given.source or ("golden" if given.golden_set else ""),
        golden_set=given.golden_set,
        measure=given.measure or "hit_rate",
        declared=refined is not None,
    )
