"""What pages show of golden queries: each set with a chart of its runs and a table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, format_duration, to_us
from evenkeel.ui.charts import Chart, Line, draw

TITLES: Final[Mapping[str, str]] = {
    "hit_rate": "Hit rate",
    "mrr": "MRR",
    "ndcg": "nDCG",
    "precision": "Precision",
    "recall": "Recall",
}
_LINES: Final = (("hit_rate", "a"), ("ndcg", "c"))


def golden_values(sets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a page shows of each set."""
    return [
        {
            "name": each["name"],
            "says": each["says"],
            "status": _status(each),
            "k": each["k"],
            "every": format_duration(each["every_s"]),
            "charts": _charts(each),
            "runs": [_run(run) for run in each["runs"]],
        }
        for each in sets
    ]


def _status(found: Mapping[str, Any]) -> str:
    """What stands beside the sentence: nothing where the newest run is whole, of this version and in time."""
    if not found["runs"]:
        return "unknown"
    if found["is_overdue"]:
        return "stale"
    newest = found["runs"][0]
    return "partial" if newest["is_partial"] or newest["set_version"] != found["version"] else ""


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": run["id"],
        "release": run["release"],
        "at_us": _at_us(run),
        "version": run["set_version"],
        "k": run["k"],
        "answered": run["answered"],
        "is_partial": run["is_partial"],
        "is_accepted": run["accepted_at"] is not None,
        "figures": [(title, _shown(run["figures"][name])) for name, title in TITLES.items()],
        "notes": run["notes"],
    }


def _shown(figure: Mapping[str, Any]) -> tuple[str, str, str]:
    if figure["value"] is None:
        return "unknown", "", ""
    interval = f"{100 * figure['low']:.3g}–{100 * figure['high']:.3g} %"
    return f"{100 * figure['value']:.3g} %", interval, ""  # of how many stands once, beside the run


def _charts(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Whole runs of the newest version over time: of another one, or of fewer queries, they are no trend."""
    runs = [
        each for each in reversed(found["runs"]) if each["set_version"] == found["version"] and not each["is_partial"]
    ]
    if len(runs) < 2:
        return []
    moments = [_at_us(each) for each in runs]
    lines = [
        Line(
            TITLES[name],
            [(at, each["figures"][name]["value"]) for at, each in zip(moments, runs, strict=True)],
            style,
            {at: _bounds(each["figures"][name]) for at, each in zip(moments, runs, strict=True)},
        )
        for name, style in _LINES
    ]
    longest_us = max(after - before for before, after in pairwise(moments))
    step_us = min(found["every_s"] * US_PER_SECOND, max(1, longest_us), 7 * US_PER_DAY)
    end_us = moments[-1] + step_us
    chart = Chart(
        "Whole runs over time",
        "mean over queries",
        lines,
        moments[0],
        end_us,
        step_us,
        write=_percent,
        scale=(0.0, 1.0),
    )
    return [{"title": chart.title, "unit": chart.unit, "svg": draw(chart), "lines": chart.lines}]


def _bounds(figure: Mapping[str, Any]) -> tuple[float, float]:
    return figure["low"], figure["high"]


def _at_us(run: Mapping[str, Any]) -> int:
    return to_us(datetime.fromisoformat(run["at"]))


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"
