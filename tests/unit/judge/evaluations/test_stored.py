"""Texts are found with their events, and gone with them."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.judge.evaluations.model import Texts
from evenkeel.judge.evaluations.stored import find_answers, load_stored, read_texts
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US

BOT = ServiceKey("production", "bot")
HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + 1)


def test_answers_are_found_with_version_and_language(panel: Any) -> None:
    panel.feeder.fold(
        panel.feeder.event(attributes=json.dumps({"output.value": "Zwei Tage.", "evenkeel.language.answer.de": 1.0})),
        panel.feeder.event(attributes=json.dumps({"evenkeel.answer.words": 3})),  # no texts
        panel.feeder.event(attributes=None),
        panel.feeder.event(attributes=json.dumps({"output.value": "x"}), service="other"),
    )
    found, answers = find_answers(panel.telemetry, BOT, HOUR, seed=1)
    assert found == 1
    assert [(each.language, each.version, each.texts) for each in answers] == [("de", "1", Texts("Zwei Tage."))]
    assert load_stored(panel.telemetry, answers[0].id) == Texts("Zwei Tage.")
    assert load_stored(panel.telemetry, "00000000-0000-0000-0000-00000000ffff") is None


def test_the_language_is_told_where_no_evaluator_did(panel: Any) -> None:
    said = "Dies ist eine ganz gewöhnliche Antwort auf eine Frage, die jemand gestellt hat."
    panel.feeder.fold(panel.feeder.event(attributes=json.dumps({"output.value": said})))
    assert find_answers(panel.telemetry, BOT, HOUR, seed=1)[1][0].language == "de"


def test_attributes_without_an_answer_have_no_texts() -> None:
    assert read_texts({"gen_ai.prompt": "How long?", "n": 1}) is None
