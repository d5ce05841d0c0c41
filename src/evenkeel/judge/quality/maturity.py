"""Whether the labels of a window have arrived: what came late is not what went bad.

Labels come hours or weeks after predictions, and some never. From past predictions, by age, it is known which share of
the labels that ever come has come by then; a window most of whose labels are still to come is `partial` and no verdict
of it counts. Fewer labels than there should be by now are a finding of their own: the labels' source may be broken.

Early labels are seldom a fair sample of all (a default shows before a repayment does), so a partial window is not
judged by the labels it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import upper_bound

Floats = NDArray[np.float64]

#: Share of the labels that ever come, with which a window is judged.
MATURE_SHARE: Final = 0.95
#: Chance that labels which arrive as they used to are called overdue, per look.
OVERDUE_ALPHA: Final = 0.001
#: Past predictions below which nothing is known of when labels come.
PREDICTIONS_MIN: Final = 30


class State(StrEnum):
    """How far the labels of a window are."""

    MATURE = "mature"  # nearly all labels that will come have come
    PARTIAL = "partial"  # a good part is still to come
    OVERDUE = "overdue"  # fewer have come than should have by now
    UNKNOWN = "unknown"  # nothing is known of when labels come
    EMPTY = "empty"  # no predictions


@dataclass(frozen=True, slots=True)
class ArrivalCurve:
    """The share of predictions that have a label, by age in steps (hours, days); the last one is what ever comes."""

    labelled_ratio: tuple[float, ...]
    predictions: float

    def at(self, age: int) -> float:
        """The share that has a label at the end of this step of age."""
        return self.labelled_ratio[min(age, len(self.labelled_ratio) - 1)]


def learn_arrivals(observed: Sequence[float], arrived: Sequence[float]) -> ArrivalCurve | None:
    """How labels came in the past; None where too few predictions are known.

    `observed[a]` predictions are old enough for all of step `a` of their age to have passed, and `arrived[a]` labels of
    these came in that step. Predictions need not all be old: each step is a share of those that have lived through it.

    Raises InvalidInputError where the lengths differ, a count is negative, or predictions grow with age.

    >>> learn_arrivals([100, 100, 50], [60, 20, 5]).labelled_ratio
    (0.6, 0.8, 0.9)
    """
    seen, came = np.asarray(observed, dtype=float), np.asarray(arrived, dtype=float)
    if seen.shape != came.shape or bool((came < 0).any()) or bool((np.diff(seen) > 0).any()):
        raise InvalidInputError(
            f"{seen.size} counts of predictions and {came.size} of labels by age do not fit together.",
            hint="Give as many of both, none negative; no more predictions have reached an age than a lower one.",
        )
    known = seen >= PREDICTIONS_MIN
    if not known.any():
        return None
    shares = np.minimum(1.0, np.cumsum(came[known] / seen[known]))
    return ArrivalCurve(tuple(float(round(share, 12)) for share in shares), float(seen[0]))


@dataclass(frozen=True, slots=True)
class Maturity:
    """How far a window's labels are: how many there are, should be by now, and will ever be.

    `arrived_ratio` is the part of all labels to come that is here; `steps_left` is in how many steps of age the window
    is mature, 0 once it is, None where nobody knows.
    """

    state: State
    predictions: float
    labels: float
    expected_now: float
    expected_ever: float
    arrived_ratio: float | None
    steps_left: int | None


def judge_maturity(curve: ArrivalCurve | None, predictions: Sequence[float], labels: float) -> Maturity:
    """How far the labels of a window are, from its predictions by age in steps (youngest first) and its labels.

    Raises InvalidInputError where a count is negative.

    >>> curve = learn_arrivals([100, 100, 100], [60, 20, 5])
    >>> judge_maturity(curve, [50, 50], 70).state, judge_maturity(curve, [0, 0, 100], 84).state
    (<State.PARTIAL: 'partial'>, <State.MATURE: 'mature'>)
    """
    by_age = np.asarray(predictions, dtype=float)
    if labels < 0 or bool((by_age < 0).any()):
        raise InvalidInputError("A count of predictions or labels is negative.", hint="Give counts of 0 or more.")
    n = float(by_age.sum())
    if n <= 0:
        return Maturity(State.EMPTY, 0.0, labels, 0.0, 0.0, None, None)
    if curve is None:
        return Maturity(State.UNKNOWN, n, labels, 0.0, 0.0, None, None)
    ever = n * curve.labelled_ratio[-1]
    now = _expected(curve, by_age, 0)
    if ever <= 0:
        return Maturity(State.UNKNOWN, n, labels, now, ever, None, None)
    is_mature = now >= MATURE_SHARE * ever
    # The past share is itself known from so many predictions only, hence of as many at most.
    few = min(n, curve.predictions)
    is_overdue = upper_bound(min(labels, n) / n * few, few, OVERDUE_ALPHA) < now / n
    state = State.OVERDUE if is_overdue else State.MATURE if is_mature else State.PARTIAL
    return Maturity(state, n, labels, now, ever, min(1.0, labels / ever), _steps_left(curve, by_age, ever))


def _expected(curve: ArrivalCurve, by_age: Floats, later: int) -> float:
    """How many labels the window should have in `later` steps."""
    return float(sum(count * curve.at(age + later) for age, count in enumerate(by_age.tolist())))


def _steps_left(curve: ArrivalCurve, by_age: Floats, ever: float) -> int:
    steps = range(len(curve.labelled_ratio))
    return next((step for step in steps if _expected(curve, by_age, step) >= MATURE_SHARE * ever), len(steps))
