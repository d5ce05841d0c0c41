"""What the view *Fairness* shows: numbers in words, with their intervals, and the gaps over time as charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from evenkeel.kernel.time import to_us
from evenkeel.ui.charts import Chart, Line, draw
from evenkeel.ui.formats import count

#: Groups of one finding and changes of a comparison that a page shows; the JSON beside it has all.
_GROUPS_MAX: Final = 12
_CHANGES_MAX: Final = 12
_METRICS: Final[Mapping[str, str]] = {
    "demographic parity": "Who is predicted the favourable class",
    "equal opportunity": "Who deserves it and gets it",
    "equalised odds": "Mistakes, both ways",
    "subgroup accuracy": "Who is predicted right",
    "predictive parity": "Whether a yes means the same",
    "calibration": "Who is over- or underrated",
}


def fairness_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of it."""
    policy = document["policy"]
    return {
        "says": document["says"],
        "status": document["status"],
        "policy": policy and _policy(policy),
        "reason": document["reason"],
        "notes": document["notes"],
        "segments": document.get("segments", []),
        "example": _example(document),
        "findings": [_finding(each) for each in document["findings"]],
        "charts": _charts(document),
        "comparison": document["comparison"] and _comparison(document["comparison"]),
    }


def _policy(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "means": [(name, _METRICS[name]) for name in policy["metrics"]],
        "why": policy["why"],
        "attributes": ", ".join(policy["attributes"]),
        "favourable": policy["favourable"] or "1",
        "minimum_group": count(policy["minimum_group"]),
        "limits": f"gap < {_points(policy['target'])} points; surely above {_points(policy['alert'])} is a breach",
    }


def _example(document: Mapping[str, Any]) -> str:
    """What to write into the configuration; which attributes are protected is for somebody to say."""
    return (
        f"services:\n  {document['service']}:\n    fairness:\n      attributes: [sex, age_band]\n"
        "      favourable: approved\n      metric: equal_opportunity\n"
        "      why: Who qualifies must be found, whoever they are."
    )


def _finding(each: Mapping[str, Any]) -> dict[str, Any]:
    too_small = list(dict.fromkeys(name for rate in each["rates"] for name in rate["too_small"]))
    return {
        "metric": each["metric"],
        "by": " × ".join(each["attributes"]),
        "status": each["status"],
        "says": each["says"],
        "difference": _shown(each["difference"], _points, " points"),
        "ratio": _shown(each["ratio"], _ratio),
        "rates": [
            {
                "rate": rate["rate"],
                "groups": [
                    (
                        group["group"],
                        _shown(group, _percent, " %", f"n\u00a0{count(group['n'])}"),
                        _behind(group["behind"]),
                    )
                    for group in rate["groups"][:_GROUPS_MAX]
                ],
                "more": max(0, len(rate["groups"]) - _GROUPS_MAX),
            }
            for rate in each["rates"]
            if rate["groups"]
        ],
        "too_small": too_small[:_GROUPS_MAX],
        "too_small_more": max(0, len(too_small) - _GROUPS_MAX),
    }


def _behind(behind: Mapping[str, float]) -> tuple[str, str, str]:
    return _shown(behind, _points, " points") if behind["value"] > 0.0 else ("highest", "", "")


def _shown(
    given: Mapping[str, float] | None, write: Callable[[float], str], unit: str = "", sample: str = ""
) -> tuple[str, str, str]:
    """(value, interval, sample) of a number; unknown where there is none."""
    if given is None:
        return "unknown", "", ""
    between = " to " if given["low"] < 0.0 else "–"
    return f"{write(given['value'])}{unit}", f"{write(given['low'])}{between}{write(given['high'])}", sample


def _points(ratio: float) -> str:
    return f"{100 * ratio:.1f}".removesuffix(".0").replace("-", "−")


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.3g}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}"


def _charts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A chart per criterion, a line per attribute; steps in which nothing could be compared leave a gap."""
    policy = document["policy"]
    found: list[dict[str, Any]] = []
    for metric in policy["metrics"] if policy else ():
        rows = [each for each in document["trend"] if each["metric"] == metric]
        known = [point for each in rows for point in each["points"] if point["difference"]]
        if not known:
            continue
        lines = [_line(each, "abc"[place % 3]) for place, each in enumerate(rows)]
        start_us, end_us = (_us(document[name]) for name in ("from", "to"))
        step_us = _us(known[0]["to"]) - _us(known[0]["from"])
        chart = Chart(
            metric.capitalize(), "gap, points", lines, min(start_us, *(point["from_us"] for point in known)), end_us,
            step_us, marks=(("target", policy["target"]), ("alert", policy["alert"])), write=_points,
        )  # fmt: skip
        found.append({"title": chart.title, "unit": chart.unit, "svg": draw(chart), "lines": lines})
    return found


def _line(row: Mapping[str, Any], style: str) -> Line:
    points: Sequence[Mapping[str, Any]] = row["points"]
    values = [(point["from_us"], point["difference"] and point["difference"]["value"]) for point in points]
    band = {
        point["from_us"]: (point["difference"]["low"], point["difference"]["high"])
        for point in points
        if point["difference"]
    }
    return Line(f"by {row['attribute']}", values, style, band)


def _us(moment: str) -> int:
    return to_us(datetime.fromisoformat(moment))


def _comparison(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "current": found["current"] or "not said",
        "candidate": found["candidate"] or "not said",
        "status": found["status"],
        "changes": [
            (
                each["metric"],
                f"{each['rate']} by {' × '.join(each['attributes'])}",
                each["status"],
                "unknown" if each["current"] is None else f"{_points(each['current'])} points",
                "unknown" if each["candidate"] is None else f"{_points(each['candidate'])} points",
                _shown(each["change"], _points, " points", "same subjects" if each["paired"] else ""),
            )
            for each in found["changes"][:_CHANGES_MAX]
        ],
        "more": max(0, len(found["changes"]) - _CHANGES_MAX),
    }
