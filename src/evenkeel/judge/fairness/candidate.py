"""Whether a candidate treats groups less alike than the current model does, before it is rolled out.

Best asked on the same rows: then only rows where the two models answer differently say anything, and far fewer are
needed. The gap of a model is that of some pair of groups, and which one is not known for sure, so the change of the
gap is bounded over every pair that may be the farthest apart:

- up: if a and b are the candidate's farthest, y apart, the gap grew by y less what they were apart before, at most by
  min(c, 2 y - c) with c the change between them: the largest of these over the pairs that may be the farthest;
- down: if a and b are the current model's farthest, x apart, by at least max(c, -c - 2 x): the smallest of these over
  the pairs that may be;
- and never beyond what the two gaps' own intervals leave, which decides where the current model is fair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.fairness.gaps import ROWS_MIN, pair_bounds
from evenkeel.judge.fairness.model import NOT_STATED, Group, GroupCounts, GroupTable, Rate
from evenkeel.judge.fairness.rates import bounded_rate, hits_of
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.mover import Bounded, difference
from evenkeel.kernel.stats.paired import paired_difference

#: Chance that a bound of a change is wrong, in all 2.5 %: by the change of the pair that counts, and by each of the two
#: models' own bounds, half of it below and half above.
_CHANGE_ERROR: Final = 0.015
_LEFT_OUT_ERROR: Final = 0.005


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Rows of one group by truth and by what the current model and the candidate predicted.

    Named truth, current, candidate: `true_no_yes` rows are positive in truth, and only the candidate says so. Rows
    without a truth (yet) are `open_…`.

    >>> PairedCounts(true_yes_yes=5, true_no_yes=2, false_no_no=9).candidate
    GroupCounts(tp=7, fp=0, tn=9, fn=0, positive=0, negative=0)
    """

    true_yes_yes: int = 0
    true_yes_no: int = 0
    true_no_yes: int = 0
    true_no_no: int = 0
    false_yes_yes: int = 0
    false_yes_no: int = 0
    false_no_yes: int = 0
    false_no_no: int = 0
    open_yes_yes: int = 0
    open_yes_no: int = 0
    open_no_yes: int = 0
    open_no_no: int = 0

    def __add__(self, other: PairedCounts) -> PairedCounts:
        return PairedCounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def current(self) -> GroupCounts:
        """The current model's counts."""
        return GroupCounts(
            tp=self.true_yes_yes + self.true_yes_no,
            fn=self.true_no_yes + self.true_no_no,
            fp=self.false_yes_yes + self.false_yes_no,
            tn=self.false_no_yes + self.false_no_no,
            positive=self.open_yes_yes + self.open_yes_no,
            negative=self.open_no_yes + self.open_no_no,
        )

    @property
    def candidate(self) -> GroupCounts:
        """The candidate's counts."""
        return GroupCounts(
            tp=self.true_yes_yes + self.true_no_yes,
            fn=self.true_yes_no + self.true_no_no,
            fp=self.false_yes_yes + self.false_no_yes,
            tn=self.false_yes_no + self.false_no_no,
            positive=self.open_yes_yes + self.open_no_yes,
            negative=self.open_yes_no + self.open_no_no,
        )


@dataclass(frozen=True, slots=True)
class GapChange:
    """How the gap of one rate changes from the current model to the candidate, in ratios; above 0 it grows.

    `change` has its 95 % interval. All are None where `reason` says why: `one_group`, or `no_shared_groups`.
    """

    rate: Rate
    current: float | None = None
    candidate: float | None = None
    change: Bounded | None = None
    groups: tuple[tuple[Group, Bounded], ...] = ()  # each group's change of its rate, with 95 % intervals of its own
    paired: bool = False
    reason: str = ""

    @property
    def worse(self) -> bool:
        """Whether the gap surely grows."""
        return self.change is not None and self.change.low > 0.0

    def within(self, margin: float) -> bool:
        """Whether the gap surely grows by no more than `margin`."""
        return self.change is not None and self.change.high <= margin


def compare_paired(rows: Mapping[Group, PairedCounts], rate: Rate, *, rows_min: int = ROWS_MIN) -> GapChange:
    """The change of a gap on the same rows. Precision has other rows for each model: use `compare_candidate`.

    >>> same = PairedCounts(open_yes_yes=300, open_no_no=700)
    >>> fewer = PairedCounts(open_yes_yes=200, open_yes_no=60, open_no_no=740)
    >>> found = compare_paired({("f",): fewer, ("m",): same}, Rate.SELECTION)
    >>> round(found.current, 3), [round(number, 3) for number in found.change], found.worse
    (0.04, [0.06, 0.008, 0.079], True)
    """
    if rate is Rate.PRECISION:
        raise InvalidInputError(
            "Precision is a share of other rows for each of two models, so they cannot be paired.",
            hint="Compare it with `compare_candidate`, or choose another rate.",
        )
    current = {group: each.current for group, each in rows.items()}
    candidate = {group: each.candidate for group, each in rows.items()}
    compared = _comparable(current, candidate, rate, rows_min)
    changes = [_paired_change(rows[group], rate, 1.0 - _CHANGE_ERROR) for group in compared]
    shown = tuple((group, _paired_change(rows[group], rate, 0.95)) for group in compared)
    parts = ([current[group] for group in compared], [candidate[group] for group in compared])
    return _changed(rate, parts, changes, GapChange(rate, groups=shown, paired=True))


