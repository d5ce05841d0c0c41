"""SLOs of objectives, refined, and of one's own (SPEC SLO-1)."""

from __future__ import annotations

from typing import Any

from evenkeel.judge.objectives.model import JudgedService
from evenkeel.judge.objectives.resolve import resolve_service
from evenkeel.judge.slo.catalogue import choose_catalogue
from evenkeel.judge.slo.model import (
    BudgetWindow,
    CompositeSli,
    ErrorsSli,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    Slo,
    SourceSli,
)
from evenkeel.judge.slo.resolve import resolve_slos
from evenkeel.org.catalog.catalog import Service
from evenkeel.org.config.model import OrgConfig, ServiceConfig
from evenkeel.org.config.probes import ProbeConfig
from evenkeel.org.config.rules import CatalogueConfig
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "bot")
ORG = OrgConfig(timezone="Europe/Berlin")


def judged(config: ServiceConfig, *, is_judged: bool = True) -> JudgedService:
    return resolve_service(Service(KEY, "llm", judged=is_judged, why_not="", refined=config))


def resolved(**config: Any) -> dict[str, Slo]:
    read = ServiceConfig.model_validate(config)
    return {slo.name: slo for slo in resolve_slos(judged(read), read.slos, ORG)}


def test_every_judged_service_has_the_slos_of_its_objectives() -> None:
    found = resolved()
    assert {name: (slo.sli, slo.target, slo.method) for name, slo in found.items()} == {
        "availability": (MinutesSli(), 0.999, Method.TIMESLICES),
        "error_rate": (ErrorsSli(), 0.999, Method.OCCURRENCES),
        "latency_p95": (LatencySli(2.0), 0.95, Method.OCCURRENCES),
        "latency_p99": (LatencySli(5.0), 0.99, Method.OCCURRENCES),
    }
    assert {slo.window for slo in found.values()} == {BudgetWindow(calendar="month", timezone="Europe/Berlin")}
    assert all(slo.key == KEY and slo.title for slo in found.values())


def test_targets_of_objectives_reach_their_slos() -> None:
    found = resolved(objectives={"latency_p95": {"target": "1500 ms"}, "error_rate": {"target": "1 %"}})
    assert (found["latency_p95"].sli, found["error_rate"].target) == (LatencySli(1.5), 0.99)


def test_an_slo_named_as_an_objective_refines_it_and_keeps_the_rest() -> None:
    slo = resolved(slos={"availability": {"target": "99.5 %", "window": "30d"}})["availability"]
    assert (slo.sli, slo.target, slo.method) == (MinutesSli(), 0.995, Method.TIMESLICES)
    assert slo.window == BudgetWindow(rolling_s=30 * 86_400, timezone="Europe/Berlin")


def test_an_slo_can_be_switched_off_and_so_can_its_objective() -> None:
    assert "latency_p99" not in resolved(slos={"latency_p99": {"enabled": False}})
    assert "latency_p99" not in resolved(objectives={"latency_p99": {"enabled": False}})


def test_slos_of_ones_own_count_what_they_say() -> None:
    source = {"name": "prom", "raw": "share", "raw_is": "failure"}
    found = resolved(
        slos={
            "fast": {"sli": {"latency_under": "800 ms"}, "target": "90 %", "title": "Fast enough"},
            "seen": {"sli": "probes", "target": "99 %", "alerts": "none", "slice_target": "50 %", "slice": "5m"},
            "outside": {"sli": {"source": source}, "target": "99 %", "method": "RatioTimeslices"},
            "both": {"sli": {"composite": {"fast": 1, "availability": 0.5}}, "target": "99 %"},
        }
    )
    assert (found["fast"].sli, found["fast"].title) == (LatencySli(0.8), "Fast enough")
    assert found["seen"].sli == ProbesSli()
    assert (found["seen"].method, found["seen"].slice_s, found["seen"].slice_target) == (Method.TIMESLICES, 300, 0.5)
    assert found["seen"].catalogue == "none"
    assert found["outside"].sli == SourceSli("prom", raw="share", raw_failure=True)
    assert found["both"].sli == CompositeSli((("fast", 1.0), ("availability", 0.5)))


def test_an_objective_without_budget_has_no_slo() -> None:
    found = resolved(objectives={"availability": {"target": "100 %"}, "error_rate": {"target": 0}})
    assert set(found) == {"latency_p95", "latency_p99"}


def test_a_composite_of_what_is_not_judged_is_not_judged_on_the_rest() -> None:
    slos = {"both": {"sli": {"composite": {"availability": 1, "error_rate": 1}}, "target": "99 %"}}
    assert "both" in resolved(slos=slos)
    assert "both" not in resolved(slos=slos, objectives={"availability": {"enabled": False}})


def test_a_service_that_is_not_judged_promises_nothing() -> None:
    config = ServiceConfig.model_validate({"slos": {"x": {"sli": "errors", "target": "99 %"}}})
    assert resolve_slos(judged(config, is_judged=False), config.slos, ORG) == ()


def test_burn_rules_stand_at_the_slo_or_in_a_catalogue_of_ones_own() -> None:
    catalogues = {"weekly": CatalogueConfig(rules=("page 1h 5m 13", "ticket 3d 6h 1"))}
    config = ServiceConfig.model_validate(
        {"slos": {"error_rate": {"alerts": "weekly"}, "availability": {"alerts": ["page 6h 30m 5"]}}}
    )
    found = {slo.name: slo for slo in resolve_slos(judged(config), config.slos, ORG, catalogues)}
    assert [rule.name for rule in found["error_rate"].rules] == ["burn-1h-5m", "burn-3d-6h"]
    assert [rule.factor for rule in found["availability"].rules] == [5.0]
    assert found["latency_p95"].rules == ()
    named = [choose_catalogue(found[name]) for name in ("error_rate", "availability", "latency_p95")]
    assert [each.name for each in named if each] == ["weekly", "own", "quality"]
    assert found["error_rate"].version != resolved()["error_rate"].version


def test_named_probes_count_in_the_environment_they_are_of() -> None:
    read = {"slos": {"returns": {"sli": {"probes": ["live", "trial", "live"]}, "target": "95 %"}}}
    assert resolved(**read)["returns"].sli == ProbesSli(("live", "trial"))
    tls = {"tls": {"host": "shop.example"}, "service": "bot"}
    probes = {
        "live": ProbeConfig.model_validate(tls),
        "trial": ProbeConfig.model_validate({**tls, "environment": "staging"}),
    }
    config = ServiceConfig.model_validate(read)
    found = {slo.name: slo for slo in resolve_slos(judged(config), config.slos, ORG, {}, probes)}
    assert found["returns"].sli == ProbesSli(("live",))
    del probes["live"]
    assert "returns" not in {slo.name for slo in resolve_slos(judged(config), config.slos, ORG, {}, probes)}
