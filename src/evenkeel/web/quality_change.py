"""From when on accuracy was another: the one change that a course speaks for most, if it is beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.since import WINDOWS_MAX, find_since
from evenkeel.kernel.profile.model import Counts, Kind, LevelGrid
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import isoformat
from evenkeel.web.quality_words import percent

#: With fewer steps there is no before and after that could be told from the ups and downs of single steps.
_STEPS_MIN: Final = 6
_GRID: Final = LevelGrid(Kind.CATEGORICAL, ("right", "wrong"))


def change_document(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """When accuracy changed, with the interval of that moment and accuracy before and after; None without a change.

    Steps are those of `quality_course.course_document`; those whose labels are still to come say nothing of it. Where
    it changed several times, the change that tells most is told.
    """
    ripe = [each for each in steps if not each["partial"] and each["value"] is not None][:WINDOWS_MAX]
    if len(ripe) < _STEPS_MIN:
        return None
    counted = [_counts(each) for each in ripe]
    since = find_since(_GRID, counted[0], counted[1:], seeded())
    if since is None or not since.is_beyond_chance:
        return None
    first, earliest, latest = (place + 1 for place in (since.first, since.earliest, since.latest))
    before, after = _share(ripe[:first], since.excess), _share(ripe[first:], since.excess)
    found = {
        "at": isoformat(ripe[first]["at_us"]),
        "at_us": ripe[first]["at_us"],
        "earliest": isoformat(ripe[earliest]["at_us"]),
        "latest": isoformat(ripe[latest]["at_us"]),
        "span_us": [ripe[earliest]["at_us"], ripe[latest]["at_us"]],
        "p": since.p,
        "before": before,
        "after": after,
    }
    return found | {"says": _say(found)}


def _counts(step: Mapping[str, Any]) -> Counts:
    right = round(step["value"] * step["n"])
    return Counts(_GRID.id, (right, round(step["n"]) - right, *([0] * (_GRID.size - 2))))


def _share(steps: Sequence[Mapping[str, Any]], excess: float) -> dict[str, float]:
    """Accuracy of several steps; where steps differ by more than chance, its interval is as much wider."""
    n = sum(each["n"] for each in steps)
    right = sum(each["value"] * each["n"] for each in steps)
    low, high = wilson_interval(right / excess, n / excess)
    return {"value": right / n, "low": low, "high": high, "n": n}


def _say(found: Mapping[str, Any]) -> str:
    before, after = found["before"], found["after"]
    verb = "fell" if after["value"] < before["value"] else "rose"
    moment = f"{_minute(found['at'])} UTC"
    if found["earliest"] != found["latest"]:
        moment += f" (95 % interval: {_minute(found['earliest'])} to {_minute(found['latest'])})"
    return f"Accuracy {verb} at {moment}, from {_words(before)} to {_words(after)}."


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _words(share: Mapping[str, float]) -> str:
    return f"{percent(share['value'])} [{percent(share['low'])}–{percent(share['high'])}], n {share['n']:,.0f}"