def compare_candidate(current: GroupTable, candidate: GroupTable, rate: Rate, *, rows_min: int = ROWS_MIN) -> GapChange:
    """The change of a gap where the two models answered different rows, such as the two sides of a canary."""
    if current.attributes != candidate.attributes:
        raise InvalidInputError(
            f"The current model was counted by {current.name}, the candidate by {candidate.name}.",
            hint="Take what both have with `by` first.",
        )
    compared = _comparable(current.counts, candidate.counts, rate, rows_min)

    def change(group: Group, level: float) -> Bounded:
        return difference(*(bounded_rate(rate, table.counts[group], level) for table in (candidate, current)))

    shown = tuple((group, change(group, 0.95)) for group in compared)
    parts = ([current.counts[group] for group in compared], [candidate.counts[group] for group in compared])
    return _changed(
        rate, parts, [change(group, 1.0 - _CHANGE_ERROR) for group in compared], GapChange(rate, groups=shown)
    )


def _comparable(
    current: Mapping[Group, GroupCounts], candidate: Mapping[Group, GroupCounts], rate: Rate, rows_min: int
) -> list[Group]:
    enough = max(1, rows_min)
    return sorted(
        group
        for group in current.keys() & candidate.keys()
        if NOT_STATED not in group
        and min(hits_of(rate, current[group])[1], hits_of(rate, candidate[group])[1]) >= enough
    )


def _paired_change(rows: PairedCounts, rate: Rate, level: float) -> Bounded:
    """The candidate's rate less the current one, of rows that both answered."""
    gained, lost = rows.true_no_yes, rows.true_yes_no
    true = gained + lost + rows.true_yes_yes + rows.true_no_no
    false_gained, false_lost = rows.false_no_yes, rows.false_yes_no
    false = false_gained + false_lost + rows.false_yes_yes + rows.false_no_no
    open_rows = rows.open_no_yes + rows.open_yes_no + rows.open_yes_yes + rows.open_no_no
    match rate:
        case Rate.TRUE_POSITIVE:
            return paired_difference(gained, lost, true, level)
        case Rate.FALSE_POSITIVE:
            return paired_difference(false_gained, false_lost, false, level)
        case Rate.ACCURACY:
            return paired_difference(gained + false_lost, lost + false_gained, true + false, level)
        case Rate.OVERPREDICTION:
            return paired_difference(gained + false_gained, lost + false_lost, true + false, level)
        case _:
            more, fewer = gained + false_gained + rows.open_no_yes, lost + false_lost + rows.open_yes_no
            return paired_difference(more, fewer, true + false + open_rows, level)


def _changed(
    rate: Rate,
    parts: tuple[Sequence[GroupCounts], Sequence[GroupCounts]],
    changes: Sequence[Bounded],
    found: GapChange,
) -> GapChange:
    if len(changes) < 2:
        return replace(found, reason="one_group" if changes else "no_shared_groups")
    value, low, high = np.array(changes).T
    below, above = (value - low) ** 2, (high - value) ** 2
    apart = value[:, None] - value[None, :]
    least = apart - np.sqrt(below[:, None] + above[None, :])
    most = apart + np.sqrt(above[:, None] + below[None, :])
    current, candidate = (_value(rate, part) for part in parts)
    was, becomes = (_may_be_farthest(rate, part) for part in parts)
    shrinks = float(np.maximum(least, -most - 2.0 * was.most)[was.possible].min())
    grows = float(np.minimum(most, 2.0 * becomes.most - least)[becomes.possible].max())
    lowest = max(shrinks, becomes.gap_low - was.gap_high)
    highest = min(grows, becomes.gap_high - was.gap_low)
    change = candidate - current
    bounds = Bounded(change, min(change, lowest), max(change, highest))
    return replace(found, current=current, candidate=candidate, change=bounds)


def _value(rate: Rate, parts: Sequence[GroupCounts]) -> float:
    values = [bounded_rate(rate, part).value for part in parts]
    return max(values) - min(values)


@dataclass(frozen=True, slots=True)
class _Farthest:
    """Which pairs, by rows and columns, may be those with the largest difference, and how large it may be."""

    possible: NDArray[np.bool_]
    most: NDArray[np.float64]
    gap_low: float
    gap_high: float


def _may_be_farthest(rate: Rate, parts: Sequence[GroupCounts]) -> _Farthest:
    pairs = len(parts) * (len(parts) - 1)
    lower, _ = pair_bounds(rate, parts, 1.0 - _LEFT_OUT_ERROR / pairs)
    _, upper = pair_bounds(rate, parts, 1.0 - _LEFT_OUT_ERROR)
    possible = upper >= lower.max()
    np.fill_diagonal(possible, val=False)
    return _Farthest(possible, upper, float(lower.max()), float(upper.max()))
