"""How a service's quality went over time, and whether its model should be trained again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.judge.quality.advice import Advice
from evenkeel.judge.quality.course import accuracy_course, advise
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.windows import mature_after
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, isoformat
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.predictions import Scoring
from evenkeel.web.quality_change import change_document

#: Steps of a course: about 24 of a window, so that each holds enough for an interval that says something.
_STEPS: Final = (5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR, 6 * US_PER_HOUR, US_PER_DAY)
_STEPS_MOST: Final = 32
#: Advice looks back this far: five weeks and what labels need to come.
_ADVICE_DAYS: Final = 60
#: How labels come is learned by days; a week of them must have been seen.
_WEEK: Final = 7


def course_document(
    telemetry: Telemetry, key: ServiceKey, window: Window, scoring: Scoring | None, here_before_us: int | None
) -> dict[str, Any]:
    """Accuracy step by step, from when on it was another, and when versions came up.

    Labels of predictions before `here_before_us` are here; of a step that is not before it the early ones are told, and
    that they are partial. With None nobody knows how labels come.
    """
    length = window.end_us - window.start_us
    step_us = next((step for step in _STEPS if length // step <= _STEPS_MOST), _STEPS[-1])
    steps = telemetry.label_steps(key, window, scoring or Scoring(), step_us=step_us)
    versions = [span for span in telemetry.version_spans(key) if span.version]
    told = [
        {
            "at": isoformat(each.at),
            "at_us": each.at,
            "unlabelled": each.unlabelled,
            "partial": here_before_us is None or each.at + step_us > here_before_us,
            **figure_document(each.accuracy),
        }
        for each in accuracy_course(steps)
    ]
    return {
        "step_s": step_us // 1_000_000,
        "steps": told,
        "change": change_document(told),
        "versions": [
            {"version": span.version, "first_at": isoformat(span.first_at), "first_at_us": span.first_at}
            for span in versions
        ],
    }


def retraining_document(telemetry: Telemetry, key: ServiceKey, now_us: int, scoring: Scoring | None) -> dict[str, Any]:
    """Whether to train the newest version again, with what was found of each sign and why it does not speak."""
    end_us = now_us // US_PER_DAY * US_PER_DAY
    window = Window(end_us - _ADVICE_DAYS * US_PER_DAY, end_us)
    days = telemetry.label_steps(key, window, scoring or Scoring(), step_us=US_PER_DAY)
    age = mature_after(telemetry.label_ages(key, window, step_us=US_PER_DAY), _WEEK) if days else None
    found = advise(days, None if age is None else end_us - age * US_PER_DAY)
    return {
        "retrain": found.retrain,
        "known": _is_known(found),
        "labels_known_after_days": age,
        "findings": [
            {
                "sign": each.sign.value,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "why_not": None if each.why_not is None else each.why_not.value,
                "sentence": each.sentence,
            }
            for each in found.findings
        ],
        "says": _say(found, age),
    }


def _is_known(found: Advice) -> bool:
    """Whether anything was found that could speak for training it again: with too few days nothing can."""
    return any(each.value is not None for each in found.findings)


def _say(found: Advice, age: int | None) -> str:
    if age is None:
        return "Nothing is advised: how labels come, day by day, is not known yet. It takes a week of predictions."
    if not _is_known(found):
        return " ".join(["Whether to train it again is not known yet.", *_sentences(found)])
    verdict = "Train it again." if found.retrain else "Nothing speaks for training it again."
    return " ".join([verdict, *_sentences(found)])


def _sentences(found: Advice) -> list[str]:
    """What decides, each once: the signs that speak for it, or why none does."""
    return list(dict.fromkeys(each.sentence for each in found.findings if (each.why_not is None) == found.retrain))


def retraining_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of the advice."""
    return {
        "says": document["says"],
        "retrain": document["retrain"],
        "findings": [
            (each["sign"].replace("_", " "), each["sentence"], (each["why_not"] or "speaks for it").replace("_", " "))
            for each in document["findings"]
        ],
    }
