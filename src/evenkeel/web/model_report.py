"""The report of a model: how it is, what changed, for whom, and what to do; one list of parts for page and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.ui.formats import count, plural
from evenkeel.web.model_report_changes import changes_blocks
from evenkeel.web.model_report_drift import drift_section
from evenkeel.web.model_report_fairness import fairness_section
from evenkeel.web.quality import quality_values
from evenkeel.web.quality_course import retraining_values
from evenkeel.web.quality_pictures import draw_course
from evenkeel.web.quality_words import shown
from evenkeel.web.report_blocks import (
    Block,
    Cell,
    Facts,
    Picture,
    Pictures,
    Report,
    Section,
    Text,
    Tile,
    Tiles,
    number,
    table,
)

#: Versions that the foot of a page names.
_VERSIONS_NAMED: Final = 4
_NO_REASON: Final = (
    "Inputs that moved are no reason: only accuracy that fell, or scores that no longer keep what they promise."
)
_ESTIMATES: Final = "Estimates see that other cases come. That the same cases now end otherwise, only labels show."
_READ: Final = (
    "A number is followed by its 95 % interval and by how many predictions it rests on. Unknown means that nobody can"
    " tell, and why; it is neither good nor bad."
)


def model_report(document: Mapping[str, Any], window: Window, made_at: str) -> Report:
    """All parts of the report of one model, from its document (`model_document.model_document`)."""
    quality = quality_values(document)
    parts = [
        Section("", (Tiles(tuple(_tiles(document))),)),
        *_predictions(document, quality, window),
        *_versions(quality, document["changes"]),
        *_classes(quality),
        *_scores(quality),
        *_estimates(quality),
        *_segments(quality),
        *_numbers(quality),
        drift_section(document["drift"]),
        fairness_section(document["fairness"]),
        *_retraining(document),
        Section("How to read this", (Text(_READ, is_quiet=True),)),
    ]
    names = [each["version"] or "not said" for each in document["versions"]]
    more = f" and {len(names) - _VERSIONS_NAMED} more" if len(names) > _VERSIONS_NAMED else ""
    said = f"{', '.join(names[:_VERSIONS_NAMED])}{more}" or "none"
    span = f"{_minute(document['from'])} to {_minute(document['to'])} UTC"
    return Report(document["service"], document["environment"], said, span, made_at, tuple(parts))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _predictions(document: Mapping[str, Any], quality: Mapping[str, Any], window: Window) -> Iterator[Section]:
    if not document["predictions"]:
        return
    blocks: list[Block] = [Text(quality["says"])]
    if quality["labels"]:
        blocks.append(Text(quality["labels"]["says"], is_quiet=True))
    course = document["course"]
    if course["change"] is not None:
        blocks.append(Text(course["change"]["says"]))
    if course["steps"]:
        early = any(each["partial"] for each in course["steps"])
        legend = (("a", "accuracy"), ("b", "by early labels, which are seldom a fair sample")) if early else ()
        picture = Picture("Accuracy", draw_course(course, window), "over time, with its 95 % interval", legend)
        blocks.append(Pictures((picture,)))
    blocks.append(Facts(tuple((name[:1].upper() + name[1:], figure) for name, figure in quality["figures"])))
    if quality["disagreeing"]:
        blocks.append(Text(f"{count(quality['disagreeing'])} were told several truths; the last one counts.", "", True))
    yield Section("Predictions", tuple(blocks))


def _versions(quality: Mapping[str, Any], changes: Mapping[str, Any] | None) -> Iterator[Section]:
    rows = [
        (Cell(version), Cell(count(made)), Cell(count(known)), number(accuracy))
        for version, made, known, accuracy in quality["versions"]
    ]
    blocks: list[Block] = []
    if len(rows) > 1:
        heading = ("Version", "Predictions", "Truth known", "Accuracy")
        blocks.append(table(heading, rows, numeric=(1, 2, 3)))
    if changes is not None:
        blocks += changes_blocks(changes)
    if blocks:
        yield Section("Versions side by side", tuple(blocks))


def _classes(quality: Mapping[str, Any]) -> Iterator[Section]:
    if not quality["classes"]:
        return
    each_class = [(Cell(name), *(number(each) for each in measures)) for name, *measures in quality["classes"]]
    matrix = [(Cell(truth), *(Cell(count(n)) for n in cells)) for truth, cells in quality["matrix"]]
    names = quality["names"]
    yield Section(
        "What was true, and what was predicted",
        (
            table(("Class", "Precision", "Recall", "F1"), each_class, numeric=(1, 2, 3)),
            table(("True", *(f"predicted {name}" for name in names)), matrix, numeric=range(1, len(names) + 1)),
        ),
    )


def _scores(quality: Mapping[str, Any]) -> Iterator[Section]:
    scores = quality["scores"]
    if scores is None:
        return
    blocks: list[Block] = [Text(scores["says"])]
    if scores["apart"]:
        blocks.append(Text(scores["apart"], is_quiet=True))
    blocks.append(Facts(tuple((name[:1].upper() + name[1:], figure) for name, figure in scores["figures"])))
    if scores["versions"]:
        rows = [(Cell(version), *(number(each) for each in figures)) for version, figures in scores["versions"]]
        heading = ("Version", *(name[:1].upper() + name[1:] for name in scores["names"]))
        blocks.append(table(heading, rows, numeric=range(1, len(heading))))
    if quality["pictures"]:
        drawn = (Picture(each["title"], each["svg"], each["note"]) for each in quality["pictures"])
        blocks.append(Pictures(tuple(drawn)))
    yield Section(f"Scores of {scores['positive']}" if scores["positive"] else "Confidence", tuple(blocks))


def _estimates(quality: Mapping[str, Any]) -> Iterator[Section]:
    blocks: list[Block] = []
    for each in quality["estimates"]:
        blocks.append(Text(each["says"]))
        rows = [
            (Cell(name), number(estimated), number(realised), Cell(off))
            for name, estimated, realised, off in each["rows"]
        ]
        if rows:
            heading = ("Measure", "Estimate", "By the labels at hand", "Estimates were off by")
            blocks.append(table(heading, rows, numeric=(1, 2, 3)))
    if blocks:
        yield Section("Before labels arrive", (*blocks, Text(_ESTIMATES, is_quiet=True)), "estimate")


def _segments(quality: Mapping[str, Any]) -> Iterator[Section]:
    segments = quality["segments"]
    if segments is None:
        return
    rows = [
        (
            Cell(row["name"]),
            number(row["accuracy"]),
            Cell(row["finding"], status="warning") if row["is_worse"] else Cell(beneath=row["finding"]),
        )
        for row in segments["rows"]
    ]
    blocks: list[Block] = [
        Text(segments["says"]),
        table(("Segment", "Accuracy", "Against the rest"), rows, numeric=(1,)),
    ]
    if segments["left_out"]:
        worse = segments["worse_left_out"]
        which = f", {count(worse)} of them worse than the rest" if worse else "; they were looked at as well"
        left_out = plural(segments["left_out"], "more segments")
        blocks.append(Text(f"{left_out} not shown{which}.", is_quiet=True))
    yield Section("By segment", tuple(blocks))


def _numbers(quality: Mapping[str, Any]) -> Iterator[Section]:
    numbers = quality["numbers"]
    if numbers is None:
        return
    blocks: list[Block] = [Text(numbers["says"])]
    if numbers["apart"]:
        blocks.append(Text(numbers["apart"], is_quiet=True))
    names = [name[:1].upper() + name[1:] for name, _ in numbers["figures"]]
    blocks.append(Facts(tuple(zip(names, (figure for _, figure in numbers["figures"]), strict=True))))
    if numbers["versions"]:
        rows = [
            (Cell(version), Cell(count(made)), *(number(figure) for _, figure in figures))
            for version, made, figures in numbers["versions"]
        ]
        blocks.append(table(("Version", "Predictions", *names), rows, numeric=range(1, len(names) + 2)))
    yield Section("Predicted numbers", tuple(blocks))


def _retraining(document: Mapping[str, Any]) -> Iterator[Section]:
    if not document["predictions"]:
        return
    advice = retraining_values(document["retraining"])
    rows = [(Cell(sign), Cell(sentence), Cell(why_not)) for sign, sentence, why_not in advice["findings"]]
    blocks = (
        Text(advice["says"]),
        table(("Sign", "What is found", "Why not"), rows),
        Text(_NO_REASON, is_quiet=True),
    )
    yield Section("Should it be trained again?", blocks)


def _tiles(document: Mapping[str, Any]) -> Iterator[Tile]:
    """What a glance needs."""
    if document["numbers"] is not None and not document["predictions"]:
        figures = document["numbers"]["figures"]
        yield Tile("MAE", shown(figures["MAE"], "plain"), "Mean size of an error.")
        yield Tile("RMSE", shown(figures["RMSE"], "plain"), "Large errors count more.")
        yield Tile("Bias", shown(figures["bias"], "plain"), "Above 0: too large.")
    else:
        yield from _tiles_of_classes(document)
    yield _drift_tile(document["drift"])
    fairness = document["fairness"]
    if fairness["policy"] is not None:
        yield Tile("Fairness", (fairness["status"], "", ""), fairness["says"])


def _tiles_of_classes(document: Mapping[str, Any]) -> Iterator[Tile]:
    labels, scores = document["labels"], document["scores"]
    yield Tile("Accuracy", shown(document["figures"]["accuracy"]), "By the labels that are here.")
    yield Tile("Confident", shown(document["figures"]["confidence ≥ 0.8"]), "Are at least 0.8 sure.")
    if scores is not None and scores["positive"] is not None:
        said = f"How well scores tell {scores['positive']} from {scores['negative']}."
        yield Tile("AUC", shown(scores["figures"]["AUC"], "plain"), said)
    waiting = document["predictions"] - document["labelled"]
    state = "unknown" if labels is None else labels["state"]
    note = "" if labels is None else labels["says"]
    yield Tile("Labels", (state, "", f"{count(waiting)} predictions without"), note)
    advice = document["retraining"]
    word = "yes" if advice["retrain"] else "nothing says so" if advice["known"] else "unknown"
    yield Tile("Train again?", (word, "", ""), advice["says"])


def _drift_tile(drift: Mapping[str, Any]) -> Tile:
    """The feature that moved most, by how much, and how many rows that rests on."""
    features = drift["features"]
    if not features:
        return Tile("Drift", ("unknown", "", ""), drift["says"][0])
    worst = features[0]
    psi, rows = worst["psi"], count(worst["n"]["window"])
    high = "∞" if psi["high"] is None else f"{psi['high']:.2g}"
    shown_psi = f"PSI {psi['value']:.2g} [{psi['low']:.2g}–{high}]"
    return Tile("Drift", (worst["status"], shown_psi, f"n\u00a0{rows}"), drift["says"][0])
