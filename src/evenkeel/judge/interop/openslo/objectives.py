"""What OpenSLO v1 lets stand in an SLO."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.interop.documents import View
from evenkeel.judge.interop.openslo.alerting import OPERATORS, check_policies
from evenkeel.judge.interop.openslo.grammar import (
    Strictness,
    check_description,
    check_display_name,
    check_name,
    check_start,
    check_zone,
    read_duration,
)
from evenkeel.judge.interop.openslo.indicators import check_indicator

METHODS: Final = ("Occurrences", "Timeslices", "RatioTimeslices")
_INDICATOR: Final = ("indicator", "indicatorRef")


def check_slo_spec(spec: View, mode: Strictness) -> None:
    """The `spec` of an SLO."""
    always = ("service", "objectives")
    differing = ("budgetingMethod", "timeWindow")
    needed = (*always, *differing) if mode is Strictness.SDK else always
    optional = ("description", "indicator", "indicatorRef", "alertPolicies", *differing)
    if not spec.section(needed, optional):
        return
    check_description(spec.at("description"))
    check_name(spec.at("service"), mode)
    method = spec.at("budgetingMethod").text(METHODS)
    if not spec.at("budgetingMethod").is_given and mode is Strictness.SPEC:
        spec.at("budgetingMethod").warn("default", "no method is given; Occurrences is taken. The SDK refuses this")
        method = "Occurrences"
    _check_windows(spec.at("timeWindow"), mode)
    _check_indicators(spec, mode)
    if spec.at("objectives").value == []:
        spec.at("objectives").refuse("count", "there is no objective; at least 1 is needed")
    for objective in spec.at("objectives").items():
        _check_objective(objective, _indicator_of(spec, objective), method, mode)
    check_policies(spec.at("alertPolicies"), mode)


def _check_windows(windows: View, mode: Strictness) -> None:
    items = windows.items()
    is_list = windows.is_list
    if is_list and (len(items) > 1 or (not items and mode is Strictness.SDK)):
        windows.refuse("count", f"there are {len(items)} windows; exactly 1 is allowed")
    elif not items and mode is Strictness.SPEC:
        windows.warn("default", "no window is given; the calendar month is taken. The SDK refuses this")
    for window in items:
        if not window.section(("duration", "isRolling"), ("calendar",)):
            continue
        duration = read_duration(window.at("duration"))
        if duration is not None and duration.unit == "m" and duration.count:
            window.at("duration").warn("duration", f"{duration.count}m is minutes; months are {duration.count}M")
        _check_calendar(window)


def _check_calendar(window: View) -> None:
    is_rolling, calendar = window.at("isRolling").flag(), window.at("calendar")
    if is_rolling and calendar.is_given:
        calendar.refuse("forbidden", "a rolling window follows no calendar")
    elif is_rolling is False and not calendar.is_given:
        calendar.refuse("required", "a window that does not roll needs a calendar with startTime and timeZone")
    if calendar.is_given and calendar.section(("startTime", "timeZone")):
        check_start(calendar.at("startTime"))
        check_zone(calendar.at("timeZone"))


def _check_indicators(spec: View, mode: Strictness) -> None:
    """One indicator for all objectives, or one of each objective, never both."""
    shared = [key for key in _INDICATOR if spec.at(key).is_given]
    objectives = [objective for objective in spec.at("objectives").items() if objective.is_mapping]
    own = [objective for objective in objectives if any(objective.at(key).is_given for key in _INDICATOR)]
    if len(shared) == 2:
        spec.one_of(*_INDICATOR)
    if shared and own:
        for objective in own:
            key = next(key for key in _INDICATOR if objective.at(key).is_given)
            objective.at(key).refuse("forbidden", f"the SLO has {shared[0]} already; say it here or there, not twice")
    elif not shared and not own:
        spec.one_of(*_INDICATOR)
    elif own:
        for objective in objectives:
            objective.one_of(*_INDICATOR)
    for holder in (spec, *own):
        check_name(holder.at("indicatorRef"), mode)
        if holder.at("indicator").is_given:
            check_indicator(holder.at("indicator"), mode)


def _indicator_of(spec: View, objective: View) -> View:
    own = objective.at("indicator")
    return own if own.is_given else spec.at("indicator")


def _check_objective(objective: View, indicator: View, method: str, mode: Strictness) -> None:
    optional = (
        "displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow", "indicator",
        "indicatorRef", "compositeWeight",
    )  # fmt: skip
    if not objective.section((), optional):
        return
    check_display_name(objective.at("displayName"), mode)
    objective.at("op").text(OPERATORS)
    objective.at("value").number()
    _check_comparison(objective, indicator, mode)
    objective.one_of("target", "targetPercent")
    _check_share(objective.at("target"), 1.0)
    _check_share(objective.at("targetPercent"), 100.0)
    weight = objective.at("compositeWeight").number()
    if weight is not None and not weight > 0:
        objective.at("compositeWeight").refuse("range", f"the weight is {weight:g}; it must be more than 0")
    _check_slices(objective, method)


def _check_comparison(objective: View, indicator: View, mode: Strictness) -> None:
    """A threshold needs op and value; a ratio has nothing to compare, and the SDK refuses that somebody tries."""
    if indicator.at("spec", "thresholdMetric").is_given:
        for key in ("op", "value"):
            if not objective.at(key).is_given:
                objective.at(key).refuse("required", f"a threshold metric is good by comparison; {key} is missing")
    elif indicator.at("spec", "ratioMetric").is_given:
        for key in ("op", "value"):
            if not objective.at(key).is_given:
                continue
            message = f"a ratio is not compared with anything; {key} says nothing here"
            if mode is Strictness.SDK:
                objective.at(key).refuse("forbidden", message)
            else:
                objective.at(key).warn("forbidden", f"{message}. The SDK refuses it")


def _check_share(share: View, limit: float) -> None:
    value = share.number()
    if value is not None and not 0.0 <= value < limit:
        share.refuse("range", f"the target is {value:g}; 0 to less than {limit:g} is allowed")


def _check_slices(objective: View, method: str) -> None:
    target, window = objective.at("timeSliceTarget"), objective.at("timeSliceWindow")
    value = target.number()
    if value is not None and not 0.0 < value <= 1.0:
        target.refuse("range", f"the share is {value:g}; more than 0 to 1 is allowed")
    if method == "Timeslices" and not target.is_given:
        target.refuse("required", "Timeslices need the share of good ones that makes a slice good")
    if method in ("Timeslices", "RatioTimeslices") and not window.is_given:
        window.refuse("required", f"{method} need the length of a slice")
    read_duration(window)
