"""What the view *Drift* shows: rows worst first, a strip of cells for each feature, and one feature's distributions."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.ui.formats import count, plural
from evenkeel.ui.histograms import draw_histogram
from evenkeel.ui.strips import StripCell, StripMark, draw_strip
from evenkeel.web.model_tables import write_table

#: Features of one page of the table and of the map.
PER_PAGE: Final = 40
#: Names that stand on one line, of features that share a reason.
_NAMES_MAX: Final = 40

_STATES: Final = {
    "empty": "no rows",
    "reference": "part of the reference",
    "unknown": "unknown",
    "no": "no drift",
    "small": "differs, too little to matter",
    "warning": "may matter",
    "breach": "matters",
}


def drift_values(document: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows. Raises NotFoundError for a feature or a page that there is none of."""
    features: Sequence[Mapping[str, Any]] = document["features"]
    pages = max(1, -(-len(features) // PER_PAGE))
    page = _page(query.get("page", "1"), pages)
    shown = features[(page - 1) * PER_PAGE : page * PER_PAGE]
    heat = {row["feature"]: row["cells"] for row in document["heat"]["rows"]}
    chosen = _chosen(features, query.get("feature", ""))
    how, since, todo = document["says"]
    return {
        "mood": _mood(document),
        "how": how,
        "since": since,
        "todo": todo,
        "reference": _say_reference(document),
        "limits": _say_limits(document["limits"]),
        "rows": [_row(each) for each in shown],
        "strips": [_strip(each, heat.get(each["feature"], ()), document["heat"]["step"]) for each in shown],
        "ends": _ends(document),
        "legend": [(state, words) for state, words in _STATES.items() if state != "empty"],
        "chosen": None if chosen is None else _picture(chosen),
        "carried": _carried(document.get("carried")),
        "versions": [_version(each) for each in document["versions"]],
        "waiting": _by_reason(document["waiting"]),
        "retired": _by_reason(document["retired"]),
        "page": page,
        "pages": pages,
        "features": len(features),
    }


def _say_limits(limits: Mapping[str, Mapping[str, float]]) -> str:
    """What matters, as the objectives of drift say it."""
    data, said = limits["data"], "An index (PSI) up to {target:g} is ok; beyond it, where the difference is more than"
    said = f"{said} chance, a warning; and it matters where its lower bound is beyond {{alert:g}}".format(**data)
    if limits["prediction"] != data:
        other = limits["prediction"]
        said += f"; of predictions, up to {other['target']:g} and beyond {other['alert']:g}"
    return f"{said}. The objectives of drift say the same."


def write_csv(document: Mapping[str, Any]) -> str:
    """What is behind the map, a line per feature and cell."""
    return write_table("drift-map", {"drift": document})


def _by_reason(features: Mapping[str, str]) -> list[tuple[str, str]]:
    """(why, the features that share it): thirty features that wait for the same are one line."""
    found: dict[str, list[str]] = {}
    for name in sorted(features):
        found.setdefault(features[name], []).append(name)
    return [(why, _list(names)) for why, names in found.items()]


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_MAX
    return f"{', '.join(names[:_NAMES_MAX])}{f' and {more} more' if more > 0 else ''}"


def _mood(document: Mapping[str, Any]) -> str:
    statuses = {each["status"] for each in document["features"]}
    return next(
        (word for word in ("breach", "warning", "unknown") if word in statuses), "ok" if statuses else "unknown"
    )


def _page(given: str, pages: int) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise InvalidInputError(f"page is {given[:20]!r}.", hint="Write a number from 1 on.")
    if not 1 <= int(given) <= pages:
        raise NotFoundError(f"There is no page {int(given)}.", hint=f"There are {pages}.")
    return int(given)


def _chosen(features: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The feature that the URL names, or the one that is worst."""
    if not name:
        return features[0] if features else None
    found = next((each for each in features if each["feature"] == name), None)
    if found is None:
        raise NotFoundError(f"No feature {name[:60]!r} is judged here.", hint="The table names those that are.")
    return found


def _say_reference(document: Mapping[str, Any]) -> str:
    reference = document["reference"]
    if reference["origin"] == "past":
        chosen = f"chosen by {reference['author']} on {reference['made_at'][:10]}: {reference['reason']}"
        return f"Compared with {reference['says']}, {chosen}."
    if reference["origin"] == "unreadable":
        who = f"given by {reference['author']} on {reference['made_at'][:10]}"
        return f"Compared with nothing: the reference {who} cannot be read. {reference['says']}"
    if reference["origin"] == "given":
        source = f" of {reference['source']}" if reference["source"] else ""
        who = f"given by {reference['author']} on {reference['made_at'][:10]}: {reference['reason']}"
        return f"Compared with {plural(reference['rows'], 'rows')}{source}, {who}."
    days = [day for each in document["features"] for day in each["reference"]["days"]]
    if not days:
        return "Compared with the first whole week of its own traffic, once there is one."
    span = f"{min(days)} to {max(days)}"
    if any(each["reference"]["provisional"] for each in document["features"]):
        return f"Compared with its own traffic of {span} for now; with its first whole week once that is there."
    return f"Compared with the first whole week of its own traffic, {span}."


def _row(each: Mapping[str, Any]) -> dict[str, Any]:
    psi = each["psi"]
    high = "∞" if psi["high"] is None else f"{psi['high']:.2g}"
    # The index stands in a column of its own.
    whole = str(each["says"]).removeprefix(each["feature"]).removeprefix(":").strip()
    before = whole.rpartition(" (PSI ")[0]
    said = f"{before}." if before else whole
    return {
        "feature": each["feature"],
        "status": each["status"],
        "psi": (f"{psi['value']:.2g}", f"[{psi['low']:.2g}–{high}]"),
        "change": _change(each),
        "says": said[:1].upper() + said[1:],
        "signals": ", ".join(signal.replace("_", " ") for signal in each["signals"]),
        "n": count(each["n"]["window"]),
        "since": "" if each["since"] is None else each["since"]["says"],
    }


def _change(each: Mapping[str, Any]) -> str:
    """From what to what: medians, or the level that changed most."""
    before, after = each["median"]["before"], each["median"]["after"]
    if each["kind"] == "numeric" and before is not None and after is not None:
        return f"{_number(before)} → {_number(after)}"
    if each["levels"]:
        level = each["levels"][0]
        return f"{level['level']} {_percent(level['before'])} → {_percent(level['after'])}"
    return ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.{2 if share < 0.1 else 3}g} %"


def _strip(each: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], step: str) -> dict[str, Any]:
    feature, mark = each["feature"], _mark(each["since"], cells)
    told = Counter(cell["state"] for cell in cells)
    summary = ", ".join(f"{told[state]} {words}" for state, words in _STATES.items() if told[state])
    drawn = [StripCell(cell["state"], _cell_title(cell)) for cell in cells]
    began = "" if mark is None else f"; {mark.title}"
    return {"feature": feature, "svg": draw_strip(drawn, f"{feature} by {step}: {summary or 'nothing'}{began}", mark)}


def _mark(since: Mapping[str, Any] | None, cells: Sequence[Mapping[str, Any]]) -> StripMark | None:
    """Where in the map it began; what began before it has no mark."""
    if since is None or not cells or since["at"] < cells[0]["at"]:
        return None
    starts = [cell["at"] for cell in cells]
    place, low, high = (max(0, bisect_right(starts, since[name]) - 1) for name in ("at", "low", "high"))
    return StripMark(place, low, high, since["says"])


def _cell_title(cell: Mapping[str, Any]) -> str:
    psi = "" if cell["psi"] is None else f", PSI {cell['psi']:.2g}"
    return f"{cell['at'][:16].replace('T', ' ')} UTC: {_STATES[cell['state']]}{psi}, {plural(cell['n'], 'rows')}"


def _ends(document: Mapping[str, Any]) -> tuple[str, str]:
    cells = next((row["cells"] for row in document["heat"]["rows"]), ())
    length = 16 if document["heat"]["step"] == "hour" else 10
    return (
        (cells[0]["at"][:length].replace("T", " "), cells[-1]["at"][:length].replace("T", " ")) if cells else ("", "")
    )


def _picture(each: Mapping[str, Any]) -> dict[str, Any]:
    drawn = [_drawn(f"{each['feature']}{_of(each['told_of'])}", each["distribution"], _caption(each))]
    if each["lengths"]:
        drawn.append(_lengths(each["feature"], each["lengths"]))
    return {
        "feature": each["feature"],
        "says": each["says"],
        "matters": each["status"] in ("breach", "warning"),
        "drawn": drawn,
        "before_n": count(each["n"]["reference"]),
        "after_n": count(each["n"]["window"]),
    }


def _drawn(title: str, distribution: Sequence[Mapping[str, Any]], caption: str) -> dict[str, Any]:
    bins = [(each["bin"], each["before"], each["after"]) for each in distribution]
    return {
        "caption": caption,
        "svg": draw_histogram(f"{title}, then and now", bins),
        "bins": [(name, f"{100 * before:.3g} %", f"{100 * after:.3g} %") for name, before, after in bins],
    }


def _lengths(feature: str, distribution: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How long the vectors of an embedding are: most models give them all one length, which is no picture."""
    if len(distribution) == 1:
        return {"caption": "All of its vectors are of one length, then and now.", "svg": "", "bins": []}
    return _drawn(f"{feature}: how long its vectors are", distribution, "How long its vectors are.")


def _of(told_of: str | None) -> str:
    return f": {told_of}" if told_of else ""


def _caption(each: Mapping[str, Any]) -> str:
    """What is drawn of an embedding: of its numbers, one."""
    told_of = each["told_of"]
    return f"{told_of[:1].upper()}{told_of[1:]}: what moved most of all that is kept of them." if told_of else ""


def _carried(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Which segment carries it, if that was asked."""
    if found is None:
        return None
    return {"says": found["says"], "more": [each["says"] for each in found["carriers"][1:]], "of": found["compared"]}


def _version(each: Mapping[str, Any]) -> dict[str, Any]:
    beside = each.get("beside")
    return {
        "version": each["version"] or "not said",
        "status": _worse(each),
        "says": each["says"],
        "n": count(max(each["data"]["n"]["window"], each["prediction"]["n"]["window"])),
        "beside": None
        if beside is None
        else {"version": beside["version"] or "not said", "status": _worse(beside), "says": beside["says"]},
    }


def _worse(each: Mapping[str, Any]) -> str:
    found = {each[part]["status"] for part in ("data", "prediction") if each[part]["features"]}
    return next((word for word in ("breach", "warning", "unknown", "ok") if word in found), "unknown")
