"""The judge at work: services that appeared, what changed, what people are told. One caller at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from evenkeel.app.configuration import Configuration
from evenkeel.app.home import Home
from evenkeel.gateway.commands.service import Gateway
from evenkeel.judge.objectives.engine import ObjectiveEngine, thresholds_of
from evenkeel.judge.objectives.model import JudgedService
from evenkeel.judge.objectives.records import last_statuses, save_changes
from evenkeel.judge.objectives.resolve import resolve_service
from evenkeel.judge.objectives.sentences import describe_verdict
from evenkeel.judge.slo.counting import thresholds_of as thresholds_of_slos
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.model import Observation
from evenkeel.judge.slo.resolve import resolve_slos
from evenkeel.judge.slo.thresholds import unseen_rules
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.observe.evaluators.evaluate import DEFAULT
from evenkeel.observe.evaluators.policy import TABLE_NAME
from evenkeel.observe.probes.configured import probe_table
from evenkeel.org.access.keys import Keys
from evenkeel.org.catalog.catalog import Service, catalogue, told_by_sources
from evenkeel.org.config.model import Config, RatesConfig
from evenkeel.org.config.slo import SloConfig
from evenkeel.store.records.engine import Records
from evenkeel.store.tables import publish
from evenkeel.store.telemetry.port import ServiceKey, Telemetry, Thresholds

#: CPU seconds one pass may take before the fold has its turn again.
PASS_BUDGET_S = 0.5


@dataclass(frozen=True, slots=True)
class JudgingDependencies:
    """What the judge stands on."""

    home: Home
    telemetry: Telemetry
    engine: ObjectiveEngine
    slos: SloEngine
    records: Records
    keys: Keys
    configuration: Configuration
    clock: Clock
    ids: Ids
    tell: Callable[[ServiceKey], None]  # a service was looked at
    alert: Callable[[Observation, int], None]  # what the alert rules say at this moment
    gateway: Gateway


class Judging:
    """Keeps the engine up to date with services, configuration and events."""

    def __init__(self, given: JudgingDependencies) -> None:
        self._given = given
        self._catalogued: frozenset[tuple[ServiceKey, frozenset[str]]] | None = None
        self._judged: frozenset[tuple[ServiceKey, str]] = frozenset()
        self._told: dict[ServiceKey, int] = {}
        self._thresholds = Thresholds()
        self._applied = False
        self.stepped_at_us = given.clock.now_us()  # the last pass that went well
        self.has_judged = False  # before the first pass there is not one SLO
        given.engine.restore(last_statuses(given.records))
        self._apply(given.configuration.current)

    def step(self) -> None:
        """Judge what is due."""
        given = self._given
        if given.configuration.refresh():
            self._applied, self._catalogued = False, None
        if not self._applied:  # a change that could not be applied is tried again
            self._apply(given.configuration.current)
        self._catalogue()
        now_us = given.clock.now_us()
        changes = given.engine.judge(now_us, budget_s=PASS_BUDGET_S)
        if changes:
            sentences = [self._sentence(change.key, change.objective) for change in changes]
            save_changes(given.records, given.ids, changes, sentences)
        observed = given.slos.observe(now_us, given.engine.services(now_us))
        # While the configuration is at fault, what it does not say is not taken for removed.
        judged = None if given.configuration.problems else self._judged
        given.alert(replace(observed, unseen=unseen_rules(given.engine.unseen()), judged=judged), now_us)
        looked_at = given.engine.looked_at()
        for key, at_us in looked_at.items():
            if self._told.get(key) != at_us:
                given.tell(key)
        self._told = looked_at
        self.stepped_at_us = now_us
        self.has_judged = True

    def _sentence(self, key: ServiceKey, objective: str) -> str:
        status = self._given.engine.service(key, self._given.clock.now_us())
        verdicts = status.verdicts if status else ()
        return next((describe_verdict(v.objective, v.headline, v.headline.status) for v in verdicts
                     if v.objective.name == objective), "")  # fmt: skip

    def _catalogue(self) -> None:
        """Take up services that appeared, or that do something new."""
        given = self._given
        states = given.telemetry.services()
        seen = frozenset((state.key, frozenset(state.kinds)) for state in states)
        if seen == self._catalogued:
            return
        config = given.configuration.current
        catalogued = catalogue(states, config)
        services = [resolve_service(service) for service in catalogued]
        slos = {
            service.key: resolve_slos(judged, _configured_slos(service), config.org, config.catalogues, config.probes)
            for service, judged in [*zip(catalogued, services, strict=True), *_told_by_sources(catalogued, config)]
        }
        by_service = {
            service.key: tuple(sorted({*thresholds_of(service.objectives), *thresholds_of_slos(slos[service.key])}))
            for service in services
            if service.objectives or slos[service.key]
        }
        thresholds = Thresholds(by_service={k: v for k, v in by_service.items() if v != Thresholds().default})
        if thresholds != self._thresholds:
            given.telemetry.set_thresholds(thresholds)
            self._thresholds = thresholds
        given.engine.set_services(services)
        given.slos.set_slos([slo for mine in slos.values() for slo in mine])
        by_objective = {(service.key, objective.name) for service in services for objective in service.objectives}
        self._judged = frozenset(by_objective | {(key, slo.name) for key, mine in slos.items() for slo in mine})
        self._catalogued = seen

    def _apply(self, config: Config) -> None:
        """Tell the doors what they need to know."""
        given = self._given
        given.engine.set_timezone(config.org.timezone)
        given.keys.keep_content_of(config.content_services)
        publish(given.home.probes, probe_table(config))
        if given.configuration.version:  # else it could not be read: the gateway and the doors go on as they are
            given.gateway.configure(config)
            publish(given.home.tables / TABLE_NAME, evaluation_document(config))
        publish(given.home.tables / "prices.json", {"version": 1, "prices": own_prices(config)})
        self._applied = True


def _told_by_sources(heard: Sequence[Service], config: Config) -> list[tuple[Service, JudgedService]]:
    """Services that only sources tell of: they have the SLOs that are configured, and no objectives."""
    return [(service, replace(resolve_service(service), objectives=())) for service in told_by_sources(heard, config)]


def _configured_slos(service: Service) -> Mapping[str, SloConfig]:
    return service.refined.slos if service.refined else {}


def evaluation_document(config: Config) -> Mapping[str, Any]:
    """Whose answers the doors evaluate otherwise than by default, and what that may cost."""
    services = {
        name: {"evaluators": _evaluators(service.evaluators), "share": service.evaluate_share}
        for name, service in config.services.items()
        if service.evaluators != "on" or service.evaluate_share < 1
    }
    return {"version": 1, "cpu_ratio": config.evaluation.cpu, "services": services}


def _evaluators(given: str | Sequence[str]) -> Sequence[str]:
    return {"on": DEFAULT, "off": ()}[given] if isinstance(given, str) else given


def own_prices(config: Config) -> list[Mapping[str, Any]]:
    """Own prices as the doors read them: nano-units per million tokens."""
    rows: list[Mapping[str, Any]] = []
    for model, price in config.prices.items():
        since = (date.fromisoformat(price.since) - date(1970, 1, 1)).days * 86_400_000_000 if price.since else 0
        rows.append(
            {
                "model": model,
                **_rates(price),
                "currency": price.currency,
                "from_us": since,
                "tiers": {tier: _rates(rates) for tier, rates in price.tiers.items()},
            }
        )
    return rows


def _rates(given: RatesConfig) -> Mapping[str, int | None]:
    return {
        "tokens_in": round(given.input * NANO_PER_UNIT),
        "tokens_out": round(given.output * NANO_PER_UNIT),
        "cached": None if given.cached is None else round(given.cached * NANO_PER_UNIT),
    }
