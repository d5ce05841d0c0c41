"""What the configuration may say of an objective, by its indicator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from evenkeel.kernel.time import format_duration
from evenkeel.org.config.fields import unit_of
from evenkeel.org.config.model import ObjectiveConfig

#: By the unit of an indicator: the unit that may be written, the most that can be, and what to write.
_UNITS: Final[Mapping[str, tuple[str, float, str]]] = {
    "s": ("s", float("inf"), "a time, e.g. 2 s or 500 ms"),
    "ratio": ("ratio", 1.0, "a share, e.g. 0.1 % or 99.9 %"),
    "points": ("ratio", 1.0, "points, e.g. 5 %"),
    "psi": ("", float("inf"), "a number, e.g. 0.2"),
    "area": ("", 1.0, "a number from 0 to 1, e.g. 0.9"),
    "times": ("", float("inf"), "a multiple of the baseline, e.g. 2"),
    "of 5": ("", 5.0, "a rating from 1 to 5, e.g. 4"),
}


#: The longest window of a verdict of what is looked at by the minute.
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """What an objective may say about an indicator; the judge knows which there are."""

    unit: str  # ratio | s | points | of 5 | psi | area | times
    larger_is_worse: bool
    target: float  # defaults, with which a half-refined objective is completed
    alert: float | None
    quantile: float | None = None  # of latencies, as a share
    has_page: bool = True  # it is judged over a page window too
    has_default: bool = True  # it is judged by default; else only with a target
    verdict_s_max: int = DAY_S
    has_source: bool = False  # it is judged by golden probes or by runs of golden queries


def check_limits(raw: Mapping[str, Any], rule: IndicatorRule, note: Callable[[str, str], None]) -> None:
    """Tell `note` (key, message) of limits that do not fit the indicator or each other."""
    if raw.get("page") is not None and not rule.has_page:
        note("page", "this indicator is looked at by the hour and has no page window; leave it out")
    if raw.get("baseline") is not None and rule.unit != "times":
        note("baseline", "this indicator is compared with no baseline; leave it out")
    for key in ("source", "golden_set", "measure"):
        if raw.get(key) and not rule.has_source:
            note(key, "this indicator is judged by no golden queries; leave it out")
        elif raw.get(key) and key != "source" and raw.get("source") == "probes":
            note(key, "golden probes have no golden set; leave it out, or write source: golden")
    if not rule.has_default and raw.get("target") is None and raw.get("enabled") is not False:
        note("target", "this indicator has no target of its own; write one")
    _check_verdict(raw, rule, note)
    try:
        given = ObjectiveConfig.model_validate({key: raw[key] for key in ("target", "alert") if key in raw})
    except ValidationError:
        return  # said already
    unit, most, wanted = _UNITS[rule.unit]
    for key in ("target", "alert"):
        value = getattr(given, key)
        if value is not None and unit_of(raw[key]) not in ("", unit):
            note(key, f"{raw[key]!r} does not fit this indicator; write {wanted}")
        elif value is not None and value > most:
            above = "a share above 100 %; write it with a percent sign" if most <= 1 else f"more than {most:g}"
            note(key, f"{raw[key]} is {above}")
    target = rule.target if given.target is None else given.target
    alert = given.alert if given.alert is not None else rule.alert if given.target is None else None
    if alert is not None and (alert < target) == rule.larger_is_worse and alert != target:
        key = "alert" if given.alert is not None else "target"
        note(key, f"the alert ({alert:g}) must not be stricter than the target ({target:g})")


def _check_verdict(raw: Mapping[str, Any], rule: IndicatorRule, note: Callable[[str, str], None]) -> None:
    try:
        verdict_s = ObjectiveConfig.model_validate({"verdict": raw.get("verdict")}).verdict
    except ValidationError:
        return  # said already
    if verdict_s is not None and verdict_s > rule.verdict_s_max:
        most, given = format_duration(rule.verdict_s_max), format_duration(verdict_s)
        note("verdict", f"{given} is longer than this indicator is judged over; write {most} at most")
