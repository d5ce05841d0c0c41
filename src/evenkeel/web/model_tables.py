"""What is behind the charts and tables of a model, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from evenkeel.web.model_document import Part

Row = Sequence[Any]
Document = Mapping[str, Any]

_FIGURE: Final = ("value", "low", "high", "n", "reason")
_SINCE: Final = ("since_utc", "since_low_utc", "since_high_utc")
_BEHIND: Final = ("behind", "behind_low", "behind_high")
#: A cell that begins with one of these is taken for a formula by a spreadsheet.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_table(name: str, document: Document) -> str:
    """One of TABLES with a line of column names.

    >>> document = {"confusion": [{"truth": "a", "predicted": "=b", "n": 2.0}]}
    >>> write_table("confusion", document).splitlines()
    ['truth,predicted,n', "a,'=b,2.0"]
    """
    columns, rows = TABLES[name]
    return write_rows(columns, rows(document))


def write_rows(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as CSV below their names; a text that a spreadsheet would run as a formula begins with an apostrophe.

    >>> write_rows(("feature", "psi"), [("+a", 0.25), ("b, c", None)]).splitlines()
    ['feature,psi', "'+a,0.25", '"b, c",']
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _figure(figure: Document) -> list[Any]:
    return [figure[name] for name in _FIGURE]


def _course(document: Document) -> Iterable[Row]:
    return ([step["at"], *_figure(step), step["unlabelled"], step["partial"]] for step in document["course"]["steps"])


def _reliability(document: Document) -> Iterable[Row]:
    bins = document["scores"]["reliability"] if document["scores"] else ()
    return ([each["low"], each["high"], each["mean_score"], *_figure(each["share"])] for each in bins)


def _scores(document: Document) -> Iterable[Row]:
    tenths = document["scores"]["tenths"] if document["scores"] else ()
    return ([number / 10, (number + 1) / 10, n] for number, n in enumerate(tenths))


def _confusion(document: Document) -> Iterable[Row]:
    return ([each["truth"], each["predicted"], each["n"]] for each in document["confusion"])


def _segments(document: Document) -> Iterable[Row]:
    rows = document["segments"]["segments"] if document["segments"] else ()
    return ([each["attribute"], each["value"], *_figure(each["accuracy"]), each["finding"]] for each in rows)


def _versions(document: Document) -> Iterable[Row]:
    return (
        [each["version"], each["predictions"], each["labelled"], name, *_figure(figure)]
        for each in document["versions"]
        for name, figure in each["figures"].items()
    )


def _changes(document: Document) -> Iterable[Row]:
    found = document["changes"]
    return (
        [found["version"], found["beside"], row["measure"], row["newer"]["value"], row["older"]["value"]]
        + [row["difference"][name] for name in ("value", "low", "high")]
        + [row["told"], row["needs"]]
        for row in (found["measures"] if found else ())
    )


def _estimates(document: Document) -> Iterable[Row]:
    return (
        [each["version"], name, *_figure(row["estimated"]), row["realised"]["value"], row["error"]]
        for each in document["estimates"]
        for name, row in each["figures"].items()
    )


def _drift(document: Document) -> Iterable[Row]:
    return (
        [
            *(each[name] for name in ("feature", "status", "detected")),
            *(each["psi"][name] for name in ("value", "low", "high")),
            *(each["n"][name] for name in ("reference", "window")),
            *(None if each["since"] is None else each["since"][name] for name in ("at", "low", "high")),
        ]
        for each in document["drift"]["features"]
    )


def _distributions(document: Document) -> Iterable[Row]:
    return (
        [each["feature"], each_bin["bin"], each_bin["before"], each_bin["after"]]
        for each in document["drift"]["features"]
        for each_bin in each["distribution"]
    )


def _heat(document: Document) -> Iterable[Row]:
    return (
        [row["feature"], *(cell[name] for name in ("at", "state", "n", "psi"))]
        for row in document["drift"]["heat"]["rows"]
        for cell in row["cells"]
    )


def _fairness(document: Document) -> Iterable[Row]:
    return (
        [found["metric"], " × ".join(found["attributes"]), found["status"], rate["rate"], group["group"]]
        + [group[name] for name in ("value", "low", "high", "n")]
        + [group["behind"][name] for name in ("value", "low", "high")]
        for found in document["fairness"]["findings"]
        for rate in found["rates"]
        for group in rate["groups"]
    )


#: name -> (columns, rows of a model's document).
TABLES: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Document], Iterable[Row]]]]] = {
    "course": (("start_utc", *_FIGURE, "without_truth", "partial"), _course),
    "reliability": (("score_from", "score_to", "mean_score", *_FIGURE), _reliability),
    "scores": (("score_from", "score_to", "predictions"), _scores),
    "confusion": (("truth", "predicted", "n"), _confusion),
    "segments": (("attribute", "segment", *_FIGURE, "finding"), _segments),
    "versions": (("version", "predictions", "labelled", "measure", *_FIGURE), _versions),
    "changes": (
        ("version", "beside", "measure", "of_version", "of_beside", "difference", "low", "high", "told", "rows_needed"),
        _changes,
    ),
    "estimates": (("version", "measure", *_FIGURE, "realised", "mean_error_before"), _estimates),
    "drift": (("feature", "status", "detected", "psi", "low", "high", "rows_then", "rows_now", *_SINCE), _drift),
    "drift-map": (("feature", "start_utc", "state", "rows", "psi"), _heat),
    "distributions": (("feature", "bin", "then", "now"), _distributions),
    "fairness": (("metric", "groups", "status", "rate", "group", "value", "low", "high", "n", *_BEHIND), _fairness),
}

_OF_QUALITY: Final = frozenset({Part.QUALITY})
_OF_DRIFT: Final = frozenset({Part.DRIFT})
#: name -> parts of a model's document that its rows are made of: nothing else is computed for it.
PARTS: Final[Mapping[str, frozenset[Part]]] = {
    **dict.fromkeys(TABLES, _OF_QUALITY),
    "course": frozenset({Part.COURSE}),
    "changes": frozenset({Part.CHANGES}),
    **dict.fromkeys(("drift", "drift-map", "distributions"), _OF_DRIFT),
    "fairness": frozenset({Part.FAIRNESS}),
}
