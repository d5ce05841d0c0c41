"""What a service's answers were like, in words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from evenkeel.judge.model_judges.context_asking import CONTEXTS
from evenkeel.kernel.time import to_us
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.charts import Chart, Line, draw
from evenkeel.ui.formats import count, plural
from evenkeel.web.answers_people import draw_link
from evenkeel.web.golden_rows import golden_values

TITLES: Final[Mapping[str, str]] = {
    "unsupported": "With a sentence that no context bears out",
    "numbers_missing": "With a number that no context has",
    "dont_know": "“I don’t know”",
    "refusal": "Refused",
    "empty": "Empty",
    "rude": "With rude words",
    "other_language": "In another language than the prompt",
    "person_related": "Exchanges with person-related data",
    "grounding": "Borne out by contexts, mean",
    "answer_words": "Words of an answer, mean",
    "prompt_words": "Words of a prompt, mean",
}
_PLAIN: Final = frozenset(("answer_words", "prompt_words"))
_STYLES: Final = {"unsupported": "bad", "dont_know": "a", "refusal": "c"}
_NAMES: Final = {"unsupported": "not borne out", "dont_know": "I don’t know", "refusal": "refused"}
_BY_VERSION: Final = ("unsupported", "dont_know", "refusal", "answer_words")
_RETRIEVAL: Final = {"hit_rate": "Hit rate", "mrr": "MRR", "ndcg": "nDCG", "precision": "Precision"}
_OF_QUESTIONS: Final = ("dont_know", "refusal", "unsupported")
#: Languages that are listed; the JSON beside the page has all.
_LANGUAGES_MAX: Final = 8


def say_answers(document: Mapping[str, Any]) -> str:
    """What the answers were like, in two sentences; or why nobody knows."""
    evaluated, answers = document["evaluated"], document["answers"]
    if not evaluated:
        if document["left_out"]:
            return f"None of {plural(document['left_out'], 'answers')} was evaluated: all were left out."
        return f"Of {plural(answers, 'answers')} none was evaluated: their text is not known here."
    of = f", of {count(answers)} in all" if answers >= evaluated else ""
    said = f"{plural(evaluated, 'answers')} evaluated{of}."
    unsupported = document["figures"]["unsupported"]
    if unsupported["value"] is None:
        return f"{said} None came with contexts that it could be compared with: whether they bear out is unknown."
    interval = f"{100 * unsupported['low']:.3g}–{100 * unsupported['high']:.3g} %"
    compared = f"of the {count(unsupported['n'])} that could be compared with their contexts"
    return (
        f"{said} {100 * unsupported['value']:.3g} % [{interval}] {compared} have a sentence that these do not bear out."
    )


def answers_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows."""
    ratings, figures = document["ratings"], document["figures"]
    return {
        "says": document["says"],
        "answers": document["answers"],
        "evaluated": document["evaluated"],
        "left_out": document["left_out"],
        "over_budget": document["over_budget"],
        "failed": document["failed"],
        "figures": [
            (TITLES[name], _shown(name, figure))
            for name, figure in figures.items()
            if name != "person_related" or figure["n"]  # only the guard of the gateway tells
        ],
        "languages": [_languages(side, found) for side, found in document["languages"].items() if found["told"]],
        "charts": _charts(document),
        "versions": [
            (each["version"] or "not said", each["evaluated"],
             [_shown(name, each["figures"][name]) for name in _BY_VERSION])
            for each in document["versions"]
        ],
        "version_titles": [_NAMES.get(name, "words") for name in _BY_VERSION],
        "retrieval": _retrieval(document["retrieval"]) | {"draw": _draw(document)},
        "golden": golden_values(document.get("golden", ())),
        "questions": _questions(document["questions"]) if "questions" in document else None,
        "ratings": _ratings(ratings) if ratings["rated"] or ratings["thumbs"] else None,
        "is_anything": bool(document["evaluated"] or document["left_out"] or ratings["rated"] or ratings["thumbs"]),
        "service": document["service"],
        "people": [(each["status"], each["says"], each["draw"]) for each in document.get("by_people", ())],
    }  # fmt: skip


