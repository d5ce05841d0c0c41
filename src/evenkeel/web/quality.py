"""How good a service's predictions were, as its page, the API and the command line tell it (SPEC Q-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.maturity import Maturity, State
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.windows import WindowQuality, mature_after, mature_window, measure_window
from evenkeel.kernel.time import Window, format_duration, isoformat
from evenkeel.store.telemetry.label_queries import PAIRS_MAX
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.series import LabelAge, LabelPair
from evenkeel.ui.formats import count, plural
from evenkeel.web.quality_pictures import draw_pictures
from evenkeel.web.quality_scores import read_scoring, scores_documents, scores_values
from evenkeel.web.quality_segments import numbers_document, numbers_values, segments_document, segments_values
from evenkeel.web.quality_words import shown
from evenkeel.web.traffic import Span

#: How labels come is told by this many steps of a window …
_STEPS: Final = 24
#: … and learned from so many windows: labels that take longer are not known to come at all.
_WINDOWS_LEARNED: Final = 14


def quality_document(telemetry: Telemetry, key: ServiceKey, span: Span) -> dict[str, Any]:
    """The same numbers for everybody: all predictions of the span, each version, and whether their labels are here;
    what their scores are worth, estimates before labels come, and segments."""
    document, labels_after = summary_document(telemetry, key, span)
    window, made = span.window, document["predictions"]
    scoring = read_scoring(telemetry, key, window, read_classes(document)) if made else None
    segments = segments_document(telemetry, key, window) if made else None
    known = made, labels_after
    return document | scores_documents(telemetry, key, window, scoring, known) | {"segments": segments}


def summary_document(telemetry: Telemetry, key: ServiceKey, span: Span) -> tuple[dict[str, Any], int | None]:
    """(what a list shows of a service's predictions, after how many 24ths of the span their labels are here)."""
    window = span.window
    pairs = list(telemetry.label_pairs(key, window))
    is_cut = len(pairs) > PAIRS_MAX
    ages, step_us = _ages(telemetry, key, window)
    labels_after = mature_after(ages, _STEPS)
    here_before = None if labels_after is None else isoformat(window.end_us - labels_after * step_us)
    labels = _labels((mature_window(ages, _STEPS), step_us)) | {"here_before": here_before}
    by_version = groupby([] if is_cut else pairs, key=lambda pair: pair.version)
    versions = [{"version": version, **_measured(list(rows))} for version, rows in by_version]
    document = {
        "service": key.service,
        "environment": key.environment,
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
        "labels": labels if pairs else None,
        "too_many_classes": is_cut,
        "classes_seen": sorted({name for pair in pairs for name in (pair.predicted, pair.truth) if name})[:3],
        **(_uncounted(pairs) if is_cut else _measured(pairs)),
        "versions": versions,
        "numbers": numbers_document(telemetry, key, window),
    }
    return document, labels_after


def read_classes(document: Mapping[str, Any]) -> list[str]:
    """The classes that were predicted or true in a document's window: three stand for more."""
    return list(document["classes_seen"])


def say_quality(document: Mapping[str, Any]) -> str:
    """How good the predictions were, in a sentence; or why nobody knows."""
    accuracy, made = document["figures"]["accuracy"], plural(document["predictions"], "predictions")
    if not document["predictions"]:
        return "No prediction of a class was made in this time."
    if document["too_many_classes"]:
        return f"{made} and more, of more classes than are counted: a label that is different each time is no class."
    if accuracy["value"] is None:
        return f"{made}, and of none it is known yet what was true."
    interval = f"{100 * accuracy['low']:.3g}–{100 * accuracy['high']:.3g} %"
    known = f"{plural(accuracy['n'], 'predictions')} whose truth is known, of {count(document['predictions'])} in all"
    bias = " How they were sampled is unknown, so shares may be biased." if document["sampled_unknown"] else ""
    return f"Accuracy {100 * accuracy['value']:.3g} % [{interval}] of {known}.{bias}"


def quality_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of it: each figure in words, and a matrix of the classes that are told."""
    names = [each["name"] for each in document["classes"]][:_MATRIX_MAX]
    cells = {(each["truth"], each["predicted"]): each["n"] for each in document["confusion"]}
    return {
        "says": say_quality(document),
        "labels": document["labels"],
        "figures": [(name, shown(figure)) for name, figure in document["figures"].items()],
        "versions": [
            (each["version"] or "not said", each["predictions"], each["labelled"], shown(each["figures"]["accuracy"]))
            for each in document["versions"]
        ],
        "classes": [
            (each["name"], *(shown(each[measure]) for measure in ("precision", "recall", "f1")))
            for each in document["classes"]
        ],
        "matrix": [(truth, [cells.get((truth, name), 0) for name in names]) for truth in names],
        "names": names,
        "disagreeing": document["disagreeing"],
        "too_many_classes": document["too_many_classes"],
        "predictions": document["predictions"],
        **scores_values(document),
        "pictures": draw_pictures(document["scores"]),
        "numbers": numbers_values(document["numbers"]),
        "segments": segments_values(document["segments"]),
    }


#: Classes that a matrix shows each way: more are read by nobody, and the JSON beside the page has them.
_MATRIX_MAX: Final = 8


def _ages(telemetry: Telemetry, key: ServiceKey, window: Window) -> tuple[Sequence[LabelAge], int]:
    """How labels came to predictions of each age, and how long a step of age is."""
    step_us = (window.end_us - window.start_us) // _STEPS
    learned = Window(window.end_us - _WINDOWS_LEARNED * _STEPS * step_us, window.end_us)
    return telemetry.label_ages(key, learned, step_us=step_us), step_us


def _labels(found: tuple[Maturity, int]) -> dict[str, Any]:
    maturity, step_us = found
    left_us = None if maturity.steps_left is None else maturity.steps_left * step_us
    return {
        "state": maturity.state.value,
        "arrived_ratio": maturity.arrived_ratio,
        "expected_now": maturity.expected_now,
        "expected_ever": maturity.expected_ever,
        "mature_in_s": None if left_us is None else left_us / 1e6,
        "says": _say(maturity, left_us),
    }


def _say(maturity: Maturity, left_us: int | None) -> str:
    ratio = maturity.arrived_ratio or 0.0
    match maturity.state:
        case State.MATURE:
            return "The labels are here, as far as they ever come."
        case State.PARTIAL:
            left = "" if not left_us else f"; {format_duration(left_us / 1e6)} more, and nearly all are"
            return f"{ratio:.0%} of the labels that will come are here{left}. Early labels are seldom a fair sample."
        case State.OVERDUE:
            expected = f"{count(maturity.labels)} labels are here where about {count(maturity.expected_now)} should be"
            return f"{expected}, as they used to come: look at what sends them."
        case State.EMPTY:
            return "All of it happened just now: how many labels are still to come is not known yet."
        case _:
            return "How labels usually come is not known yet, so nobody can tell how many are missing."


def _measured(pairs: Sequence[LabelPair]) -> dict[str, Any]:
    found = measure_window(pairs)
    return {
        "predictions": found.predictions,
        "labelled": found.confusion.n,
        "disagreeing": sum(pair.disagreeing for pair in pairs),
        "sampled_unknown": any(pair.sampled_unknown for pair in pairs),
        "figures": {name: figure_document(figure) for name, figure in found.figures.items()},
        "classes": _classes(found),
        "confusion": [
            {"truth": truth, "predicted": predicted, "n": n}
            for (truth, predicted), n in sorted(found.confusion.counts.items())
        ],
    }


def _uncounted(pairs: Sequence[LabelPair]) -> dict[str, Any]:
    """Of more classes than one answer holds: some of them say nothing of the rest, so there are no figures."""
    measured = _measured(pairs)
    figures = {name: figure_document(Figure.absent(Reason.TOO_MANY, "none")) for name in measured["figures"]}
    return measured | {"figures": figures, "classes": [], "confusion": []}


def _classes(found: WindowQuality) -> list[dict[str, Any]]:
    return [
        {"name": name, **{measure: figure_document(figure) for measure, figure in figures.items()}}
        for name, figures in found.by_class.items()
    ]
