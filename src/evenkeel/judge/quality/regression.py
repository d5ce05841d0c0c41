"""Quality of predicted numbers from sums of powers of their errors: RMSE, MAE, bias, MAPE.

An error is prediction minus truth, in the unit of what is predicted. Sums of powers add up over windows; intervals
are those of a mean with Hall's correction for skewness, RMSE's of the mean square, carried over by its root.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.stats.means import PowerSums, mean_interval

Floats = NDArray[np.float64]

#: Larger errors are counted apart: the sixth power of one would leave no digits for all others, of many no number.
ERROR_MAX: Final = 1e40

_METHOD: Final = "mean with Hall's correction for skewness"


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums of the errors, of their sizes, squares and sizes relative to the truth; and what could not be compared.

    `unlabelled` predictions have no truth (yet), `unpredicted` truths no prediction; in `infinite` rows one of the
    two is infinite, in `huge` ones they are further apart than ERROR_MAX. `zero_truth` rows have no relative error.

    >>> one = count_errors(np.array([1.0, 2.0, np.nan]), np.array([1.5, 2.0, 3.0]))
    >>> (one + one).signed.n, (one + one).unpredicted
    (4, 2)
    """

    signed: PowerSums = field(default_factory=PowerSums)
    absolute: PowerSums = field(default_factory=PowerSums)
    squared: PowerSums = field(default_factory=PowerSums)
    relative: PowerSums = field(default_factory=PowerSums)
    zero_truth: float = 0
    unlabelled: float = 0
    unpredicted: float = 0
    infinite: float = 0
    huge: float = 0

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.signed + other.signed,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.relative + other.relative,
            self.zero_truth + other.zero_truth,
            self.unlabelled + other.unlabelled,
            self.unpredicted + other.unpredicted,
            self.infinite + other.infinite,
            self.huge + other.huge,
        )


def count_errors(predicted: Floats, truth: Floats) -> ErrorSums:
    """The sums of two arrays of the same length, NaN where a prediction or a truth is missing."""
    unpredicted, unlabelled = np.isnan(predicted), np.isnan(truth)
    infinite = np.isinf(predicted) | np.isinf(truth)
    both = ~(unpredicted | unlabelled | infinite)
    with np.errstate(over="ignore"):
        error = predicted[both] - truth[both]
    near = np.abs(error) <= ERROR_MAX
    error, base = error[near], np.abs(truth[both][near])
    with np.errstate(over="ignore"):
        relative = np.abs(error[base > 0.0]) / base[base > 0.0]
    usable = relative <= ERROR_MAX
    return ErrorSums(
        signed=PowerSums.of(error),
        absolute=PowerSums.of(np.abs(error)),
        squared=PowerSums.of(error**2),
        relative=PowerSums.of(relative[usable]),
        # A truth so near to 0 that the ratio has no digits is as good as 0.
        zero_truth=int((base == 0.0).sum() + (~usable).sum()),
        unlabelled=int((unlabelled & ~unpredicted & ~infinite).sum()),
        unpredicted=int((unpredicted & ~unlabelled & ~infinite).sum()),
        infinite=int(infinite.sum()),
        huge=int((~near).sum()),
    )


def rmse(sums: ErrorSums) -> Figure:
    """The root of the mean squared error.

    >>> rmse(count_errors(np.arange(50.0) + 3.0, np.arange(50.0))).value
    3.0
    """
    mean = _mean(sums, sums.squared)
    if mean.value is None:
        return mean
    if mean.low is None or mean.high is None:
        return Figure.bare(math.sqrt(mean.value), Reason.TOO_FEW, _METHOD, n=mean.n)
    low, high = math.sqrt(max(0.0, mean.low)), math.sqrt(max(0.0, mean.high))
    return Figure(math.sqrt(mean.value), low, high, mean.n, _METHOD)


def mae(sums: ErrorSums) -> Figure:
    """The mean size of the error.

    >>> mae(count_errors(np.array([1.0, 5.0]), np.array([2.0, 2.0]))).value
    2.0
    """
    return _mean(sums, sums.absolute).within(0.0, math.inf)


def bias(sums: ErrorSums) -> Figure:
    """The mean error: above 0 where predictions are too large.

    >>> bias(count_errors(np.array([1.0, 5.0]), np.array([2.0, 2.0]))).value
    1.0
    """
    return _mean(sums, sums.signed)


def mape(sums: ErrorSums) -> Figure:
    """The mean size of the error as a share of the truth, of rows whose truth is not 0.

    >>> mape(count_errors(np.array([1.0, 5.0, 1.0]), np.array([2.0, 4.0, 0.0]))).value
    0.375
    """
    return _mean(sums, sums.relative).within(0.0, math.inf)


def _mean(sums: ErrorSums, powers: PowerSums) -> Figure:
    if powers.n <= 0:
        return Figure.absent(Reason.NO_LABELS if sums.unlabelled else Reason.NO_ROWS, _METHOD)
    interval = mean_interval(powers)
    if interval is None:
        return Figure.bare(powers.mean, Reason.TOO_FEW, _METHOD, n=powers.n)
    # Where all errors are equal but for rounding, the bounds are the value.
    low, high = min(interval[0], powers.mean), max(interval[1], powers.mean)
    return Figure(powers.mean, low, high, powers.n, _METHOD)
