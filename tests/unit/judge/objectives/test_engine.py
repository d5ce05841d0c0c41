"""The engine on a real store: no false green, no false red (SPEC SLO-1 to SLO-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import ServiceStatus, WindowName
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND
from evenkeel.kernel.verdict import Status, Verdict, read_status
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.feeder import NOON_US, Feeder


def traffic(
    feeder: Feeder, *, minutes: int, per_minute: int, until: int = NOON_US, **more: Any
) -> list[dict[str, Any]]:
    """Evenly spread requests of the minutes before `until`, each by a caller of its own."""
    step = US_PER_MINUTE // per_minute
    return [feeder.event(at=until - US_PER_SECOND - n * step, caller=n, **more) for n in range(minutes * per_minute)]


def headline(status: ServiceStatus | None, objective: str) -> Verdict:
    assert status is not None
    return next(verdict.headline for verdict in status.verdicts if verdict.objective.name == objective)


def judged(engine: ObjectiveEngine, bot: JudgedService, now_us: int = NOON_US) -> ServiceStatus:
    engine.judge(now_us)
    status = engine.service(bot.key, now_us)
    assert status is not None
    return status


def test_plenty_of_good_requests_are_ok(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    status = judged(engine, bot)
    for objective in ("error_rate", "latency_p95", "latency_p99", "availability"):
        assert headline(status, objective).status is Status.OK, objective
    assert status.status is Status.OK
    assert headline(status, "error_rate").estimate.n >= 598


@pytest.mark.parametrize("n", [35, 40, 200])
def test_one_error_in_a_few_requests_is_no_breach(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, n: int
) -> None:
    events = traffic(feeder, minutes=n, per_minute=1)
    feeder.fold(*events[1:], events[0] | {"outcome": "bad"})
    verdict = headline(judged(engine, bot), "error_rate")
    assert verdict.status is Status.UNKNOWN
    assert verdict.needs is not None
    assert verdict.needs.more > 100
    assert verdict.needs.of == "requests"
    assert verdict.needs.eta_s


def test_an_outage_is_a_breach_within_the_page_window(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=60, per_minute=10, until=NOON_US - 3 * US_PER_MINUTE))
    feeder.fold(*traffic(feeder, minutes=3, per_minute=10, outcome="bad", reason="http_500"))
    status = judged(engine, bot)
    assert status.status is Status.BREACH
    assert "reason http_500" in status.changed
    found = next(verdict for verdict in status.verdicts if verdict.objective.name == "error_rate")
    assert found.headline_window is WindowName.PAGE
    evidence = found.headline.estimate.evidence
    assert evidence is not None
    assert "outcome=bad" in evidence.query


def probed(feeder: Feeder, *, until: int, every_s: int = 15, minutes: int = 30, **more: Any) -> list[dict[str, Any]]:
    """Runs of a probe that only its vantage knows of."""
    base = {"kind": "probe", "role": "none", "operation": "http", "subject": "front", "label": "far", "model": None,
            "attributes": f'{{"every_s":{every_s}}}'}  # fmt: skip
    moments = range(until - minutes * US_PER_MINUTE, until, every_s * US_PER_SECOND)
    return [feeder.event(at=at, **base | more) for at in moments]


def test_what_a_probe_from_elsewhere_says_of_its_interval_is_how_often_the_service_is_heard_from(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*probed(feeder, until=NOON_US))
    status = judged(engine, bot)
    assert status.cadence_s == 20.0, "15 s, but not below what exporters take"
    assert headline(status, "availability").status is not Status.STALE
    silent = judged(engine, bot, NOON_US + 45 * US_PER_SECOND)
    assert headline(silent, "availability").status is Status.STALE


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"label": "local"}, "our own prober runs what is configured: what is not there any more was taken out"),
        ({"operation": "tls"}, "a certificate is no sign of life"),
        ({"attributes": "{}"}, "it says nothing"),
        ({"until": NOON_US - 61 * US_PER_MINUTE}, "somebody ended it an hour ago"),
    ],
    ids=["ours", "certificate", "unsaid", "ended"],
)
def test_other_probes_say_nothing_of_how_often_a_service_is_heard_from(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, more: dict[str, Any], why: str
) -> None:
    feeder.fold(*traffic(feeder, minutes=120, per_minute=1), *probed(feeder, **{"until": NOON_US, "minutes": 2} | more))
    cadence_s = judged(engine, bot).cadence_s
    assert cadence_s is not None
    assert cadence_s > 100, why


def test_a_probe_that_begins_elsewhere_is_taken_up_at_the_next_renewal_and_one_that_was_ended_is_forgotten(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*probed(feeder, until=NOON_US, every_s=60, label="local"))
    assert judged(engine, bot).cadence_s != 30.0
    feeder.fold(*probed(feeder, until=NOON_US + US_PER_MINUTE, every_s=30, minutes=1))
    assert judged(engine, bot, NOON_US + US_PER_MINUTE).cadence_s == 30.0
    feeder.fold(*traffic(feeder, minutes=60, per_minute=1, until=NOON_US + 62 * US_PER_MINUTE))
    assert judged(engine, bot, NOON_US + 62 * US_PER_MINUTE).cadence_s != 30.0


def test_the_most_frequent_probe_decides_and_what_is_configured_comes_first(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*probed(feeder, until=NOON_US, every_s=60), *probed(feeder, until=NOON_US, every_s=30, subject="deep"))
    assert judged(engine, bot).cadence_s == 30.0
    engine.set_services([replace(bot, cadence_s=90.0)])
    assert judged(engine, bot).cadence_s == 90.0


def test_an_outage_in_the_first_minutes_is_seen_though_the_first_calls_named_nobody(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    began = NOON_US - 2 * US_PER_MINUTE
    feeder.fold(*(feeder.event(at=began, outcome="good") for _ in range(3)))  # their server spans are still to come
    judged(engine, bot, began + US_PER_SECOND)
    feeder.fold(*traffic(feeder, minutes=1, per_minute=100, until=NOON_US - US_PER_MINUTE))
    feeder.fold(*traffic(feeder, minutes=1, per_minute=100, outcome="bad", reason="http_502"))
    assert headline(judged(engine, bot), "error_rate").status is Status.BREACH


def test_a_slow_service_breaches_its_latency_and_not_its_error_rate(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=60, per_minute=20, latency_s=4.0))
    status = judged(engine, bot)
    latency = headline(status, "latency_p95")
    assert latency.status is Status.BREACH
    assert latency.estimate.value == pytest.approx(4.0, rel=0.02)
    assert latency.estimate.low > 3.0
    assert headline(status, "error_rate").status is Status.OK


def test_a_three_hour_hole_does_not_read_as_full_availability(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=60, per_minute=10, until=NOON_US - 4 * US_PER_HOUR))
    feeder.fold(*traffic(feeder, minutes=60, per_minute=10))
    found = next(v for v in judged(engine, bot).verdicts if v.objective.name == "availability")
    report = found.by_window[WindowName.REPORT]
    assert report.status is not Status.OK
    assert report.estimate.coverage == pytest.approx(0.4, abs=0.02)
    assert report.estimate.shown_low == pytest.approx(0.4, abs=0.02)
    assert "minutes_without_evidence" in report.reasons


def test_a_silent_service_is_not_ok_within_twice_its_cadence(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    status = judged(engine, bot)
    assert status.cadence_s is not None
    later = NOON_US + int(2 * status.cadence_s * US_PER_SECOND) + US_PER_SECOND
    assert judged(engine, bot, later).status is not Status.OK
    assert "Silent" in judged(engine, bot, later).changed


def test_a_frozen_judge_does_not_keep_a_silent_service_green(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    status = judged(engine, bot)
    assert status.cadence_s is not None
    later = NOON_US + int(2 * status.cadence_s * US_PER_SECOND) + US_PER_SECOND
    read = engine.service(bot.key, later)
    assert read is not None
    assert read.status is Status.STALE
    assert read_status(headline(status, "error_rate"), later) is Status.STALE


@pytest.mark.parametrize("stepped_us", [-2 * US_PER_HOUR, 2 * US_PER_HOUR], ids=["back", "forward"])
def test_a_clock_that_steps_leaves_nothing_green_that_nobody_judged_since(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, stepped_us: int
) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    judged(engine, bot)
    now_us = NOON_US + stepped_us
    frozen = engine.service(bot.key, now_us)
    assert frozen is not None
    assert frozen.status is Status.STALE
    again = judged(engine, bot, now_us)  # due at once, whichever way the clock went
    assert headline(again, "error_rate").decided_at_us == now_us
    assert again.status is not Status.OK
    later = now_us + 16 * US_PER_MINUTE  # what came later than half an hour is seen within a quarter
    feeder.fold(*traffic(feeder, minutes=90, per_minute=20, until=later))
    after = judged(engine, bot, later)
    assert headline(after, "error_rate").status is Status.OK


def test_declared_heartbeats_keep_a_quiet_service_alive(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    beat = {"kind": "heartbeat", "role": "none", "outcome": "none", "latency_s": None, "value": 30.0}
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20, until=NOON_US - 10 * US_PER_MINUTE))
    feeder.fold(*(feeder.event(at=NOON_US - n * 30 * US_PER_SECOND, **beat) for n in range(25)))
    status = judged(engine, bot)
    assert status.cadence_s == 30.0
    assert status.status is not Status.STALE


def test_every_unknown_says_what_would_settle_it(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*traffic(feeder, minutes=5, per_minute=1))
    unsettled = [v for v in judged(engine, bot).verdicts if v.headline.status in (Status.UNKNOWN, Status.PARTIAL)]
    assert unsettled
    for verdict in unsettled:
        assert verdict.headline.needs is not None
        assert verdict.headline.needs.of
        assert "It takes" in verdict.sentence


def test_unknown_sampling_makes_a_share_partial(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20, sampled_unknown=True))
    assert headline(judged(engine, bot), "error_rate").status is Status.PARTIAL


def test_throughput_needs_a_capacity_and_is_judged_against_it(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    verdict = headline(judged(engine, bot), "throughput")
    assert verdict.status is Status.UNKNOWN
    assert verdict.needs is not None
    assert "capacity" in verdict.needs.of
    for capacity, expected in ((100.0, Status.OK), (12.0, Status.BREACH)):
        objectives = tuple(
            replace(objective, capacity_per_minute=capacity) if objective.name == "throughput" else objective
            for objective in bot.objectives
        )
        engine.set_services([replace(bot, objectives=objectives)])
        assert headline(judged(engine, bot), "throughput").status is expected


def test_a_service_that_is_not_judged_says_why(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*traffic(feeder, minutes=1, per_minute=5))
    engine.set_services([replace(bot, judged=False, why_not="staging is not judged by default")])
    status = judged(engine, bot)
    assert (status.judged, status.status) == (False, Status.UNKNOWN)
    assert "staging" in status.why_not_judged


def test_changes_are_announced_once(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    assert {change.old for change in engine.judge(NOON_US)} == {None}
    later = NOON_US + US_PER_MINUTE
    feeder.fold(*traffic(feeder, minutes=1, per_minute=20, until=later))
    assert engine.judge(later) == []


def test_what_an_earlier_process_knew_keeps_its_since(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*traffic(feeder, minutes=70, per_minute=20))
    engine.restore({(bot.key, "error_rate"): (Status.OK, 123)})
    changes = engine.judge(NOON_US)
    assert "error_rate" not in {change.objective for change in changes}
    status = engine.service(bot.key, NOON_US)
    assert status is not None
    assert next(v.since_us for v in status.verdicts if v.objective.name == "error_rate") == 123


def test_a_pass_with_nothing_changed_looks_at_nothing(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, telemetry: DuckTelemetry
) -> None:
    feeder.fold(*traffic(feeder, minutes=5, per_minute=5))
    engine.judge(NOON_US)
    telemetry.close()  # any question would now fail
    assert engine.judge(NOON_US + US_PER_SECOND) == []


def probes(feeder: Feeder, *, minutes: range, every_s: int = 30, **more: Any) -> list[dict[str, Any]]:
    """Probes of the minutes before noon that `minutes` counts backwards, and of nothing else."""
    base = {"kind": "probe", "role": "none", "operation": "http", "model": None, "latency_s": 0.1}
    return [
        feeder.event(at=NOON_US - minute * US_PER_MINUTE + second * US_PER_SECOND, **base | more)
        for minute in minutes
        for second in range(0, 60, every_s)
    ]


class TestProbed:
    """A service that nobody uses: its probes are all there is."""

    def test_probes_alone_make_it_available(self, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
        engine.set_services([replace(bot, cadence_s=30)])
        feeder.fold(*probes(feeder, minutes=range(1, 121)))
        availability = headline(judged(engine, bot), "availability")
        assert availability.status is Status.OK
        assert availability.estimate.coverage == 1.0

    def test_probes_that_are_missing_are_a_hole_and_not_an_ok(
        self, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
    ) -> None:
        engine.set_services([replace(bot, cadence_s=30)])
        feeder.fold(*probes(feeder, minutes=range(1, 20)), *probes(feeder, minutes=range(30, 121)))
        availability = headline(judged(engine, bot), "availability")
        assert availability.status in (Status.PARTIAL, Status.UNKNOWN)
        assert "hole" in availability.reasons
        assert availability.estimate.coverage < 1.0

    def test_a_prober_that_stopped_is_not_green_after_twice_its_interval(
        self, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
    ) -> None:
        engine.set_services([replace(bot, cadence_s=30)])
        feeder.fold(*probes(feeder, minutes=range(1, 121)))
        judged(engine, bot)
        later = engine.service(bot.key, NOON_US + 91 * US_PER_SECOND)
        assert later is not None
        assert later.status is Status.STALE

    def test_one_failing_probe_a_minute_is_an_outage(
        self, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
    ) -> None:
        engine.set_services([replace(bot, cadence_s=60)])
        feeder.fold(*probes(feeder, minutes=range(16, 121), every_s=60))
        feeder.fold(*probes(feeder, minutes=range(1, 16), every_s=60, outcome="bad", reason="timeout"))
        availability = headline(judged(engine, bot), "availability")
        assert availability.status is Status.BREACH
        assert availability.estimate.value == 0.0

    def test_runs_that_found_nothing_out_are_a_hole_and_no_outage(
        self, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
    ) -> None:
        engine.set_services([replace(bot, cadence_s=60)])
        feeder.fold(*probes(feeder, minutes=range(16, 121)))
        feeder.fold(*probes(feeder, minutes=range(1, 16), outcome="none", reason="prober_network"))
        availability = headline(judged(engine, bot), "availability")
        assert availability.status in (Status.PARTIAL, Status.UNKNOWN, Status.STALE)
        assert availability.estimate.bad == 0
