"""What a version of a model is better or worse at than another, as page, API and command line tell it (SPEC OPS-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from evenkeel.judge.quality.difference import Difference, Told, compare_versions, is_share
from evenkeel.judge.quality.maturity import State
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import Window, to_us
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui.formats import count
from evenkeel.web.quality import quality_document
from evenkeel.web.quality_words import shown
from evenkeel.web.traffic import Span

#: Measures that need no truth: they are compared however young the labels are.
_WITHOUT_LABELS: Final = ("confidence ≥ 0.8", "confidence < 0.5")
_CASES: Final = "Versions that were not in use at the same time may have had other cases."
_YOUNG: Final = "What needs labels is not compared: which of them are here is not known yet."
_OVERDUE: Final = "What needs labels is not compared: fewer of them are here than should be, as they used to come."
_WORDS: Final[Mapping[str, str]] = {Told.HIGHER: "has more", Told.LOWER: "has less"}


def changes_document(
    telemetry: Telemetry, key: ServiceKey, span: Span, document: Mapping[str, Any], chosen: tuple[str, str] = ("", "")
) -> dict[str, Any] | None:
    """The latest version of a span beside the one before it, or two that are `chosen`; None where there is but one.

    `document` is `quality.quality_document` of the span. Labels that are still to come are no fair sample: what needs
    them is compared over the part of the span whose labels are here, and is unknown where nobody knows which that is
    or where labels are missing that should be here.

    Raises NotFoundError for a version that predicted nothing in the span.
    """
    pair = _choose(telemetry, key, document, chosen)
    if pair is None:
        return None
    window = _mature(document, span.window)
    known: Mapping[str, Any] | None = None
    if window is not None:
        known = document if window == span.window else quality_document(telemetry, key, replace(span, window=window))
    newer, older = (_figures(document, known, version) for version in pair)
    found = [each for each in compare_versions(newer, older) if newer[each.measure].n or older[each.measure].n]
    rows = [_row(each, newer[each.measure], older[each.measure], pair) for each in found]
    return {
        "version": pair[0],
        "beside": pair[1],
        "labels_from": None if known is None else known["from"],
        "labels_to": None if known is None else known["to"],
        "measures": rows,
        "says": _say(found, rows) if known else _OVERDUE if _is_overdue(document) else _YOUNG,
    }


def _choose(
    telemetry: Telemetry, key: ServiceKey, document: Mapping[str, Any], chosen: tuple[str, str]
) -> tuple[str, str] | None:
    parts = (document["versions"], (document["numbers"] or {"versions": ()})["versions"])
    held = list(dict.fromkeys(each["version"] for part in parts for each in part if each["version"]))
    for each in chosen:
        if each and each not in held:
            hint = f"There are {', '.join(held[:8])}." if held else "Predictions of this time name no version."
            raise NotFoundError(f"No prediction of this time is of version {each[:60]!r}.", hint=hint)
    order = [span.version for span in telemetry.version_spans(key)]
    held.sort(key=lambda name: order.index(name) if name in order else -1, reverse=True)
    newer = chosen[0] or next((each for each in held if each != chosen[1]), "")
    rest = held[held.index(newer) + 1 :] if newer in held else []
    older = chosen[1] or next(iter(rest), "") or next((each for each in held if each != newer), "")
    return (newer, older) if newer and older and newer != older else None


def _mature(document: Mapping[str, Any], window: Window) -> Window | None:
    """The part of a window whose labels are here. Of numbers alone nobody learns how truths come: all of it."""
    labels = document["labels"]
    if labels is None or labels["state"] == State.MATURE.value:
        return window
    if labels["here_before"] is None or _is_overdue(document):
        return None
    end_us = min(window.end_us, to_us(datetime.fromisoformat(labels["here_before"])))
    return Window(window.start_us, end_us) if end_us > window.start_us else None


def _is_overdue(document: Mapping[str, Any]) -> bool:
    return document["labels"] is not None and document["labels"]["state"] == State.OVERDUE.value


def _figures(document: Mapping[str, Any], known: Mapping[str, Any] | None, version: str) -> dict[str, Figure]:
    """All figures of a version, of the same measures each time."""
    found: dict[str, Figure] = {}
    told = known or document
    for part in (told, told["scores"], told["numbers"]):
        found |= _of_version(part, version)
    if known is None:
        found = {name: Figure.absent(Reason.NO_LABELS, each.method, n=each.n) for name, each in found.items()}
    now = _of_version(document, version)
    return found | {name: now[name] for name in _WITHOUT_LABELS if name in now}


def _of_version(part: Mapping[str, Any] | None, version: str) -> dict[str, Figure]:
    """The figures of one version in one part of a document."""
    for each in part["versions"] if part else ():
        if each["version"] == version:
            return {name: _figure(figure) for name, figure in each["figures"].items()}
    return {}


def _figure(told: Mapping[str, Any]) -> Figure:
    reason = None if told["reason"] is None else Reason(told["reason"])
    return Figure(told["value"], told["low"], told["high"], told["n"], told["method"], reason)


def _row(found: Difference, newer: Figure, older: Figure, pair: tuple[str, str]) -> dict[str, Any]:
    return {
        "measure": found.measure,
        "unit": "points" if is_share(found.measure) else "",
        "newer": _plain(newer),
        "older": _plain(older),
        "difference": {"value": found.value, "low": found.low, "high": found.high},
        "told": found.told.value,
        "needs": found.needs,
        "says": _sentence(found, pair),
    }


def _plain(figure: Figure) -> dict[str, Any]:
    reason = None if figure.reason is None else figure.reason.value
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n, "reason": reason}


def _sentence(found: Difference, pair: tuple[str, str]) -> str:
    name = found.measure
    if found.value is None or found.low is None or found.high is None:
        return f"{name}: unknown, for one of the two has no interval."
    interval = f"95 % interval {_size(name, found.low)} to {_size(name, found.high)}"
    unit = " points" if is_share(name) else ""
    if found.told is Told.ALIKE:
        return f"{name}: alike; a difference that matters is ruled out ({interval}{unit})."
    if found.told is Told.NOT_TOLD_APART:
        more = f": needs about {count(found.needs)} more rows of both together" if found.needs else ""
        return f"{name}: not told apart{more} ({interval}{unit})."
    low, high = sorted((abs(found.low), abs(found.high)))
    size = f"{_size(name, abs(found.value))}{unit}, 95 % interval {_size(name, low)} to {_size(name, high)}"
    if found.told in _WORDS:
        return f"{name}: version {pair[0]} {_WORDS[found.told]}, by {size}."
    return f"{name}: version {pair[0]} is {found.told.value} by {size}."


def _size(name: str, value: float) -> str:
    return f"{100 * value:.1f}" if is_share(name) else f"{value:.3g}"


def _say(found: Sequence[Difference], rows: Sequence[Mapping[str, Any]]) -> str:
    """What is told of all measures, in a sentence or two."""
    decided = [row["says"] for row in rows if row["told"] in (Told.BETTER, Told.WORSE)]
    if decided:
        more = f" {len(decided) - 3} more measures differ." if len(decided) > 3 else ""
        return f"{' '.join(each[:1].upper() + each[1:] for each in decided[:3])}{more} {_CASES}"
    if all(each.told is Told.UNKNOWN for each in found):
        return "Nothing can be compared yet: too few rows of one of the two have a known truth."
    first = next((row["says"] for row in rows if row["told"] == Told.NOT_TOLD_APART), "")
    return f"Neither version is shown to be better. {first[:1].upper()}{first[1:]} {_CASES}".replace("  ", " ")


def changes_values(document: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """A row per measure as a page shows it: of both versions, the difference, and what it means."""
    if document is None:
        return []
    return [
        {
            "measure": f"{row['measure'][:1].upper()}{row['measure'][1:]}",
            "older": shown(row["older"], "percent" if _is_percent(row) else "plain"),
            "newer": shown(row["newer"], "percent" if _is_percent(row) else "plain"),
            "difference": _shown_difference(row),
            "told": row["told"].replace("_", " "),
            "needs": "" if row["needs"] is None else f"needs about {count(row['needs'])} more rows",
        }
        for row in document["measures"]
    ]


def _is_percent(row: Mapping[str, Any]) -> bool:
    return row["unit"] == "points" and row["measure"] != "AUC"


def _shown_difference(row: Mapping[str, Any]) -> tuple[str, str, str]:
    found, name = row["difference"], row["measure"]
    if found["value"] is None:
        return "unknown", "", ""
    sign = "+" if found["value"] > 0 else ""
    unit = " points" if row["unit"] else ""
    interval = "" if found["low"] is None else f"{_size(name, found['low'])} to {_size(name, found['high'])}"
    return f"{sign}{_size(name, found['value'])}{unit}", interval, ""
