"""Findings in words: what differs, from what to what, in one sentence each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from evenkeel.judge.drift.design import SEASONS_MIN
from evenkeel.judge.drift.model import Detected, Finding, Material, Reason, Signal
from evenkeel.kernel.profile.model import Kind
from evenkeel.ui.formats import plural


def describe_finding(finding: Finding) -> str:
    """One sentence for people: the feature, the difference with its size and interval, or why nothing is known.

    >>> import numpy as np
    >>> from evenkeel.judge.drift.family import judge_window
    >>> from evenkeel.judge.drift.model import Feature
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["en"] * 990 + ["de"] * 10)
    >>> window = count_values(["en"] * 250 + ["es"] * 250, profile.grid)
    >>> (found,) = judge_window([Feature("language", profile, window)], np.random.default_rng(1))
    >>> describe_finding(found)
    'language: 50 % of its rows are es, which the reference does not know (PSI ... [...–...], beyond the limit).'
    """
    if finding.detected is Detected.UNKNOWN:
        return f"{finding.feature}: {_why_unknown(finding)}."
    if finding.detected is Detected.NO:
        rows = plural(finding.comparison.m, "rows")
        seen = f"a shift of {_number(finding.effect.detectable_sd)} standard deviations would most likely be seen"
        return f"{finding.feature}: no drift beyond chance in {rows}; {seen}."
    signal = finding.signals[0] if finding.signals else Signal.SHAPE
    if finding.kind is Kind.EMBEDDING and signal in (_OF_SKETCHES if finding.told else _OF_EMBEDDINGS):
        said = _OF_SKETCHES if finding.told else _OF_EMBEDDINGS
        return f"{finding.feature}: {said[signal]} ({say_index(finding)})."
    return f"{finding.feature}{_SAYINGS[signal](finding)} ({say_index(finding)})."


def _why_unknown(finding: Finding) -> str:
    rows = plural(finding.comparison.m, "rows")
    if finding.comparison.reason is Reason.EMPTY_WINDOW:
        return "nothing to compare, the window holds no rows"
    if finding.comparison.reason is Reason.FEW_SEASONS:
        few = f"too few reference windows of this season ({SEASONS_MIN} are needed)"
        return f"{few} to tell drift from its usual ups and downs"
    if finding.comparison.reason is Reason.HOURS_GONE:
        return "its reference is known by the day only, and a day's hours may weigh otherwise; a week can be compared"
    if finding.needs is None:
        return f"{rows} show no drift, but the reference is too small to see one that matters"
    return f"{rows} show no drift, but it takes about {finding.needs:,} to see one that matters"


def say_index(finding: Finding) -> str:
    """The index with its interval, and how it stands to the limit."""
    index = finding.effect.psi
    high = "∞" if math.isinf(index.high) else _number(index.high)
    verdict = {
        Material.BREACH: ", beyond the limit",
        Material.WARNING: ", perhaps beyond the limit",
    }.get(finding.material, "")
    return f"PSI {_number(index.debiased)} [{_number(index.low)}–{high}]{verdict}"


def _say_live(finding: Finding) -> str:
    before, after = finding.effect.median_before, finding.effect.median_after
    if finding.effect.absent_before == 1.0 or (before is None and not finding.effect.changes):
        return f" went live: the reference held no value of it{_to(finding, after)}"
    if before is None:
        return " went live: the reference held one level only"
    return f" went live: the reference held {_value(finding, before)} only{_to(finding, after)}"


def _to(finding: Finding, after: float | None) -> str:
    return "" if after is None else f", now its median is {_value(finding, after)}"


def _say_constant(finding: Finding) -> str:
    after = finding.effect.median_after
    where = "of one level" if after is None else f"at {_value(finding, after)}"
    return f" became constant: all rows are {where}"


def _say_type(finding: Finding) -> str:
    unread = say_percent(finding.effect.absent_after)
    return f": its type changed, {unread} of its rows cannot be read as {finding.kind.value}"


def _say_missing(finding: Finding) -> str:
    before, after = finding.effect.absent_before, finding.effect.absent_after
    return f": {say_percent(after)} of its rows have no value, {say_percent(before)} in the reference"


def _say_vanished(finding: Finding) -> str:
    return f": it is gone, no row has it; in the reference {say_percent(1.0 - finding.effect.absent_before)} have"


def _say_new(finding: Finding) -> str:
    new = next((change for change in finding.effect.changes if change.before == 0.0), None)
    if new is None:
        return ": it has levels that the reference does not know"
    return f": {say_percent(new.after)} of its rows are {new.level}, which the reference does not know"


def _say_range(finding: Finding) -> str:
    return f" leaves the range of its reference{_medians(finding)}"


def _say_location(finding: Finding) -> str:
    shift = finding.effect.shift_sd or 0.0
    way = "up" if shift > 0 else "down"
    return f" moved {way} by {_number(abs(shift))} standard deviations{_medians(finding)}"


def _say_spread(finding: Finding) -> str:
    z = next((part.z for part in finding.comparison.parts if part.signal is Signal.SPREAD), 0.0)
    return f" became {'wider' if z > 0 else 'narrower'}{_medians(finding)}"


def _say_shape(finding: Finding) -> str:
    if not finding.effect.changes:
        return f" has another shape{_medians(finding)}"
    change = finding.effect.changes[0]
    return f": {change.level} went from {say_percent(change.before)} to {say_percent(change.after)} of its rows"


def _medians(finding: Finding) -> str:
    before, after = finding.effect.median_before, finding.effect.median_after
    if before is None or after is None:
        return ""
    return f", median {_value(finding, before)} → {_value(finding, after)}"


def _value(finding: Finding, value: float) -> str:
    if finding.kind is Kind.DATETIME and abs(value) < 2e11:  # years that a date can have
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def say_percent(share: float) -> str:
    """A share in two figures; what is nearly all is not rounded to all.

    >>> say_percent(0.311), say_percent(0.9991)
    ('31 %', '99.91 %')
    """
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %" if share == 1.0 else f"{100 * share:.4g} %"


_OF_EMBEDDINGS: Final[Mapping[Signal, str]] = {
    Signal.LOCATION: "its vectors have moved as a whole, most in the direction that the index is of",
    Signal.SHAPE: "its vectors lie differently along the directions in which the reference varies most",
    Signal.SPREAD: "its vectors are nearer to or farther from those of the reference",
}

#: Of a running service, where a few numbers are kept of each vector.
_OF_SKETCHES: Final[Mapping[Signal, str]] = {
    Signal.LOCATION: "its vectors lie elsewhere than in the reference",
    Signal.SHAPE: "its vectors lie in other places than in the reference, or in the same in other shares",
    Signal.SPREAD: "its vectors are of other lengths than in the reference",
    Signal.TYPE_CHANGED: "its vectors have more or fewer numbers than the reference: another embedding model went live",
}

_SAYINGS: Final[Mapping[Signal, Callable[[Finding], str]]] = {
    Signal.WENT_LIVE: _say_live,
    Signal.BECAME_CONSTANT: _say_constant,
    Signal.VANISHED: _say_vanished,
    Signal.TYPE_CHANGED: _say_type,
    Signal.MISSINGNESS: _say_missing,
    Signal.NEW_LEVELS: _say_new,
    Signal.RANGE: _say_range,
    Signal.LOCATION: _say_location,
    Signal.SPREAD: _say_spread,
    Signal.SHAPE: _say_shape,
}
