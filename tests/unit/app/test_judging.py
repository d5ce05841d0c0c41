"""The judge at work: services that appear, what the configuration changes, what the doors are told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.judging import own_prices
from evenkeel.app.offline import opened
from evenkeel.judge.objectives.model import ServiceStatus, WindowName
from evenkeel.judge.objectives.records import history
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, floor_minute, to_datetime
from evenkeel.observe.evaluators.evaluate import DEFAULT, EVALUATORS
from evenkeel.observe.evaluators.policy import TABLE_NAME, EvaluationPolicy, EvaluationTable
from evenkeel.org.config.model import Config, EvaluatorName
from evenkeel.store.telemetry.port import ServiceKey

Write = Any
BOT = ServiceKey("production", "bot")


def judged(control: Control, key: ServiceKey = BOT) -> ServiceStatus:
    control.folding.drain()
    control.judging.step()
    found = control.engine.service(key, control.stores.clock.now_us())
    assert found is not None
    return found


def configure(home: Home, text: str) -> None:
    home.configuration.write_text(text, encoding="utf-8")


def test_a_service_appears_by_itself_with_the_defaults_of_its_kind(control: Control, write: Write) -> None:
    write(10)
    found = judged(control)
    assert (found.kind, found.judged) == ("llm", True)
    assert {verdict.objective.name for verdict in found.verdicts} == {
        "availability",
        "latency_p95",
        "latency_p99",
        "error_rate",
        "throughput",
    }


def test_one_service_that_goes_while_another_comes_is_noticed(
    control: Control, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(10)
    judged(control)
    (state,) = control.stores.telemetry.services()
    shop = replace(state, key=ServiceKey("production", "shop"))
    monkeypatch.setattr(control.stores.telemetry, "services", lambda: [shop])
    control.judging.step()
    keys = [status.key for status in control.engine.services(control.stores.clock.now_us())]
    assert shop.key in keys


def test_a_configuration_refines_it_while_the_judge_runs(control: Control, home: Home, write: Write) -> None:
    write(10)
    judged(control)
    configure(
        home,
        "services: {bot: {kind: chat, owner: jo, objectives: {latency_p95: {target: 250 ms}, availability: {enabled:"
        " false}}}}\n",
    )
    found = judged(control)
    assert (found.kind, found.labels) == ("chat", {"owner": "jo"})
    targets = {verdict.objective.name: verdict.objective.target for verdict in found.verdicts}
    assert targets["latency_p95"] == 0.25
    assert "availability" not in targets


def test_a_configuration_that_could_not_be_applied_is_tried_again(
    control: Control, home: Home, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(10)
    judged(control)
    configure(home, "services: {bot: {content: 'on', objectives: {latency_p95: {target: 250 ms}}}}\n")

    def fail(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr("evenkeel.app.judging.publish", fail)
        with pytest.raises(OSError, match="no room"):
            control.judging.step()
    found = judged(control)
    assert {verdict.objective.name: verdict.objective.target for verdict in found.verdicts}["latency_p95"] == 0.25


def test_a_threshold_of_its_own_is_counted_over_what_is_stored_already(
    control: Control, home: Home, write: Write
) -> None:
    write(200, latency_s=0.5)
    judged(control)
    configure(home, "services: {bot: {objectives: {latency_p95: {target: 250 ms}}}}\n")
    judged(control)
    now_us = control.stores.clock.now_us()
    window = Window(floor_minute(now_us - US_PER_HOUR), now_us)
    counted = control.stores.telemetry.samples(BOT, [window], by="minute", thresholds=[0.25, 3.0])[0].clusters
    assert sum(counted.slow[0.25]) == 200
    assert sum(counted.slow[3.0]) == 0


def test_every_change_of_a_verdict_is_written_down_with_its_sentence(control: Control, write: Write) -> None:
    write(400, outcome="bad")
    judged(control)
    rows = [row for row in history(control.stores.records, BOT, limit=100) if row["objective"] == "error_rate"]
    assert [(row["old"], row["new"]) for row in rows] == [(None, "breach")]
    assert "%" in rows[0]["sentence"]
    judged(control)
    again = [row for row in history(control.stores.records, BOT, limit=100) if row["objective"] == "error_rate"]
    assert again == rows, "what did not change is not written again"


def test_since_when_a_verdict_stands_survives_a_restart(home: Home, write: Write) -> None:
    write(400, outcome="bad")
    with opened(home) as first:
        before = judged(first)
    with opened(home) as second:
        after = judged(second)
        rows = history(second.stores.records, BOT, limit=100)
    since = {verdict.objective.name: verdict.since_us for verdict in before.verdicts}
    assert {verdict.objective.name: verdict.since_us for verdict in after.verdicts} == since
    assert len(rows) == len(before.verdicts)


def test_what_was_not_looked_at_since_the_start_is_not_taken_for_clear(
    home: Home, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(400, outcome="bad", service="one")
    write(400, outcome="bad", service="two")
    with opened(home) as first:
        first.folding.drain()
        first.judging.step()
        before = {alert.id for alert in first.alerts.firing()}
    assert {alert.service for alert in first.alerts.firing()} == {"one", "two"}
    monkeypatch.setattr("evenkeel.app.judging.PASS_BUDGET_S", 0.0)  # one service a pass
    with opened(home) as second:
        second.judging.step()
        assert len(second.engine.looked_at()) == 1
        alerts = second.alerts.firing()
    assert {alert.id for alert in alerts} == before
    assert [alert.title for alert in alerts if alert.clear_since_us is not None] == []


def test_watchers_are_told_of_services_that_were_looked_at(control: Control, write: Write) -> None:
    async def watch() -> bytes:
        control.live.attach(asyncio.get_running_loop())
        stream = control.live.stream()
        await anext(stream)
        write(5)
        await asyncio.to_thread(judged, control)
        told = await asyncio.wait_for(anext(stream), 10)
        await stream.aclose()
        return told

    assert asyncio.run(watch()) == b"event: service\ndata: production/bot\n\n"


def test_the_doors_are_told_whose_answers_are_evaluated_otherwise_than_by_default(home: Home) -> None:
    home.create()
    configure(
        home,
        "services: {bot: {evaluators: off}, web: {evaluators: on}, faq: {evaluators: [answer], evaluate_share: 20 %},"
        " shop: {evaluate_share: 0.5}}\nevaluation: {cpu: 10 %}\n",
    )
    with opened(home):
        told = read(home.tables / "evaluators.json")
    assert told["cpu_ratio"] == 0.1
    table = EvaluationTable.parse(told)
    assert set(table.services) == {"bot", "faq", "shop"}
    assert table.of("bot").evaluators == ()
    assert table.of("faq") == EvaluationPolicy(("answer",), 0.2)
    assert table.of("shop") == EvaluationPolicy(DEFAULT, 0.5)


def test_every_evaluator_can_be_configured_by_its_name() -> None:
    assert get_args(EvaluatorName) == tuple(EVALUATORS)


def test_the_doors_are_told_own_prices_and_whose_content_is_kept(home: Home) -> None:
    home.create()
    configure(
        home,
        "services: {bot: {content: on}, web: {}}\n"
        "prices: {mine: {input: 0.1, output: 0.4, currency: EUR, since: 2026-01-02}}\n",
    )
    with opened(home):
        prices = read(home.tables / "prices.json")
        intake = read(home.tables / "intake.json")
    assert intake["content_services"] == ["bot"]
    assert prices["prices"] == [
        {
            "model": "mine",
            "tokens_in": 100_000_000,
            "tokens_out": 400_000_000,
            "cached": None,
            "currency": "EUR",
            "from_us": 1_767_312_000_000_000,
            "tiers": {},
        }
    ]
    assert to_datetime(prices["prices"][0]["from_us"]).isoformat() == "2026-01-02T00:00:00+00:00"


def test_a_price_without_a_day_holds_for_ever() -> None:
    config = Config.model_validate({"prices": {"m": {"input": 1, "output": 2, "cached": 0.5}}})
    (row,) = own_prices(config)
    assert (row["from_us"], row["cached"]) == (0, 500_000_000)


def test_another_time_zone_moves_the_month_without_a_restart(control: Control, home: Home, write: Write) -> None:
    write(10)
    write(1, at=control.stores.clock.now_us() - 40 * US_PER_DAY)
    start = report_start(judged(control))
    configure(home, "org: {timezone: Pacific/Kiritimati}\n")
    moved = report_start(judged(control))
    assert moved != start


def report_start(status: ServiceStatus) -> int:
    return status.verdicts[0].by_window[WindowName.REPORT].estimate.window.start_us


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_a_services_slos_follow_its_objectives_and_the_configuration(
    control: Control, home: Home, write: Write
) -> None:
    write(10)
    judged(control)
    watched = {slo.name: slo.target for slo in control.slos.slos()}
    assert watched == {"availability": 0.999, "error_rate": 0.999, "latency_p95": 0.95, "latency_p99": 0.99}
    configure(home, "services: {bot: {slos: {quick: {sli: {latency_under: 800 ms}, target: 90 %}}}}\n")
    judged(control)
    assert {slo.name for slo in control.slos.slos()} == {*watched, "quick"}
    (sample,) = control.stores.telemetry.samples(
        BOT, [Window(0, 1 << 60)], by="minute", thresholds=(0.8,)
    )  # counted exactly from now on
    assert sum(sample.clusters.timed) == 10


def test_an_alert_whose_objective_was_taken_out_of_the_configuration_says_so(
    control: Control, home: Home, write: Write
) -> None:
    write(400, outcome="bad")
    judged(control)
    before = {alert.labels["objective"] for alert in control.alerts.firing()}
    assert "error_rate" in before
    path = home.root / "evenkeel.yaml"
    path.write_text("services: {bot: {objectives: {error_rate: {enabled: false}}}}: broken", encoding="utf-8")
    judged(control)
    assert {alert.labels["objective"] for alert in control.alerts.firing()} == before, (
        "what is broken takes out nothing"
    )
    path.write_text("services: {bot: {objectives: {error_rate: {enabled: false}}}}", encoding="utf-8")
    judged(control)
    assert {alert.labels["objective"] for alert in control.alerts.firing()} == before - {"error_rate"}
    (over, *_) = [alert for alert in control.alerts.list() if alert.labels["objective"] == "error_rate"]
    assert "is judged no more: the configuration was changed" in over.sentence


def test_a_configuration_that_cannot_be_read_at_the_start_leaves_the_gateway_as_it_is(home: Home) -> None:
    home.create()
    configure(
        home,
        "upstreams: {u: {url: http://u, dialect: openai}}\n"
        "gateway: {routes: {bot: {versions: {v: {upstreams: [u]}}}}}\n",
    )
    with opened(home):
        assert list(json.loads(home.routes.read_bytes())["routes"]) == ["production/bot"]
    configure(home, "gateway: {routes: {bot: {versions: {v: {upstreams: [nobody]}}}}}\n")
    with opened(home) as control:
        assert control.configuration.problems
        assert list(json.loads(home.routes.read_bytes())["routes"]) == ["production/bot"]
    configure(home, "")
    with opened(home):
        assert json.loads(home.routes.read_bytes())["routes"] == {}


def test_a_configuration_that_cannot_be_read_at_the_start_switches_no_evaluators_on(home: Home) -> None:
    home.create()
    table = home.tables / TABLE_NAME
    configure(home, "services: {bot: {evaluators: off}}\n")
    with opened(home):
        assert EvaluationTable.parse(json.loads(table.read_bytes())).of("bot").evaluators == ()
    configure(home, "services: {bot: {evaluators: off, owner: [}}\n")
    with opened(home) as control:
        assert control.configuration.problems
        assert EvaluationTable.parse(json.loads(table.read_bytes())).of("bot").evaluators == ()
