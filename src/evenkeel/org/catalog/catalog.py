"""The catalogue: services appear by themselves, the configuration refines them (SPEC ORG-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.org.config.model import Config, ServiceConfig
from evenkeel.store.telemetry.port import ServiceKey, ServiceState

#: Kinds of events that say nothing about whether a service does AI work.
_ORDINARY = frozenset(("entry", "heartbeat", "probe", "outcome", "feedback", "review", "value", "cost"))


@dataclass(frozen=True, slots=True)
class Service:
    """A service in an environment, as far as it is known."""

    key: ServiceKey
    kind: str
    judged: bool
    why_not: str
    refined: ServiceConfig | None = None
    probed_every_s: int | None = None  # how often a probe asks it, where one does: silence is then a hole
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def catalogue(states: Sequence[ServiceState], config: Config) -> list[Service]:
    """Every service that was ever heard from, with what the configuration says of it."""
    return [_service(state, config) for state in states]


def told_by_sources(heard: Sequence[Service], config: Config) -> list[Service]:
    """Configured services that were never heard from and have SLOs that count by a source outside.

    They stand in the environments that the configuration names, else in the first that is judged by default.
    """
    known = {service.key for service in heard}
    found: list[Service] = []
    for name, refined in config.services.items():
        if refined.judged is False or not any(
            slo.enabled and slo.sli and slo.sli.source for slo in refined.slos.values()
        ):
            continue
        environments = refined.environments
        if environments is None and not any(key.service == name for key in known):
            environments = config.admission.environments[:1]
        missing = [key for environment in environments or () if (key := ServiceKey(environment, name)) not in known]
        found += [Service(key, refined.kind or "other", True, "", refined, labels=_labels(refined)) for key in missing]
    return found


def _service(state: ServiceState, config: Config) -> Service:
    refined = find_refined(state.key, config)
    kind = (refined.kind if refined else None) or infer_kind(state.kinds)
    probed_every_s = _probed_every_s(state, config)
    why_not = "" if _is_named_by_probe(refined, probed_every_s) else _why_not_judged(state, refined, config)
    return Service(state.key, kind, not why_not, why_not, refined, probed_every_s, _labels(refined))


def find_refined(key: ServiceKey, config: Config) -> ServiceConfig | None:
    """What the configuration says of a service in an environment, if anything."""
    refined = config.services.get(key.service)
    if refined is not None and refined.environments is not None and key.environment not in refined.environments:
        return None
    return refined


def find_fairness(key: ServiceKey, config: Config) -> FairnessConfig | None:
    """What fair means of a service in an environment, where somebody has said so."""
    refined = find_refined(key, config)
    return None if refined is None else refined.fairness


def _labels(refined: ServiceConfig | None) -> Mapping[str, str]:
    if refined is None:
        return {}
    pairs = (("owner", refined.owner), ("team", refined.team), ("tier", refined.tier))
    return {name: value for name, value in (*pairs, ("cost centre", refined.cost_centre)) if value}


def _probed_every_s(state: ServiceState, config: Config) -> int | None:
    """The interval of the most frequent probe of the service itself."""
    return min(
        (
            probe.every
            for probe in config.probes.values()
            if probe.is_of_availability
            and (probe.environment, probe.service) == (state.key.environment, state.key.service)
        ),
        default=None,
    )


def _is_named_by_probe(refined: ServiceConfig | None, probed_every_s: int | None) -> bool:
    """Whether a probe names the service, and with it what is to be judged, and nobody said otherwise."""
    return probed_every_s is not None and (refined is None or refined.judged is None)


def infer_kind(kinds: frozenset[str]) -> str:
    """What a service is, by what it does.

    >>> infer_kind(frozenset({"chat", "retrieval"})), infer_kind(frozenset({"prediction"}))
    ('rag', 'ml')
    """
    if "retrieval" in kinds:
        return "rag"
    if kinds & {"agent", "tool"}:
        return "agent"
    if kinds & {"prediction", "predict"} and not kinds & {"chat", "completion"}:
        return "ml"
    return "llm" if kinds - _ORDINARY else "other"


def _why_not_judged(state: ServiceState, refined: ServiceConfig | None, config: Config) -> str:
    """Why the admission rule leaves a service out, or nothing."""
    if refined is not None and refined.judged is not None:
        return "" if refined.judged else "The configuration says judged: false."
    named = refined is not None and refined.environments is not None
    if not named and state.key.environment not in config.admission.environments:
        listed = ", ".join(config.admission.environments)
        return f"Only {listed} is judged by default; name the environment in the configuration to judge it."
    if config.admission.require_ai and refined is None and not state.kinds - _ORDINARY:
        return "It sent no AI events; name it in the configuration to judge it all the same."
    return ""
