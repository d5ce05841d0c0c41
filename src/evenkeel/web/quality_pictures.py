"""Pictures of quality: whether scores are probabilities, how they are spread, and how accuracy went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.ui.charts import Change, Chart, Line, draw
from evenkeel.ui.formats import count
from evenkeel.ui.plots import Axes, Bar, Point, draw_bars, draw_points
from evenkeel.web.quality_words import percent

#: Versions named on a chart, the latest ones: more would cover it.
_VERSIONS_MAX: Final = 5


def draw_pictures(scores: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The reliability picture and the histogram of scores; nothing where no score is known or can be trusted."""
    if scores is None or scores["figures"]["calibration error"]["value"] is None:
        return []
    positive = scores["positive"]
    what = "of which were right" if positive is None else f"of which were {positive}"
    score = "confidence" if positive is None else f"score of {positive}"
    points = [
        Point(
            each["mean_score"],
            each["share"]["value"],
            each["share"]["low"],
            each["share"]["high"],
            f"{score} {each['mean_score']:.2f}: {percent(each['share']['value'])}"
            f" [{percent(each['share']['low'])}–{percent(each['share']['high'])}] {what}, n {count(each['n'])}",
        )
        for each in scores["reliability"]
    ]
    whole = sum(scores["tenths"]) or 1.0
    bars = [
        Bar(i / 10, (i + 1) / 10, n, f"{i / 10:g} to {(i + 1) / 10:g}: {count(n)} ({percent(n / whole)})")
        for i, n in enumerate(scores["tenths"])
    ]
    return [
        {
            "title": "Are scores probabilities?",
            "note": "On the line they are.",
            "svg": draw_points(points, Axes("Reliability", score, "share that was so")),
        },
        {
            "title": "How scores are spread",
            "note": "With a truth or without.",
            "svg": draw_bars(bars, Axes("Predictions by score", score, "predictions")),
        },
    ]


def draw_course(course: Mapping[str, Any], window: Window) -> str:
    """Accuracy over time with its interval, when versions came up and when it changed.

    Steps whose labels are still to come are told apart.
    """
    steps = course["steps"]
    lines = [
        _accuracy("accuracy", "a", [each for each in steps if not each["partial"]]),
        _accuracy("by early labels", "b", [each for each in steps if each["partial"]]),
    ]
    moments = [
        (each["first_at_us"], each["version"])
        for each in course["versions"]
        if window.start_us <= each["first_at_us"] < window.end_us
    ]
    lows = [each[name] for each in steps for name in ("low", "value") if each[name] is not None]
    floor = int(10 * min(lows, default=0.0)) / 10
    return draw(
        Chart(
            "Accuracy",
            "share of predictions",
            [line for line in lines if line.points],
            window.start_us,
            window.end_us,
            course["step_s"] * 1_000_000,
            moments=moments[-_VERSIONS_MAX:],
            changes=[] if course["change"] is None else [_change(course["change"])],
            scale=(min(floor, 0.9), 1.0),
            write=percent,
        )
    )


def _change(found: Mapping[str, Any]) -> Change:
    earliest_us, latest_us = found["span_us"]
    verb = "fell" if found["after"]["value"] < found["before"]["value"] else "rose"
    return Change(found["at_us"], earliest_us, latest_us, verb)


def _accuracy(name: str, style: str, steps: Sequence[Mapping[str, Any]]) -> Line:
    band = {each["at_us"]: (each["low"], each["high"]) for each in steps if each["low"] is not None}
    return Line(name, [(each["at_us"], each["value"]) for each in steps], style, band)
