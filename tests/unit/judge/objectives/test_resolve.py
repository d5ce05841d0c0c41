"""Defaults of a kind, refined by the configuration."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.resolve import indicator_rules, resolve_service
from evenkeel.org.catalog.catalog import Service
from evenkeel.org.config.model import ServiceConfig
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "bot")


def resolved(**config: object) -> dict[str, tuple[float, float | None]]:
    service = Service(KEY, "llm", judged=True, why_not="", refined=ServiceConfig.model_validate(config))
    return {objective.name: (objective.target, objective.alert) for objective in resolve_service(service).objectives}


def test_defaults_hold_where_nothing_is_said() -> None:
    assert resolved() == {default.indicator: (default.target, default.alert) for _, default in load_defaults()}


def test_a_golden_set_that_is_named_says_that_golden_queries_are_the_source() -> None:
    refined = ServiceConfig.model_validate({"objectives": {"retrieval_accuracy": {"golden_set": "faq"}}})
    found = resolve_service(Service(KEY, "rag", judged=True, why_not="", refined=refined)).objectives
    (chosen,) = [each for each in found if each.declared]
    assert (chosen.source, chosen.golden_set, chosen.measure) == ("golden", "faq", "hit_rate")
    assert chosen.version != replace(chosen, measure="mrr").version
    assert indicator_rules()["retrieval_accuracy"].has_source


def test_what_the_configuration_names_is_told_apart() -> None:
    refined = ServiceConfig.model_validate({"objectives": {"accuracy": {"target": 0.92, "alert": 0.85}}})
    found = resolve_service(Service(KEY, "ml", judged=True, why_not="", refined=refined)).objectives
    assert [(each.name, each.target, each.alert, each.page_s) for each in found if each.declared] == [
        ("accuracy", 0.92, 0.85, None)
    ]


def test_a_target_of_ones_own_replaces_target_and_alert() -> None:
    assert resolved(objectives={"latency_p95": {"target": "10 s"}})["latency_p95"] == (10.0, None)
    assert resolved(objectives={"latency_p95": {"alert": "4 s"}})["latency_p95"] == (2.0, 4.0)


def test_an_objective_can_be_switched_off() -> None:
    assert "throughput" not in resolved(objectives={"throughput": {"enabled": False}})


def test_capacity_and_heartbeat_reach_the_judge() -> None:
    config = ServiceConfig.model_validate({"capacity": {"requests_per_minute": 60}, "heartbeat_every": "1m"})
    judged = resolve_service(Service(KEY, "llm", judged=True, why_not="", refined=config))
    assert judged.cadence_s == 60
    assert next(o.capacity_per_minute for o in judged.objectives if o.name == "throughput") == 60


def test_a_probe_declares_how_often_a_service_is_heard_unless_heartbeats_do() -> None:
    beats = ServiceConfig.model_validate({"heartbeat_every": "2m"})
    probed = Service(KEY, "llm", judged=True, why_not="", probed_every_s=30)
    assert resolve_service(probed).cadence_s == 30
    assert resolve_service(replace(probed, refined=beats)).cadence_s == 120
    assert resolve_service(replace(probed, probed_every_s=None)).cadence_s is None


def test_every_indicator_has_a_rule_and_one_has_no_default() -> None:
    rules = indicator_rules()
    assert (
        set(rules) - set(resolved())
        == {"calibration_error"}
        == {n for n, each in rules.items() if not each.has_default}
    )
    assert (rules["accuracy"].verdict_s_max, rules["error_rate"].verdict_s_max) == (7 * 86_400, 86_400)


def test_what_has_no_default_is_judged_where_a_target_is_configured() -> None:
    assert resolved(objectives={"calibration_error": {"target": "3 %"}})["calibration_error"] == (0.03, None)
    assert "calibration_error" not in resolved(objectives={"calibration_error": {"target": "3 %", "enabled": False}})


def test_a_baseline_is_part_of_what_decides() -> None:
    refined = ServiceConfig.model_validate({"objectives": {"rmse": {"baseline": 12.5, "verdict": "7d"}}})
    found = resolve_service(Service(KEY, "ml", judged=True, why_not="", refined=refined)).objectives
    (rmse,) = [each for each in found if each.name == "rmse"]
    assert (rmse.baseline, rmse.verdict_s, rmse.target, rmse.alert) == (12.5, 7 * 86_400, 1.0, 2.0)
    assert rmse.version != replace(rmse, baseline=None).version
