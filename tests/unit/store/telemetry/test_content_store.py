"""Some of the answers whose texts are stored are drawn at random: the same ones by the same seed."""

from __future__ import annotations

import json

from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_HOUR)
BOT = ServiceKey("production", "bot")
MARKS = ('"output":',)
TEXTS = json.dumps({"output": "Two days."})


def test_a_seed_draws_the_same_requests_whatever_else_comes(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(*(feeder.event(attributes=TEXTS) for _ in range(200)))
    first = telemetry.stored_answers(BOT, HOUR, MARKS, seed=1, limit=20)
    feeder.fold(*(feeder.event(attributes=TEXTS, service="other") for _ in range(50)))
    again = telemetry.stored_answers(BOT, HOUR, MARKS, seed=1, limit=20)
    other = telemetry.stored_answers(BOT, HOUR, MARKS, seed=2, limit=20)
    assert first == again
    assert (first.found, len(first.answers)) == (200, 20)
    assert {each.event_id for each in first.answers} != {each.event_id for each in other.answers}


def test_of_a_request_with_several_answers_the_last_one_is_taken(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    request = b"r" * 16
    events = [
        feeder.event(attributes=TEXTS.replace("Two", word), request_id=request, solo=False, at=NOON_US + n)
        for n, word in enumerate(("One", "Three"))
    ]
    feeder.fold(*events, feeder.event(attributes=json.dumps({"input": "output"})), feeder.event())
    found = telemetry.stored_answers(BOT, HOUR, MARKS, seed=1, limit=20)
    assert found.found == 1
    assert ["Three" in each.attributes for each in found.answers] == [True]
    assert telemetry.stored_answers(ServiceKey("a", "b"), HOUR, MARKS, seed=1, limit=20).found == 0
