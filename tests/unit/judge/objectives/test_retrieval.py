"""Retrieval as an objective: golden probes as long as there are any, or the newest run of golden queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.judge.golden.standings import KnownRuns
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessors import plain_assessors, retrieval_assessor
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import ObjectiveVerdict, WindowName
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.kernel.verdict import Status
from evenkeel.store.records.engine import Records
from evenkeel.testing.clock import SimClock
from evenkeel.testing.feeder import NOON_US, Feeder

NAME = "retrieval_accuracy"


class World:
    """A service that is heard from, and its golden sets."""

    def __init__(self, telemetry: Any, records: Records, bot: JudgedService) -> None:
        self.telemetry, self.bot, self.records = telemetry, bot, records
        self.clock = SimClock(NOON_US)
        self.todo = ""
        self.sets = GoldenSets(records, self.clock, lambda _: False)

    def put(self, n: int = 200, name: str = "faq", every_s: int = 86_400) -> None:
        lines = "\n".join(json.dumps({"id": f"q{i}", "relevant": ["a"]}) for i in range(n))
        self.sets.put(NewSet(self.bot.key, name, lines, every_s=every_s), "jo")

    def send(self, good: int, n: int = 200, name: str = "faq", own: str = "ci-1") -> None:
        found = ({"id": f"q{i}", "retrieved": ["x", "a"] if i < good else ["x"]} for i in range(n))
        self.sets.send(NewRun(self.bot.key, name, own, "\n".join(map(json.dumps, found)), "1.4"), "ci")

    def judge(self, **chosen: str) -> ObjectiveVerdict | None:
        assessors = {**plain_assessors(), Reads.RETRIEVAL: retrieval_assessor(KnownRuns(self.records))}
        engine = ObjectiveEngine(self.telemetry, assessors=assessors)
        (default,) = [each for each in self.bot.objectives if each.name == NAME]
        objective = replace(default, declared=True, **chosen) if chosen else default
        engine.set_services([replace(self.bot, objectives=(objective,), cadence_s=90 * 86_400.0)])
        engine.judge(self.clock.now_us())
        status = engine.service(self.bot.key, self.clock.now_us())
        assert status is not None
        self.todo = status.todo
        return next((each for each in status.verdicts if each.objective.name == NAME), None)

    def verdict(self, **chosen: str) -> Any:
        found = self.judge(**chosen)
        assert found is not None
        return found


@pytest.fixture
def world(telemetry: Any, feeder: Feeder, bot: JudgedService, tmp_path: Path) -> Iterator[World]:
    feeder.fold(*(feeder.event(at=NOON_US - hours * US_PER_HOUR) for hours in (1, 30)))
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield World(telemetry, records, bot)
    records.close()


@pytest.mark.parametrize(("good", "expected"), [(196, Status.OK), (120, Status.BREACH), (163, Status.UNKNOWN)])
def test_the_only_set_of_a_service_without_probes_is_judged_by_its_newest_run(
    world: World, good: int, expected: Status
) -> None:
    world.put()
    assert world.judge() is None  # a set alone is no evidence
    world.send(good)
    world.clock.advance(600)
    found = world.verdict()
    verdict = found.by_window[WindowName.VERDICT]
    figure = world.sets.measure(world.sets.run(world.bot.key, "faq")).figures["hit_rate"]
    assert (verdict.status, verdict.estimate.value, verdict.estimate.n) == (expected, pytest.approx(good / 200), 200)
    assert (verdict.estimate.shown_low, verdict.estimate.shown_high) == (figure.low, figure.high)
    assert "over 200 queries in 10 min" in found.sentence
    assert verdict.estimate.evidence.query == "/services/production/bot?tab=quality&view=answers"
    assert verdict.estimate.evidence.rule == (
        "Hit rate at 5 of run ci-1 of 1.4, version 1 of the golden set faq: of these queries, not of all."
    )
    assert found.by_window[WindowName.PAGE].status is expected
    assert found.by_window[WindowName.REPORT].reasons == ("golden_queries",)  # it spends no budget


def test_a_run_decides_until_the_next_one_is_overdue_and_then_it_is_unknown_and_not_ok(world: World) -> None:
    world.put(every_s=2 * 86_400)
    world.send(198)
    world.clock.advance(86_400)
    found = world.verdict()
    assert (found.headline.status, found.by_window[WindowName.PAGE].status) == (Status.OK, Status.UNKNOWN)
    world.clock.advance(86_401)
    found = world.verdict()
    assert world.todo == "Send a whole run of its golden queries: evenkeel retrieval golden run."
    assert (found.headline.estimate.value, found.headline.reasons) == (None, ("golden_run_overdue",))
    assert found.by_window[WindowName.VERDICT].status is Status.UNKNOWN
    assert found.sentence.endswith(
        "The next run of its golden queries is overdue. It takes 1 more run of the golden set to say."
    )


def test_queries_that_the_run_lacks_may_have_been_good_or_bad(world: World) -> None:
    world.put()
    world.send(150, n=150)
    found = world.verdict().by_window[WindowName.VERDICT]
    assert (found.status, found.reasons) == (Status.PARTIAL, ("queries_missing",))
    assert (found.estimate.value, found.estimate.n, found.estimate.coverage) == (1.0, 150, 0.75)
    world.send(199, n=199, own="ci-2")
    assert world.verdict().by_window[WindowName.VERDICT].status is Status.OK  # were the last one bad, it is still ok


def test_a_set_that_changed_since_its_newest_run_is_unknown(world: World) -> None:
    world.put()
    world.send(198)
    world.put(201)
    assert world.verdict().by_window[WindowName.VERDICT].reasons == ("golden_set_changed",)


def test_the_configuration_names_the_set_and_the_measure(world: World) -> None:
    for name in ("faq", "other"):
        world.put(name=name)
    world.send(100)
    world.send(200, name="other")
    assert world.judge() is None  # which of two sets is meant, nobody said
    chosen = {"source": "golden", "golden_set": "faq", "measure": "mrr"}
    assert world.verdict(**chosen).headline.estimate.value == pytest.approx(0.25)  # half of them, second place
    assert world.verdict(source="golden").headline.reasons == ("golden_set_unknown",)
    assert world.verdict(source="golden", golden_set="no").headline.reasons == ("golden_set_unknown",)


def test_what_is_configured_is_told_before_there_is_any_set_or_run(world: World) -> None:
    assert world.verdict(source="golden").headline.reasons == ("no_golden_set",)
    world.put()
    assert world.verdict(source="golden").headline.reasons == ("no_golden_run",)


def test_golden_probes_are_the_evidence_as_long_as_there_are_any(world: World) -> None:
    world.put()
    world.send(100)
    feeder = Feeder(world.telemetry)
    probe: dict[str, Any] = {"kind": "probe", "role": "none", "operation": "golden", "subject": "returns", "value": 1.0}
    feeder.fold(*(feeder.event(at=NOON_US - hours * US_PER_HOUR, **probe) for hours in range(1, 6)))
    assert world.verdict().headline.estimate.value == 1.0
    assert world.verdict(source="golden").headline.estimate.value == 0.5
    world.clock.advance(40 * US_PER_DAY // 1_000_000)
    assert world.judge() is None
