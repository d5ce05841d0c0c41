"""Objectives that are looked at by the hour: shown once there is evidence, renewed by the hour, stale when not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.assessors import plain_assessors
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import Objective, ObjectiveVerdict, WindowName
from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE
from evenkeel.kernel.verdict import Status, read_status
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.feeder import NOON_US, Feeder


def rated(feeder: Feeder, rating: float, n: int, *, until: int = NOON_US) -> list[dict[str, Any]]:
    base = {"kind": "feedback", "role": "none", "value": rating, "value_kind": "rating"}
    return [
        feeder.event(**base, subject=f"{until}-{rating}-{place}", caller=place, at=until - place * US_PER_MINUTE)
        for place in range(1, n + 1)
    ]


def verdict(engine: ObjectiveEngine, bot: JudgedService, name: str, now_us: int = NOON_US) -> ObjectiveVerdict | None:
    engine.judge(now_us)
    status = engine.service(bot.key, now_us)
    assert status is not None
    return next((each for each in status.verdicts if each.objective.name == name), None)


def test_without_evidence_of_its_kind_an_objective_is_not_shown(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(feeder.event())
    assert verdict(engine, bot, "accuracy") is verdict(engine, bot, "response_quality") is None


def test_what_is_configured_is_shown_and_says_what_it_needs(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    objectives = tuple(replace(each, declared=True) for each in bot.objectives)
    engine.set_services([replace(bot, objectives=objectives)])
    feeder.fold(feeder.event())
    found = verdict(engine, bot, "response_quality")
    assert found is not None
    assert found.headline.status is Status.UNKNOWN
    assert found.headline.needs is not None
    assert found.headline.needs.of == "ratings"


@pytest.mark.parametrize(("rating", "expected"), [(5, Status.OK), (2, Status.BREACH)])
def test_ratings_are_judged_once_there_are_enough(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, rating: float, expected: Status
) -> None:
    feeder.fold(*rated(feeder, rating, 120))
    found = verdict(engine, bot, "response_quality")
    assert found is not None
    assert found.headline.status is expected
    assert WindowName.PAGE not in found.by_window
    assert found.headline.estimate.unit == "of 5"
    evidence = found.headline.estimate.evidence
    assert evidence is not None
    assert "kind=feedback" in evidence.query


def test_a_few_ratings_prove_nothing_however_bad(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*rated(feeder, 1, 3))
    found = verdict(engine, bot, "response_quality")
    assert found is not None
    assert found.headline.status is Status.UNKNOWN


def test_new_events_are_looked_at_ten_minutes_later_and_without_any_an_hour_later(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*rated(feeder, 5, 120))
    first = verdict(engine, bot, "response_quality")
    assert first is not None
    feeder.fold(*rated(feeder, 5, 10, until=NOON_US + US_PER_MINUTE))
    soon = verdict(engine, bot, "response_quality", NOON_US + 5 * US_PER_MINUTE)
    assert soon is not None
    assert soon.headline is first.headline
    later = verdict(engine, bot, "response_quality", NOON_US + 10 * US_PER_MINUTE)
    assert later is not None
    assert later.headline.estimate.n == 130
    last = verdict(engine, bot, "response_quality", NOON_US + 71 * US_PER_MINUTE)
    assert last is not None
    assert last.headline.decided_at_us == NOON_US + 71 * US_PER_MINUTE


def test_of_a_service_in_its_first_hour_new_events_are_looked_at_after_a_minute(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*rated(feeder, 5, 3))
    first = verdict(engine, bot, "response_quality")
    assert first is not None
    assert first.headline.status is Status.UNKNOWN
    feeder.fold(*rated(feeder, 5, 40, until=NOON_US + US_PER_MINUTE // 2))
    found = verdict(engine, bot, "response_quality", NOON_US + US_PER_MINUTE)
    assert found is not None
    assert found.headline.estimate.n == 43


def test_what_nobody_renews_turns_stale(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*rated(feeder, 5, 120))
    found = verdict(engine, bot, "response_quality")
    assert found is not None
    assert read_status(found.headline, NOON_US + 3 * US_PER_HOUR) is Status.OK
    assert read_status(found.headline, NOON_US + 3 * US_PER_HOUR + 1) is Status.STALE


def test_silence_ends_what_is_not_bad_news_and_a_word_brings_it_back(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    engine.set_services([replace(bot, cadence_s=60.0)])
    feeder.fold(*rated(feeder, 5, 120), feeder.event(at=NOON_US))
    last_us = NOON_US + 2 * US_PER_MINUTE
    spoken = verdict(engine, bot, "response_quality")
    assert spoken is not None
    assert read_status(spoken.headline, last_us) is Status.OK
    assert read_status(spoken.headline, last_us + 1) is Status.STALE  # however long the judge is frozen
    silent = verdict(engine, bot, "response_quality", last_us + 1)
    assert silent is not None
    assert silent.headline.status is Status.STALE
    assert silent.by_window[WindowName.REPORT].status is Status.OK  # a report is of the past
    feeder.fold(feeder.event(at=last_us + 1))
    again = verdict(engine, bot, "response_quality", last_us + US_PER_MINUTE)
    assert again is not None
    assert again.headline.status is Status.OK


def test_silence_does_not_end_a_breach(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    engine.set_services([replace(bot, cadence_s=60.0)])
    feeder.fold(*rated(feeder, 2, 120), feeder.event(at=NOON_US))
    assert verdict(engine, bot, "response_quality") is not None
    silent = verdict(engine, bot, "response_quality", NOON_US + 10 * US_PER_MINUTE)
    assert silent is not None
    assert silent.headline.status is Status.BREACH


def test_an_objective_stays_once_it_was_shown(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*rated(feeder, 5, 120))
    assert verdict(engine, bot, "response_quality") is not None
    later = verdict(engine, bot, "response_quality", NOON_US + 40 * US_PER_DAY)
    assert later is not None
    assert later.headline.status is Status.UNKNOWN


def test_numbers_of_evaluators_are_judged_where_there_are_any(
    telemetry: DuckTelemetry, feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    del telemetry
    feeder.fold(
        *(
            feeder.event(at=NOON_US - n * US_PER_MINUTE, attributes='{"evenkeel.answer.dont_know":1}')
            for n in range(1, 50)
        )
    )
    found = verdict(engine, bot, "dont_know_rate")
    assert found is not None
    assert found.headline.status is Status.BREACH
    assert verdict(engine, bot, "hallucination_rate") is None


class Broken:
    """An assessor of what cannot be read."""

    def __init__(self, _: Occasion) -> None: ...

    def has_evidence(self, objective: Objective) -> bool:
        del objective
        raise UnreadableError("The telemetry store cannot be read.")

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        del objective, name
        raise UnreadableError("The telemetry store cannot be read.")


def test_what_cannot_be_read_is_unknown_and_ends_nothing_else(
    telemetry: DuckTelemetry, feeder: Feeder, bot: JudgedService
) -> None:
    engine = ObjectiveEngine(telemetry, assessors={**plain_assessors(), Reads.LABELS: Broken})
    objectives = tuple(replace(each, declared=True) for each in bot.objectives)
    engine.set_services([replace(bot, objectives=objectives)])
    feeder.fold(*rated(feeder, 5, 120))
    broken = verdict(engine, bot, "accuracy")
    assert broken is not None
    assert (broken.headline.status, broken.headline.reasons) == (Status.UNKNOWN, ("unreadable",))
    assert "could not be read" in broken.sentence
    other = verdict(engine, bot, "response_quality")
    assert other is not None
    assert other.headline.status is Status.OK


def test_what_could_be_read_before_stays_until_it_is_stale(
    telemetry: DuckTelemetry, feeder: Feeder, bot: JudgedService
) -> None:
    assessors = dict(plain_assessors())
    engine = ObjectiveEngine(telemetry, assessors=assessors)
    engine.set_services([bot])
    feeder.fold(*rated(feeder, 5, 120))
    assert verdict(engine, bot, "response_quality") is not None
    assessors[Reads.TRIALS] = Broken
    hours = [1.5, 4.0]
    found = [verdict(engine, bot, "response_quality", NOON_US + int(each * US_PER_HOUR)) for each in hours]
    later = [
        each and read_status(each.headline, NOON_US + int(hour * US_PER_HOUR))
        for each, hour in zip(found, hours, strict=True)
    ]
    assert later == [Status.OK, Status.STALE]
