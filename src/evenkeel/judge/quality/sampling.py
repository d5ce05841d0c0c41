"""A plan for labels: how many are needed for which interval, of which verdict, and which answers they are.

Answers are drawn at random within each verdict of the judge (`correction.Design.BY_VERDICT`). Whoever labels them sees
no verdict, and an order that gives none away; some are given to two people, so that their agreement can be told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.quality.correction import Design, Stratum, corrected_rate
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ports import Random
from evenkeel.kernel.stats.binomial import wilson_interval

#: Labels of each verdict at least: with fewer, its share is hardly known whatever the plan assumed.
EACH_MIN: Final = 10

#: Labels that are planned at most.
LABELS_MAX: Final = 1_000_000

#: Halvings that find how labels are shared out: more would not change a double.
_HALVINGS: Final = 200

#: Share of answers that two people label.
TWICE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Expected:
    """Answers with one verdict, and the share of them that is expected to be bad, as a ratio."""

    judged: int
    bad_ratio: float

    def __post_init__(self) -> None:
        if self.judged < 0 or not 0.0 <= self.bad_ratio <= 1.0:
            raise InvalidInputError(
                f"{self.judged} judged answers with a share of {self.bad_ratio} bad ones cannot be.",
                hint="Give a count from 0 and a ratio from 0 to 1.",
            )


def labels_for(half_width: float, expected: float = 0.5) -> int:
    """How many answers drawn from all must be labelled for an interval of ± `half_width` around `expected`, in ratios.

    By Wilson's interval, half of its width. Raises InvalidInputError for a width that no number of labels gives.

    >>> labels_for(0.05), labels_for(0.02, expected=0.05)
    (381, 469)
    """
    _check_width(half_width)
    return _least(lambda n: _half(wilson_interval(expected * n, n)) <= half_width, LABELS_MAX)


def labels_needed(half_width: float, strata: Mapping[str, Expected]) -> dict[str, int] | None:
    """How many labels of each verdict give a corrected rate ± `half_width`; None where labelling all would not do.

    >>> strata = {"flagged": Expected(170, 0.5), "passed": Expected(1_830, 0.01)}
    >>> labels_needed(0.02, strata)
    {'flagged': 69, 'passed': 148}
    """
    _check_width(half_width)
    judged = sum(stratum.judged for stratum in strata.values())

    def suffices(n: int) -> bool:
        plan = allocate(n, strata)
        labelled = {
            name: Stratum(each.judged, plan[name], each.bad_ratio * plan[name]) for name, each in strata.items()
        }
        figure = corrected_rate(labelled, Design.BY_VERDICT, is_census=True)
        return figure.low is not None and figure.high is not None and _half((figure.low, figure.high)) <= half_width

    n = _least(suffices, judged)
    return allocate(n, strata) if n <= judged and judged > 0 and suffices(n) else None


def allocate(labels: int, strata: Mapping[str, Expected]) -> dict[str, int]:
    """How many of `labels` each verdict gets, so that the rate is known best (Neyman 1934, JRSS 97:4).

    In proportion to a verdict's answers and to how uncertain one of them is, at least `EACH_MIN` of each, and no more
    than there are.

    >>> allocate(100, {"flagged": Expected(170, 0.5), "passed": Expected(1_830, 0.02)})
    {'flagged': 25, 'passed': 75}
    """
    least = {name: min(EACH_MIN, each.judged) for name, each in strata.items()}
    most = {name: each.judged for name, each in strata.items()}
    weights = {name: each.judged * _spread(each.bad_ratio) for name, each in strata.items()}

    def share_out(rate: float) -> dict[str, float]:
        return {name: min(max(rate * weight, least[name]), most[name]) for name, weight in weights.items()}

    given = max(sum(least.values()), min(labels, sum(most.values())))
    wanted = share_out(_rate_of(given, share_out, weights))
    plan = {name: math.floor(n) for name, n in wanted.items()}
    for name in sorted(wanted, key=lambda name: plan[name] - wanted[name])[: given - sum(plan.values())]:
        plan[name] += 1
    return plan


def _rate_of(given: int, share_out: Callable[[float], Mapping[str, float]], weights: Mapping[str, float]) -> float:
    """The labels per weight at which as many are given out, which rises with it; found by halving."""
    low, high = 0.0, max((given / weight for weight in weights.values() if weight), default=0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if sum(share_out(middle).values()) >= given else (middle, high)
    return high


def _spread(share: float) -> float:
    """The standard deviation of one answer; a share expected to be 0 may still be a little more."""
    share = min(max(share, 0.005), 0.995)
    return math.sqrt(share * (1.0 - share))


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Answers to be labelled, in an order that tells nothing."""

    ids: tuple[str, ...]  # what people see, in this order
    twice: frozenset[str]  # those that two people label
    verdicts: Mapping[str, str]  # each one's verdict; kept from whoever labels


def draw(
    ids: Mapping[str, Sequence[str]], plan: Mapping[str, int], chance: Random, *, twice: float = TWICE
) -> LabelPlan:
    """Draw `plan[verdict]` of the answers `ids[verdict]`, each with the same chance.

    The same seed draws the same answers. Raises InvalidInputError where more are planned than there are, or an answer
    has two verdicts.

    >>> from random import Random
    >>> found = draw({"flagged": ["a", "b"], "passed": ["c", "d", "e"]}, {"flagged": 1, "passed": 2}, Random(7))
    >>> len(found.ids), sorted(found.verdicts.values())
    (3, ['flagged', 'passed', 'passed'])
    """
    verdicts: dict[str, str] = {}
    for verdict, n in plan.items():
        there = ids.get(verdict, ())
        if not 0 <= n <= len(there):
            raise InvalidInputError(
                f"{n} answers are planned of {len(there)} that are {verdict}.",
                hint="Plan with `allocate`, which knows how many there are.",
                verdict=verdict,
            )
        for chosen in _shuffled(there, chance)[:n]:
            if chosen in verdicts:
                raise InvalidInputError(
                    f"The answer {chosen!r} is there twice: {verdicts[chosen]} and {verdict}.",
                    hint="Give each answer once.",
                )
            verdicts[chosen] = verdict
    order = _shuffled(list(verdicts), chance)
    both = _shuffled(order, chance)[: math.ceil(twice * len(order))]
    return LabelPlan(tuple(order), frozenset(both), verdicts)


def _shuffled(items: Sequence[str], chance: Random) -> list[str]:
    """All orders are equally likely (Fisher and Yates)."""
    order = list(items)
    for place in range(len(order) - 1, 0, -1):
        other = int(chance.random() * (place + 1))
        order[place], order[other] = order[other], order[place]
    return order


def _check_width(half_width: float) -> None:
    if not 0.0 < half_width < 1.0:
        raise InvalidInputError(
            f"An interval of ± {half_width} is none.", hint="Give a ratio above 0, such as 0.02 for ± 2 points."
        )


def _half(bounds: tuple[float, float]) -> float:
    return (bounds[1] - bounds[0]) / 2.0


def _least(suffices: Callable[[int], bool], most: int) -> int:
    """The least number that suffices, where more suffice if fewer do; `most` if none does."""
    low, high = 0, 1
    while high < most and not suffices(high):
        low, high = high, min(most, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high
