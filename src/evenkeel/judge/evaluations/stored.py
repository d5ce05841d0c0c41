"""Answers whose texts are stored with their events: found, and read again when somebody is shown one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.judge.evaluations.model import FLAGGED, PASSED, Candidate, Texts
from evenkeel.kernel.time import Window
from evenkeel.observe.evaluators.evaluate import EVALUATORS
from evenkeel.observe.evaluators.exchange import ANSWER_MARKS, Exchange, read_exchange
from evenkeel.observe.evaluators.language import tell_language
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Answers that are drawn from: all of a window, or so many of them at random.
FRAME_MAX: Final = 5_000
_LANGUAGE: Final = "evenkeel.language.answer."
_UNSUPPORTED: Final = "evenkeel.grounding.unsupported"


def find_answers(
    telemetry: Telemetry, key: ServiceKey, window: Window, *, seed: int, is_checked: bool = False
) -> tuple[int, list[Candidate]]:
    """(how many answers of the window have their texts stored, those of them that may be drawn, with their texts).

    Where it `is_checked`, each has the verdict of the grounding check.
    """
    stored = telemetry.stored_answers(key, window, ANSWER_MARKS, seed=seed, limit=FRAME_MAX)
    found: list[Candidate] = []
    for each in stored.answers:
        attributes = _attributes(each.attributes)
        texts = read_texts(attributes)
        if texts is not None:
            language = _language(attributes, texts.answer)
            verdict = tell_grounding(attributes, texts) if is_checked else ""
            found.append(Candidate(each.event_id, each.at_us, each.version, language, verdict, texts))
    return stored.found, found


def tell_grounding(attributes: Mapping[str, Any], texts: Texts) -> str:
    """The grounding check's verdict on an answer: the one that was kept of it, else that of its texts.

    Empty where there is nothing that it could be compared with.

    >>> tell_grounding({"evenkeel.grounding.unsupported": 2}, Texts("Two days."))
    'flagged'
    >>> tell_grounding({}, Texts("It takes two days.", contexts=("It takes two days.",)))
    'passed'
    """
    number = attributes.get(_UNSUPPORTED)
    if not isinstance(number, (int, float)):
        exchange = Exchange(answer=texts.answer, contexts=texts.contexts)
        number = EVALUATORS["grounding"].run(exchange).get("unsupported")
    return "" if number is None else FLAGGED if number > 0 else PASSED


def load_stored(telemetry: Telemetry, event_id: str) -> Texts | None:
    """The texts of an event, as long as they are kept."""
    event = telemetry.event(event_id)
    return None if event is None else read_texts(_attributes(event["attributes"]))


def read_texts(attributes: Mapping[str, Any]) -> Texts | None:
    """What was asked and answered, out of an event's attributes; None where no answer is among them.

    >>> read_texts({"gen_ai.prompt": "How long?", "gen_ai.completion": "Two days."})
    Texts(answer='Two days.', prompt='How long?', contexts=())
    """
    exchange = read_exchange({name: value for name, value in attributes.items() if isinstance(value, str)})
    if exchange.answer is None:
        return None
    return Texts(exchange.answer, exchange.prompt or "", exchange.contexts)


def _attributes(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return {}
    document: object = json.loads(text)
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _language(attributes: Mapping[str, Any], answer: str) -> str:
    told = next((name for name in attributes if name.startswith(_LANGUAGE)), "")
    if told:
        return told.removeprefix(_LANGUAGE).replace("unknown", "")
    return tell_language(answer).language or ""
