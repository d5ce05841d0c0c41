"""One answer of the numbers that are kept of an embedding: they are counted apart, and judged as one feature. Pure.

The feature's p-value is the least p / weight of all tests of all its numbers (Bonferroni with weights), so it is at
most as often small as it says, however the numbers depend on each other. The index is that of the number that moved
most, its lower bounds corrected for that choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, Comparison, Effect, Part, Signal
from evenkeel.kernel.embedding import DIRECTIONS, NORM, SIZE, split_feature
from evenkeel.kernel.stats.noncentral import noncentrality_with
from evenkeel.kernel.stats.psi import Psi

#: What the tests of a number weigh; all sums of a vector share the rest. Ours: that another model made the vectors is
#: plain at any weight, most of what is left goes to where they point. Any weights that sum to 1 keep the false alarms.
_WEIGHTS: Final[Mapping[str, float]] = {SIZE: 0.10, NORM: 0.15}
_SURE: Final = 0.05
_NUMBERS: Final[Mapping[str, str]] = {
    NORM: "how long its vectors are",
    SIZE: "how many numbers its vectors have",
}


def group_numbers(features: Sequence[str]) -> list[list[int]]:
    """Which places of a list are judged as one feature, in the order of their first.

    >>> group_numbers(["age", "embedding:q/1", "embedding:q/norm"])
    [[0], [1, 2]]
    """
    found: list[list[int]] = []
    numbers: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        whole, end = split_feature(feature)
        if end and whole in numbers:
            numbers[whole].append(place)
            continue
        found.append([place])
        if end:
            numbers[whole] = found[-1]
    return found


def is_embedding(features: Sequence[str]) -> bool:
    """Whether features that were grouped are numbers of an embedding."""
    return bool(split_feature(features[0])[1])


def weights_of(features: Sequence[str]) -> list[float]:
    """What the tests of each feature of a group weigh; 1 for a feature by itself.

    >>> weights_of(["embedding:q/1", "embedding:q/2", "embedding:q/norm", "embedding:q/size"]), weights_of(["age"])
    ([0.375, 0.375, 0.15, 0.1], [1.0])
    """
    if not is_embedding(features):
        return [1.0 for _ in features]
    ends = [split_feature(feature)[1] for feature in features]
    sums = sum(end not in _WEIGHTS for end in ends)
    return [_WEIGHTS.get(end, (1.0 - sum(_WEIGHTS.values())) / max(1, sums)) for end in ends]


def describe_number(feature: str) -> str:
    """What a number of an embedding is of, for people; nothing of any other feature.

    >>> describe_number("embedding:q/norm"), describe_number("age")
    ('how long its vectors are', '')
    >>> describe_number("embedding:q/3")
    'where its vectors point, seen along the 3rd of the 16 directions that are kept'
    """
    whole, end = split_feature(feature)
    if not end or whole == feature:
        return ""
    if end in _NUMBERS:
        return _NUMBERS[end]
    ordinal = {"1": "1st", "2": "2nd", "3": "3rd"}.get(end, f"{end}th")
    return f"where its vectors point, seen along the {ordinal} of the {DIRECTIONS} directions that are kept"


def join_comparisons(features: Sequence[str], found: Sequence[Comparison]) -> Comparison:
    """The tests of all numbers of an embedding. Where one of them cannot be told, nothing is."""
    unknown = next((each for each in found if each.reason is not None), None)
    if unknown is not None:
        return unknown
    parts = [
        replace(part, signal=_named(feature, part), weight=part.weight * weight)
        for feature, weight, each in zip(features, weights_of(features), found, strict=True)
        for part in each.parts
    ]
    return Comparison(tuple(parts), max(each.n for each in found), max(each.m for each in found))


def join_effects(found: Sequence[Effect]) -> tuple[Effect, int]:
    """(the effect of the number that moved most, which one that is)."""
    index, place = join_indices([each.psi for each in found])
    made = replace(
        found[place],
        psi=index,
        detectable_sd=max(each.detectable_sd for each in found),
        absent_before=min(each.absent_before for each in found),
        absent_after=min(each.absent_after for each in found),
    )
    return made, place


def name_joint(comparison: Comparison, *, is_lost: bool) -> tuple[Signal, ...]:
    """What differs of an embedding, the strongest first; another number of numbers before all."""
    if is_lost:
        return (Signal.VANISHED,)
    parts = sorted(comparison.parts, key=lambda part: (part.signal is not Signal.TYPE_CHANGED, part.weighted))
    return tuple(dict.fromkeys(part.signal for part in parts if part.weighted <= FALSE_ALARMS_MAX))


def _named(feature: str, part: Part) -> Signal:
    """Numbers of another model are of another type; a longer or shorter vector is no other direction."""
    end = split_feature(feature)[1]
    if part.signal is Signal.MISSINGNESS:
        return part.signal
    if end == SIZE:
        return Signal.TYPE_CHANGED
    if end == NORM:
        return Signal.SPREAD
    return Signal.LOCATION if part.signal is Signal.LOCATION else Signal.SHAPE


def join_indices(found: Sequence[Psi]) -> tuple[Psi, int]:
    """(the largest index, with bounds that hold for all numbers of an embedding; which one that is).

    What one number leaves open is open of the embedding: its upper bound is the highest of them all.
    """
    place = max(range(len(found)), key=lambda each: found[each].debiased)
    if len(found) == 1:
        return found[place], place
    return replace(_picked(found[place], len(found)), high=max(each.high for each in found)), place


def _picked(index: Psi, of: int) -> Psi:
    """With lower bounds that hold for the largest of so many."""
    if not index.n or not index.m or index.bins < 2 or not math.isfinite(index.value):
        return index
    df = index.bins - 1
    # What chance gives was taken off: it tells how much that is where rows depend on each other.
    noise = (index.value - index.debiased) / df if index.debiased else 1.0 / index.n + 1.0 / index.m
    low, one_sided = (
        noise * noncentrality_with(index.value / noise, df, 1.0 - below / of) if noise > 0.0 else index.low
        for below in (0.025, _SURE)
    )
    return replace(index, low=min(low, index.low), low_one_sided=min(one_sided, index.low_one_sided))
