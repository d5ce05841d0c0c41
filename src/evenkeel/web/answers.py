"""What a service's answers were like, as its page, the API and the command line tell it (SPEC Q-1, OBS-7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.quality.answers import (
    LANGUAGE_TEXTS_MIN,
    Languages,
    compute_mean,
    compute_rate,
    count_languages,
    find_language_changes,
)
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.ratings import summarise_ratings
from evenkeel.kernel.language.names import language_name
from evenkeel.kernel.stats.jeffreys import jeffreys_interval
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, isoformat
from evenkeel.observe.evaluators.evaluating import EVALUATED, FAILED, OVER_BUDGET
from evenkeel.store.telemetry.feature_port import NumberSum, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.rating_port import RatingCount
from evenkeel.web.answers_words import say_answers
from evenkeel.web.questions import PREFIX
from evenkeel.web.retrieval import retrieval_document
from evenkeel.web.traffic import Span

#: Figures that are shares of answers: name -> the number that is above 0.
RATES: Final[Mapping[str, str]] = {
    "unsupported": "evenkeel.grounding.unsupported",
    "numbers_missing": "evenkeel.grounding.numbers_missing",
    "dont_know": "evenkeel.answer.dont_know",
    "refusal": "evenkeel.answer.refusal",
    "empty": "evenkeel.answer.empty",
    "rude": "evenkeel.answer.rude",
    "other_language": "evenkeel.language.differs",
    "person_related": "evenkeel.pii.findings",
}
#: Figures that are means over answers.
MEANS: Final[Mapping[str, str]] = {
    "grounding": "evenkeel.grounding.score",
    "answer_words": "evenkeel.answer.words",
    "prompt_words": "evenkeel.prompt.words",
}
_SIDES: Final = ("prompt", "answer")
_COUNTED: Final = (EVALUATED, OVER_BUDGET, FAILED)
#: What is told over time.
_TREND: Final = ("unsupported", "dont_know", "refusal")
#: Longer windows are told by days.
_HOURS_MAX_US: Final = 8 * US_PER_DAY
#: What was before is learned from a day at least: an hour of the night is no measure for one of the morning.
_BEFORE_MIN_US: Final = US_PER_DAY
_SCALE: Final = (1.0, 5.0)

ByName = Mapping[str, Sequence[NumberSum]]


def answers_document(telemetry: Telemetry, key: ServiceKey, span: Span) -> dict[str, Any]:
    """The same numbers for everybody: of answers that were evaluated, out of how many, of all and of each version."""
    step, window = _stepped(span)
    rows = telemetry.numbers(key, window, None, step=step)
    step_us = US_PER_HOUR if step == "hour" else US_PER_DAY
    length_us = max(window.end_us - window.start_us, _BEFORE_MIN_US) // step_us * step_us
    before = Window(window.start_us - length_us, window.start_us)
    minutes = telemetry.minutes(key, window, step_minutes=60)
    given = sum(row.good for row in minutes)
    by_name = _by_name(rows)
    document: dict[str, Any] = {
        "service": key.service,
        "environment": key.environment,
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
        "answers": given,
        **_counted(by_name),
        "figures": _figures(by_name),
        "languages": _languages(rows, telemetry.numbers(key, before, None, step=step)),
        "before_from": isoformat(before.start_us),
        "trend": {"step_s": step_us // 1_000_000, "points": _trend(rows)},
        "versions": _versions(rows),
        "retrieval": retrieval_document(by_name),
        "has_questions": f"{PREFIX}words" in by_name,  # `/questions` tells
        "ratings": _ratings(telemetry.ratings(key, window), given),
    }
    return document | {"says": say_answers(document)}


def _stepped(span: Span) -> tuple[Step, Window]:
    """Sums are kept by hours and days: the window begins with the one it begins in."""
    length = span.window.end_us - span.window.start_us
    step: Step = "hour" if length <= _HOURS_MAX_US else "day"
    step_us = US_PER_HOUR if step == "hour" else US_PER_DAY
    return step, Window(span.window.start_us // step_us * step_us, span.window.end_us)


def _by_name(rows: Sequence[NumberSum]) -> ByName:
    found = defaultdict[str, list[NumberSum]](list)
    for row in rows:
        found[row.name].append(row)
    return found


def _counted(by_name: ByName) -> dict[str, float]:
    seen = sum(row.n for row in by_name.get(EVALUATED, ()))
    evaluated, over_budget, failed = (sum(row.positive for row in by_name.get(name, ())) for name in _COUNTED)
    return {"evaluated": evaluated, "left_out": seen - evaluated, "over_budget": over_budget, "failed": failed}


def _figures(by_name: ByName) -> dict[str, dict[str, Any]]:
    rates = {name: figure_document(compute_rate(by_name.get(number, ()))) for name, number in RATES.items()}
    means = {name: figure_document(compute_mean(by_name.get(number, ()))) for name, number in MEANS.items()}
    return rates | means


def _trend(rows: Sequence[NumberSum]) -> list[dict[str, Any]]:
    """Of each hour or day with any answer: how many were evaluated, and the shares over time."""
    by_step = defaultdict[int, list[NumberSum]](list)
    for row in rows:
        by_step[row.at].append(row)
    points: list[dict[str, Any]] = []
    for at, found in sorted(by_step.items()):
        by_name = _by_name(found)
        shares = {name: _share(by_name.get(RATES[name], ())) for name in _TREND}
        points.append({"at": isoformat(at), "evaluated": _counted(by_name)["evaluated"], **shares})
    return points


def _share(rows: Sequence[NumberSum]) -> dict[str, Any] | None:
    n, hits = sum(row.effective_n for row in rows), sum(row.positive for row in rows)
    whole = sum(row.n for row in rows)
    if not n or not whole:
        return None
    low, high = jeffreys_interval(hits / whole * n, n)
    return {"value": hits / whole, "low": low, "high": high, "n": whole}


def _versions(rows: Sequence[NumberSum]) -> list[dict[str, Any]]:
    by_version = defaultdict[str, list[NumberSum]](list)
    for row in rows:
        by_version[row.version].append(row)
    made = [(version, _by_name(found)) for version, found in sorted(by_version.items())]
    return [{"version": name, **_counted(found), "figures": _figures(found)} for name, found in made]


def _languages(now: Sequence[NumberSum], before: Sequence[NumberSum]) -> dict[str, Any]:
    return {side: _language(now, before, f"evenkeel.language.{side}.") for side in _SIDES}


def _language(now: Sequence[NumberSum], before: Sequence[NumberSum], prefix: str) -> dict[str, Any]:
    here, there = count_languages(now, prefix), count_languages(before, prefix)
    changes = find_language_changes(there, here)
    side = "prompts" if "prompt" in prefix else "answers"
    return {
        "told": here.told,
        "untold": here.untold,
        "told_before": there.told,
        "shares": [_told(name, here, there) for name in dict.fromkeys((*here.counts, *there.counts))],
        "changes": [
            {"language": each.language, "before": each.before, "now": each.now, "low": each.low, "high": each.high}
            for each in changes
        ],
        "says": _say_languages(side, here, there, [each.language for each in changes]),
    }


def _told(name: str, here: Languages, there: Languages) -> dict[str, Any]:
    low, high = jeffreys_interval(here.counts.get(name, 0.0) / here.deff, here.told / here.deff)
    return {
        "language": name,
        "name": language_name(name),
        "n": here.counts.get(name, 0.0),
        "value": here.share(name) if here.told else None,
        "low": low if here.told else None,
        "high": high if here.told else None,
        "before": there.share(name) if there.told else None,
    }


def _say_languages(side: str, here: Languages, there: Languages, changed: Sequence[str]) -> str:
    """One sentence; what chance explains is no change."""
    if not here.told:
        return f"The language of no {side[:-1]} is known."
    if min(here.told, there.told) < LANGUAGE_TEXTS_MIN:
        main = next(iter(here.counts))
        return f"{_percent(here.share(main))} of the {side} are in {language_name(main)}; before there were too few."
    if not changed:
        main = next(iter(here.counts))
        return f"{_percent(here.share(main))} of the {side} are in {language_name(main)}, as before within chance."
    came = next((name for name in changed if here.share(name) > there.share(name)), None)
    if came is None:
        gone = changed[0]
        return (
            f"Only {_percent(here.share(gone))} of the {side} are in {language_name(gone)} now, and no other one took"
            f" its place; before it were {_percent(there.share(gone))}."
        )
    return (
        f"{_percent(here.share(came))} of the {side} are in {language_name(came)} now; before it were"
        f" {_percent(there.share(came))}. That is more than chance."
    )


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.3g} %"


def _ratings(rows: Sequence[RatingCount], answers: float) -> dict[str, Any]:
    """Stars and thumbs, of each person and answer the last; with the share of answers that got any.

    Who could have rated are all that were answered; what the mean could be is told where each answer has one rating.

    With more ratings than answers nobody knows of what the ratings are a share: the answers are not logged here.
    """
    stars = {row.rating: int(row.n) for row in rows if row.rating is not None}
    thumbs = {name: int(sum(row.n for row in rows if row.thumb == name)) for name in ("up", "down")}
    rated, thumbed = sum(stars.values()), sum(thumbs.values())
    found = summarise_ratings(stars, max(int(answers), rated), _SCALE)
    things = int(max((row.things for row in rows if row.rating is not None), default=rated))
    response = summarise_ratings({1: things}, max(int(answers), things), _SCALE).response
    raised = summarise_ratings({1: thumbs["up"], 0: thumbs["down"]}, max(int(answers), thumbed), (0.0, 1.0))
    unknown = Figure.absent(Reason.NO_REFERENCE, "Jeffreys")
    is_known = things <= answers
    return {
        "rated": rated,
        "rated_answers": things,
        "mean": figure_document(found.mean),
        "response": figure_document(response if is_known else unknown),
        "possible": found.possible if is_known and things == rated else None,
        "stars": [{"rating": rating, "n": n} for rating, n in sorted(stars.items())],
        "thumbs": thumbed,
        "thumbs_up": figure_document(raised.mean),
        "thumbs_response": figure_document(raised.response if thumbed <= answers else unknown),
    }
