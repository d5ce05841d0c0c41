"""How versions stand by their last minutes: proved, or not said."""

from __future__ import annotations

from pathlib import Path
from random import Random

from evenkeel.gateway.routes.model import Route, Version
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.kernel.verdict import Limits, Status
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import GatewayMinute
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.web.gateway_verdicts import NOTHING, RECENT_MINUTES, judge_version, read_evidence, worst_of

BOT = ServiceKey("production", "bot")
ROUTE = Route("production", "bot", (Version("1", 1.0, ("u",)),))
LIMITS = Limits(0.01, 0.02)


def judge(minutes: list[tuple[int, int]]) -> Status:
    rows = [
        GatewayMinute("production", "bot", "1", at * US_PER_MINUTE, decided, bad)
        for at, (decided, bad) in enumerate(minutes)
    ]
    return judge_version(BOT, "1", rows, LIMITS, NOON_US).status


def test_noise_at_the_target_is_no_breach_and_no_warning() -> None:
    """3,000 seeded windows of requests at the target that fail ten at a time; a false one is stated as 1 in 870,000."""
    chance, false = Random(7), 0
    for _ in range(3_000):
        bursts = [10 * sum(chance.random() < 0.01 for _ in range(20)) for _ in range(RECENT_MINUTES)]
        false += judge([(200, bad) for bad in bursts]) in (Status.BREACH, Status.WARNING)
    assert false == 0


def test_a_version_that_fails_is_proved_to_within_minutes_and_a_burst_is_not() -> None:
    assert judge([(10, 10)] * 5) is Status.BREACH
    assert judge([(10, 0), (10, 0), (10, 10), (10, 10)]) is Status.UNKNOWN
    assert judge([(400, 0)] * 5) is Status.OK


def test_without_an_objective_the_usual_error_rate_is_what_versions_are_judged_by(tmp_path: Path) -> None:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    feeder = Feeder(telemetry)
    common = {"source": "gateway", "attributes": "{}", "outcome": "bad", "reason": "http_500"}
    for minute in range(1, 5):
        at = NOON_US - minute * US_PER_MINUTE
        for number in range(4):
            feeder.fold(*(feeder.event(role=role, at=at + number, **common) for role in ("request", "attempt")))
    found = read_evidence(telemetry, ObjectiveEngine(telemetry), NOON_US).routes["production/bot"]
    assert (found.verdicts["1"].status, found.verdicts["1"].limits) == (Status.BREACH, Limits(0.001, 0.005))
    assert found.service is None
    assert worst_of(ROUTE, found) is Status.BREACH
    assert worst_of(ROUTE, NOTHING) is None
    telemetry.close()