def _shown(name: str, figure: Mapping[str, Any]) -> tuple[str, str, str]:
    """(value, interval, sample); why there is none."""
    if figure["value"] is None:
        return "unknown", "", ""
    scale, unit = (1, "") if name in _PLAIN else (100, " %")
    low, high = figure["low"], figure["high"]
    bounds = "" if low is None else f"{max(0.0, scale * low):.3g}–{scale * high:.3g}{unit}"
    return f"{scale * figure['value']:.3g}{unit}", bounds, f"n\u00a0{count(figure['n'])}"


def _languages(side: str, found: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        (each["name"], _shown("share", each), "" if each["before"] is None else f"{100 * each['before']:.3g} %")
        for each in found["shares"][:_LANGUAGES_MAX]
    ]
    title = "Languages of prompts" if side == "prompt" else "Languages of answers"
    more = len(found["shares"]) - len(rows)
    return {
        "title": title, "says": found["says"], "rows": rows, "more": more, "has_changed": bool(found["changes"]),
        "untold": found["untold"],
    }  # fmt: skip


def _charts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Shares over time; none where there is one moment only."""
    points, step_us = document["trend"]["points"], document["trend"]["step_s"] * 1_000_000
    if not document["evaluated"] or len(points) < 2:
        return []
    start, end = (to_us(datetime.fromisoformat(document[name])) for name in ("from", "to"))
    end = -(-end // step_us) * step_us  # the last step is drawn whole
    moments = [to_us(datetime.fromisoformat(point["at"])) for point in points]
    lines = [
        Line(
            _NAMES[name],
            [(at, None if point[name] is None else point[name]["value"])
             for at, point in zip(moments, points, strict=True)],
            style,
            {at: (point[name]["low"], point[name]["high"])
             for at, point in zip(moments, points, strict=True) if point[name] is not None},
        )
        for name, style in _STYLES.items()
        if any(point[name] is not None for point in points)
    ]  # fmt: skip
    if not lines:
        return []
    chart = Chart("Answers over time", "share of answers", lines, start, end, step_us, write=_percent)
    return [{"title": chart.title, "unit": chart.unit, "svg": draw(chart), "lines": chart.lines}]


def _questions(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "says": found["says"],
        "others": found["in_other_groups"] + found["without_words"],
        "has_words": any(each["words"] for each in found["groups"]),
        "groups": [
            (
                " · ".join(each["words"]) or f"Group {number}",
                _shown("share", each["share"]),
                [_shown("share", each["figures"][name]) for name in _OF_QUESTIONS],
            )
            for number, each in enumerate(found["groups"], 1)
        ],
    }


def _draw(document: Mapping[str, Any]) -> str:
    """Where people are asked which contexts are relevant: divided by what the first judge of contexts says."""
    judges = [each["name"] for each in document["retrieval"]["sources"] if each["kind"] == "judge"]
    key = ServiceKey(document["environment"], document["service"])
    return draw_link(key, CONTEXTS, judges[0] if judges else "")


def _retrieval(found: Mapping[str, Any]) -> dict[str, Any]:
    missing = found["cited_missing"]
    return {
        "says": found["says"],
        "places": found["places"],
        "is_any": bool(found["with_contexts"] or found["sources"]),
        "documents": _shown("answer_words", found["documents"]),
        "missing": _shown("share", missing) if missing["n"] else None,
        "sources": [
            (
                f"Judged by {each['name']}" if each["kind"] == "judge" else "Cited in the answer",
                [(title, _shown("share", each["figures"][name])) for name, title in _RETRIEVAL.items()],
            )
            for each in found["sources"]
        ],
    }


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _ratings(ratings: Mapping[str, Any]) -> dict[str, Any]:
    mean, possible = ratings["mean"], ratings["possible"]
    shown = ("unknown", "", "")
    if mean["value"] is not None:
        shown = (f"{mean['value']:.2f} of 5", f"{mean['low']:.2f}–{mean['high']:.2f}", f"n\u00a0{count(mean['n'])}")
    most = max((each["n"] for each in ratings["stars"]), default=1)
    return {
        "rated": ratings["rated"],
        "rated_answers": ratings["rated_answers"],
        "mean": shown,
        "response": _shown("share", ratings["response"]),
        "possible": "unknown" if possible is None else f"{possible[0]:.2f}–{possible[1]:.2f}",
        "stars": [(f"{each['rating']:g}", each["n"], each["n"] / most) for each in reversed(ratings["stars"])],
        "thumbs": ratings["thumbs"],
        "thumbs_up": _shown("share", ratings["thumbs_up"]),
        "thumbs_response": _shown("share", ratings["thumbs_response"]),
    }
