"""Findings of fairness in words: how far apart, who, of how many, and what is not known."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.fairness.gaps import GroupRate
from evenkeel.judge.fairness.model import Group, Rate
from evenkeel.judge.fairness.power import assess_power
from evenkeel.judge.fairness.verdicts import FairnessPolicy, Finding
from evenkeel.kernel.estimate import Need
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.verdict import Status
from evenkeel.ui.formats import count, plural

#: What each reason says to who reads it.
REASONS: Final = {
    "one_group": "fewer than two groups are large enough to compare",
    "too_many_groups": "there are too many groups to compare; join some",
    "no_truth": "no label has come yet",
    "no_rows": "there is no prediction",
    "groups_not_stated": "too many people have no stated group",
    "labels_outstanding": "labels of too many predictions have not come yet",
}

#: Groups that a sentence names at most.
NAMED_MAX: Final = 3


def format_points(gap: Bounded) -> str:
    """A gap between ratios, in points of a hundred, with its interval.

    >>> format_points(Bounded(0.041, 0.0, 0.098))
    '4.1 points [0–9.8]'
    """
    return f"{_points(gap.value)} points [{_points(gap.low)}–{_points(gap.high)}]"


def _points(ratio: float) -> str:
    return f"{100 * ratio:.1f}".removesuffix(".0")


def name_group(group: Group) -> str:
    """`f`, or `f × 40+` of an intersection."""
    return " × ".join(group)


def describe_finding(found: Finding, policy: FairnessPolicy, status: Status) -> str:
    """One or two sentences: the gap, between whom, of how many rows, against what; and what keeps it unsettled."""
    what = f"{found.criterion.capitalize()} by {' × '.join(found.attributes)}"
    target = f"target < {_points(policy.target)} points"
    if found.difference is None:
        return f"{what}: nothing to compare; {target}.{_unsettled(found, policy, status)}"
    gap = found.worst
    between = f"between {_member(gap.groups[0], gap.rate)} and {_member(gap.groups[-1], gap.rate)}"
    surely = "" if found.significant else ", which may be chance"
    return f"{what}: {format_points(found.difference)} {between}{surely}; {target}.{_unsettled(found, policy, status)}"


def _member(each: GroupRate, rate: Rate) -> str:
    return f"{name_group(each.group)} ({rate} {100 * each.rate.value:.3g} % of {plural(each.n, 'rows')})"


def _unsettled(found: Finding, policy: FairnessPolicy, status: Status) -> str:
    if status in (Status.OK, Status.WARNING, Status.BREACH):
        return _left_out(found)
    why = [REASONS[reason] for reason in found.reasons if reason in REASONS]
    text = f" {'; '.join(why).capitalize()}." if why else ""
    return f"{text}{_left_out(found)}{_power(found, policy)}{_need(found.needs)}"


def _left_out(found: Finding) -> str:
    small = found.worst.too_small
    if not small:
        return ""
    named = ", ".join(name_group(group) + ("" if n is None else f" ({n})") for group, n in small[:NAMED_MAX])
    more = f" and {len(small) - NAMED_MAX} more" if len(small) > NAMED_MAX else ""
    return f" Too small to compare: {named}{more}."


def _power(found: Finding, policy: FairnessPolicy) -> str:
    """`Underpowered (needs n = 1,400 of f, has 212).`"""
    power = assess_power(max(found.gaps, key=lambda gap: gap.high), policy.alert)
    if power is None or power.suffices:
        return ""
    return f" Underpowered (needs n = {count(power.needed)} of {name_group(power.group)}, has {count(power.n)})."


def _need(need: Need | None) -> str:
    return "" if need is None else f" It takes about {count(need.more)} more {need.of} to say."
