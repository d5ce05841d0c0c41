"""Numbers that a service predicted, and its predictions by segment, as page, API and command line tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.window_numbers import NumberQuality, measure_numbers
from evenkeel.judge.quality.window_segments import Finding, Segment, judge_segments
from evenkeel.kernel.stats.weights import Weight
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.predictions import Scoring
from evenkeel.ui.formats import count, plural
from evenkeel.web.quality_words import percent, say_reason, shown

#: Segments that are told one by one: the worse ones, then the largest. All of them are counted.
SEGMENTS_TOLD: Final = 30
#: Worse ones are told beyond that, up to so many.
WORSE_TOLD: Final = 200
_FINDINGS: Final[Mapping[str, str]] = {
    Finding.WORSE: "worse than the rest",
    Finding.NOT_WORSE: "no worse, beyond chance",
    Finding.TOO_FEW: "too few rows to tell",
    Finding.NO_LABELS: "truth not known yet",
    Finding.ALL_ROWS: "is everything",
}


def numbers_document(telemetry: Telemetry, key: ServiceKey, window: Window) -> dict[str, Any] | None:
    """How far predicted numbers were off, of all and of each version; None where none was predicted."""
    rows = list(telemetry.number_errors(key, window))
    if not rows:
        return None
    found = measure_numbers(rows)
    document = _numbers(found)
    document["versions"] = [
        {"version": version, **_numbers(measure_numbers(list(these)))}
        for version, these in groupby(rows, key=lambda row: row.version)
    ]
    return document | {"says": _say_numbers(found)}


def _numbers(found: NumberQuality) -> dict[str, Any]:
    apart = ("unlabelled", "told_as_class", "infinite", "huge", "zero_truth")
    return {
        "predictions": found.predictions,
        "compared": found.compared,
        "figures": {name: figure_document(figure) for name, figure in found.figures.items()},
        **{name: getattr(found, name) for name in apart},
    }


def _say_numbers(found: NumberQuality) -> str:
    mae, made = found.figures["MAE"], plural(found.predictions, "numbers")
    if mae.value is None:
        return f"{made} {'was' if found.predictions == 1 else 'were'} predicted. {say_reason(mae.reason)}"
    bounds = "" if mae.low is None else f" [{mae.low:.3g}–{mae.high:.3g}]"
    return f"Predicted numbers are {mae.value:.3g}{bounds} off on average, of {count(found.compared)} of {made}."


def segments_document(telemetry: Telemetry, key: ServiceKey, window: Window) -> dict[str, Any] | None:
    """Predictions by segment, the worse ones first; None where predictions name no segment."""
    rows = list(telemetry.label_segments(key, window))
    if not rows:
        return None
    hits, misses = _totals(telemetry, key, window)
    found = judge_segments(rows, hits, misses)
    worse = sum(each.finding is Finding.WORSE for each in found.rows)
    told = found.rows[: max(SEGMENTS_TOLD, min(worse, WORSE_TOLD))]
    document: dict[str, Any] = {
        "segments": [_segment(each) for each in told],
        "all": len(found.rows),
        "worse": worse,
        "tested": found.tested,
        "untested": found.untested,
    }
    return document | {"says": _say_segments(document)}


def _totals(telemetry: Telemetry, key: ServiceKey, window: Window) -> tuple[Weight, Weight]:
    """How the right and the wrong predictions of the window count, whatever segment and however many classes."""
    steps = telemetry.label_steps(key, window, Scoring(), step_us=window.end_us - window.start_us)
    hits = sum((Weight(step.right, step.right_squares) for step in steps), Weight())
    misses = sum((Weight(step.wrong, step.wrong_squares) for step in steps), Weight())
    return hits, misses


def _segment(each: Segment) -> dict[str, Any]:
    worse = each.worse
    return {
        "attribute": each.attribute,
        "value": each.value,
        "accuracy": figure_document(each.accuracy),
        "unlabelled": each.unlabelled,
        "finding": each.finding.value,
        "errors": None
        if worse is None
        else {
            "share": worse.share,
            "low": worse.low,
            "high": worse.high,
            "rest": worse.rest,
            "best_guess": worse.shrunk,
            "q": worse.q,
        },
    }


def _say_segments(document: Mapping[str, Any]) -> str:
    worse = document["worse"]
    looked = f"of {plural(document['tested'], 'segments')} that could be told apart"
    if document["untested"]:
        looked += f" ({count(document['untested'])} more have too few rows)"
    if not worse:
        return f"No segment is worse than the rest beyond chance, {looked}."
    first = document["segments"][0]
    errors = first["errors"]
    bounds = f"[{percent(errors['low'])}–{percent(errors['high'])}]"
    return (
        f"{plural(worse, 'segments')} {'is' if worse == 1 else 'are'} worse than the rest, {looked}:"
        f" {first['attribute']} {first['value']} is wrong in {percent(errors['share'])} {bounds},"
        f" the rest in {percent(errors['rest'])}."
    )


def numbers_values(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a page shows of predicted numbers."""
    if document is None:
        return None
    apart = [
        f"{count(document[name])} {said}"
        for name, said in (
            ("unlabelled", "have no truth yet"),
            ("told_as_class", "have a class as their truth"),
            ("infinite", "are not finite"),
            ("huge", "are off by more than 10⁴⁰"),
            ("zero_truth", "have a truth of 0 and are in no MAPE"),
        )
        if document[name]
    ]
    return {
        "says": document["says"],
        "figures": _told(document["figures"]),
        "versions": [
            (each["version"] or "not said", each["predictions"], _told(each["figures"]))
            for each in (document["versions"] if len(document["versions"]) > 1 else ())
        ],
        "apart": f"Of these, {', '.join(apart)}." if apart else "",
    }


def _told(figures: Mapping[str, Any]) -> list[tuple[str, tuple[str, str, str]]]:
    return [(name, shown(each, "percent" if name == "MAPE" else "plain")) for name, each in figures.items()]


def segments_values(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a page shows of segments."""
    if document is None:
        return None
    told: Sequence[Mapping[str, Any]] = document["segments"]
    return {
        "says": document["says"],
        "rows": [
            {
                "name": f"{each['attribute']} = {each['value']}",
                "accuracy": shown(each["accuracy"]),
                "finding": _FINDINGS[each["finding"]],
                "is_worse": each["finding"] == Finding.WORSE,
                "unlabelled": each["unlabelled"],
            }
            for each in told
        ],
        "left_out": document["all"] - len(told),
        "worse_left_out": max(0, document["worse"] - len(told)),
    }
