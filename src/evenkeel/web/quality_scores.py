"""What a service's scores are worth, and what its quality will be before labels arrive (SPEC Q-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.quality.calibration import Calibration
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.estimated import PARTS_MIN, Performance
from evenkeel.judge.quality.window_estimates import Foretold, foretell
from evenkeel.judge.quality.window_scores import ScoredQuality, choose_scoring, measure_scores
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.predictions import ScoreTable, Scoring
from evenkeel.ui.formats import count
from evenkeel.web.quality_words import percent, say_reason, shown

#: Windows of the past that calibrate an estimate, each as long as the one that is shown …
_PARTS: Final = 14
#: … fewer where they hold more predictions than this: an answer should take seconds at most.
_HISTORY_ROWS: Final = 500_000
#: Which classes there are is read from so much of the past at least: a window may lack one.
_CLASSES_US: Final = 7 * US_PER_DAY
_TITLES: Final[Mapping[Performance, str]] = {
    Performance.ACCURACY: "accuracy",
    Performance.AUC: "AUC",
    Performance.PRECISION: "precision",
    Performance.RECALL: "recall",
    Performance.F1: "F1",
}
#: Figures that are shares and told in percent; the others are plain numbers.
_PERCENT: Final = ("calibration error", "accuracy", "precision", "recall", "F1")


def read_scoring(telemetry: Telemetry, key: ServiceKey, window: Window, classes: Sequence[str]) -> Scoring | None:
    """Which score is told of a service, by the classes of the window and of the days before; None of fewer than two."""
    longer = Window(min(window.start_us, window.end_us - _CLASSES_US), window.end_us)
    return choose_scoring([*classes, *telemetry.predicted_classes(key, longer, most=3)])


def scores_documents(
    telemetry: Telemetry, key: ServiceKey, window: Window, scoring: Scoring | None, known: tuple[float, int | None]
) -> dict[str, Any]:
    """`scores` and `estimates` of a window; `known` are its predictions, and after how many 24ths labels are here."""
    if scoring is None:
        return {"scores": None, "estimates": []}
    predictions, mature_age = known
    parts = int(min(_PARTS, max(PARTS_MIN, _HISTORY_ROWS // max(1.0, predictions))))
    length = window.end_us - window.start_us
    past = Window(window.start_us - parts * length, window.end_us)
    table = telemetry.scores(key, past, scoring, part_us=length)
    scores = _scores(table, scoring, parts)
    estimates: list[dict[str, Any]] = []
    if mature_age is not None and scoring.positive is not None:
        # Part p ends (parts - p) windows before now; a window has 24 steps of age.
        mature_before = parts + 1 - -(-mature_age // 24)
        estimates = [_estimate(each) for each in foretell(table, parts, mature_before)]
    return {"scores": scores, "estimates": estimates}


def _scores(table: ScoreTable, scoring: Scoring, now: int) -> dict[str, Any]:
    current = table.part == now
    found = measure_scores(table, scoring, current)
    versions = sorted(set(table.version[current].tolist()))
    document: dict[str, Any] = {
        "positive": scoring.positive,
        "negative": scoring.negative,
        "figures": _figures(found),
        "versions": [
            {"version": each, "figures": _figures(measure_scores(table, scoring, current & (table.version == each)))}
            for each in versions
        ],
        "reliability": _reliability(found.calibration),
        "error_by_chance": found.calibration.by_chance if found.calibration.bins else None,
        "tenths": list(found.tenths),
        "predictions": found.predictions,
        "missing": found.missing,
        "outside": found.outside,
    }
    return document | {"says": say_scores(document)}


def _figures(found: ScoredQuality) -> dict[str, Any]:
    return {name: figure_document(figure) for name, figure in found.figures.items()}


def _reliability(found: Calibration) -> list[dict[str, Any]]:
    return [
        {
            "low": each.low,
            "high": each.high,
            "n": each.rows,
            "mean_score": each.mean_score,
            "share": figure_document(each.positives),
        }
        for each in found.bins
    ]


def say_scores(document: Mapping[str, Any]) -> str:
    """What scores are worth, in a sentence or two; or why nobody knows."""
    area, error = document["figures"]["AUC"], document["figures"]["calibration error"]
    said: list[str] = []
    if area["value"] is not None:
        bounds = "" if area["low"] is None else f" [{area['low']:.3f}–{area['high']:.3f}]"
        classes = f"{document['positive']} from {document['negative']}"
        said.append(f"Scores tell {classes} with an AUC of {area['value']:.3f}{bounds}.")
    elif error["value"] is None or area["reason"] != "not_binary":
        said.append(say_reason(area["reason"]))
    if error["value"] is not None and error["low"] is not None:
        bounds = f"[{percent(error['low'])}–{percent(error['high'])}]"
        chance = f"chance alone gives {percent(document['error_by_chance'])}"
        if error["low"] == 0.0:
            said.append(f"They may well be probabilities: {percent(error['value'])} off {bounds}, {chance}.")
        else:
            said.append(f"As probabilities they are {percent(error['value'])} off {bounds}; {chance}.")
    return " ".join(said)


def _estimate(found: Foretold) -> dict[str, Any]:
    figures = {
        _TITLES[measure]: {
            "estimated": figure_document(found.estimated[measure]),
            "realised": figure_document(found.realised[measure]),
            "error": found.errors.get(measure),
            "usual": found.usual.get(measure),
        }
        for measure in _TITLES
    }
    document = {"version": found.version, "predictions": found.predictions, "windows": found.windows}
    return document | {"figures": figures, "says": _say_estimate(found)}


def _say_estimate(found: Foretold) -> str:
    version = f"version {found.version}" if found.version else "predictions of no version"
    accuracy = found.estimated[Performance.ACCURACY]
    if accuracy.value is None or accuracy.low is None or accuracy.high is None:
        return f"Of {version}: {say_reason(accuracy.reason.value if accuracy.reason else None)}"
    said = f"Estimate for {version}, without labels: accuracy {percent(accuracy.value)}"
    said += f" [{percent(accuracy.low)}–{percent(accuracy.high)}]"
    off = found.errors.get(Performance.ACCURACY)
    if off is not None:
        said += f". Over {found.windows} earlier windows such estimates were {100 * off:.2g} points off on average"
    usual = found.usual.get(Performance.ACCURACY)
    if usual is not None and not usual[0] <= accuracy.value <= usual[1]:
        said += f". That is outside of the usual {percent(usual[0])} to {percent(usual[1])}"
    return f"{said}."


def scores_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of it."""
    scores = document["scores"]
    return {
        "scores": None if scores is None else _scores_values(scores),
        "estimates": [
            {
                "says": each["says"],
                "rows": [
                    (name, _told(name, row["estimated"]), _told(name, row["realised"]), _off(row["error"]))
                    for name, row in each["figures"].items()
                    if row["estimated"]["value"] is not None
                ],
            }
            for each in document["estimates"]
        ],
    }


def _scores_values(scores: Mapping[str, Any]) -> dict[str, Any]:
    apart = [
        f"{count(scores[name])} {said}"
        for name, said in (("missing", "state no score"), ("outside", "state one outside of 0 to 1"))
        if scores[name]
    ]
    versions: Sequence[Mapping[str, Any]] = scores["versions"] if len(scores["versions"]) > 1 else ()
    return {
        "says": scores["says"],
        "positive": scores["positive"],
        "figures": [(name, _told(name, figure)) for name, figure in scores["figures"].items()],
        "versions": [
            (each["version"] or "not said", [_told(name, figure) for name, figure in each["figures"].items()])
            for each in versions
        ],
        "names": list(scores["figures"]),
        "apart": f"Of these predictions {' and '.join(apart)}." if apart else "",
    }


def _told(name: str, figure: Mapping[str, Any]) -> tuple[str, str, str]:
    return shown(figure, "percent" if name in _PERCENT else "plain")


def _off(error: float | None) -> str:
    return "–" if error is None else f"{error:.2g}"
