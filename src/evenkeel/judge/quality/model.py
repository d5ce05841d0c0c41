"""Figure: what every measure of quality answers with. A value with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.kernel.stats.binomial import exact_interval, wilson_interval

#: Two-sided level of every interval of this room.
LEVEL: Final = 0.95

#: Fewer rows than these on one side of a share, and its interval is the exact one.
SPARSE: Final = 10.0


class Reason(StrEnum):
    """Why a figure has no value, or a value without an interval."""

    NO_ROWS = "no_rows"  # nothing was counted
    NO_LABELS = "no_labels"  # predictions, and none with a label yet
    ONE_CLASS = "one_class"  # only one class among the labels
    CLASS_ABSENT = "class_absent"  # no label of this class
    NEVER_PREDICTED = "never_predicted"  # this class was never predicted
    TOO_FEW = "too_few"  # a value, and too few rows for an interval that holds
    NO_REFERENCE = "no_reference"  # nothing to compare with or to learn from
    DESIGN_UNKNOWN = "design_unknown"  # how the labelled answers were chosen is not known
    NO_SKILL = "no_skill"  # the judge is not shown to be better than chance
    NO_SCORES = "no_scores"  # predictions, and none states a score
    NOT_BINARY = "not_binary"  # of more than two classes, the score of the predicted one is not enough
    SCORES_AMBIGUOUS = "scores_ambiguous"  # scores do not go with what was predicted: nobody knows of which class
    TOLD_AS_CLASS = "told_as_class"  # numbers were predicted, and what came true are classes
    TOO_MANY = "too_many"  # more than one answer holds


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its two-sided 95 % interval, both in the unit of the measure, from `n` rows.

    `value` is None where there is nothing to compute it from, and `reason` names why. With a value and without
    bounds, `reason` says why no honest interval exists. `grid_error` is how much the value itself may be off
    because rows were counted in buckets; the interval includes it. `is_estimate` marks what was inferred
    without labels.

    >>> Figure.absent(Reason.NO_LABELS, "Wilson").value is None
    True
    """

    value: float | None
    low: float | None
    high: float | None
    n: float
    method: str
    reason: Reason | None = None
    grid_error: float = 0.0
    is_estimate: bool = False

    def __post_init__(self) -> None:
        if self.value is None and self.reason is None:
            msg = "a figure without a value says why there is none"
            raise ValueError(msg)
        if self.low is not None and self.high is not None and not self.low <= self.high:
            msg = f"a figure's low ({self.low}) must not exceed its high ({self.high})"
            raise ValueError(msg)

    @classmethod
    def absent(cls, reason: Reason, method: str, *, n: float = 0.0) -> Figure:
        """No value, and why."""
        return cls(None, None, None, n, method, reason)

    @classmethod
    def bare(cls, value: float, reason: Reason, method: str, *, n: float) -> Figure:
        """A value for which no interval holds, and why."""
        return cls(value, None, None, n, method, reason)

    def within(self, lowest: float, highest: float) -> Figure:
        """The same with bounds no wider than what is possible at all."""
        if self.low is None or self.high is None:
            return self
        low, high = max(lowest, self.low), min(highest, self.high)
        return Figure(self.value, low, high, self.n, self.method, self.reason, self.grid_error, self.is_estimate)


def share(k: float, n: float, reason: Reason, *, deff: float = 1.0) -> Figure:
    """The share `k` of `n`, with the interval of n / `deff` independent rows; `reason` says why, where `n` is 0.

    Wilson's interval, and Clopper and Pearson's exact one where fewer than ten rows are on one side: near 0 and 1
    Wilson's covers as little as 84 %.

    >>> share(30, 100, Reason.NO_ROWS)
    Figure(value=0.3, low=0.2189..., high=0.3958..., n=100, method='Wilson', reason=None, ...)
    >>> share(3, 100, Reason.NO_ROWS).method
    'Clopper-Pearson'
    """
    if n <= 0:
        return Figure.absent(reason, "Wilson")
    successes, trials = k / deff, n / deff
    is_sparse = min(successes, trials - successes) < SPARSE
    low, high = exact_interval(successes, trials, 1.0 - LEVEL) if is_sparse else wilson_interval(successes, trials)
    method = ("Clopper-Pearson" if is_sparse else "Wilson") + ("" if deff < 1.1 else f", design effect {deff:.2g}")
    # Rounding must not put a share of 0 or 1 outside its own interval.
    return Figure(k / n, min(low, k / n), max(high, k / n), n, method)
