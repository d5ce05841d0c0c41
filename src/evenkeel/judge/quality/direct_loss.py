"""How large the errors of a model of numbers are before truths arrive: direct loss estimation.

What is learnt is the loss, not the truth (NannyML documentation, "Direct loss estimation"): rows are sorted into
strata, such as twentieths of the prediction or these crossed with a segment, the reference says how large errors are
in each, and a window has the mean of these, weighed by where its rows fall. Strata are the regressor: they hold from
counts and sums alone, merge by addition, and say when a window lies where the reference never was.

Like `estimated`, it sees changes in what comes in and is blind to a change of what the truth follows.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.regression import ErrorSums, count_errors
from evenkeel.kernel.stats.binomial import Z_95
from evenkeel.kernel.stats.means import VALUES_MIN, PowerSums

Floats = NDArray[np.float64]
Stratum = TypeVar("Stratum", bound=Hashable)

#: Strata of the prediction, each with the same number of reference rows.
STRATA: Final = 20
#: Share of a window's rows in strata that the reference does not know, beyond which nothing is estimated.
UNKNOWN_SHARE_MAX: Final = 0.05

_METHOD: Final = "mean loss of the reference's strata, without truths"


class Loss(StrEnum):
    """What is estimated."""

    MAE = "mae"
    RMSE = "rmse"


def strata_edges(predicted: Floats) -> Floats:
    """The inner edges of STRATA quantile strata of the reference's predictions; equal ones are one.

    >>> strata_edges(np.arange(100.0)).size
    19
    """
    usable = predicted[np.isfinite(predicted)]
    if usable.size == 0:
        return np.zeros(0)
    return np.unique(np.quantile(usable, np.arange(1, STRATA) / STRATA))


def losses_by_stratum(predicted: Floats, truth: Floats, edges: Floats) -> dict[int, ErrorSums]:
    """The errors of the reference by stratum of the prediction.

    >>> sorted(losses_by_stratum(np.array([1.0, 9.0]), np.array([1.0, 8.0]), np.array([5.0])))
    [0, 1]
    """
    place = np.searchsorted(edges, predicted, side="left")
    return {int(i): count_errors(predicted[place == i], truth[place == i]) for i in np.unique(place)}


def rows_by_stratum(predicted: Floats, edges: Floats) -> dict[int, float]:
    """How many rows of a window fall into each stratum; those without a finite prediction fall into none.

    >>> rows_by_stratum(np.array([1.0, 9.0, 8.0, np.nan]), np.array([5.0]))
    {0: 1.0, 1: 2.0}
    """
    place = np.searchsorted(edges, predicted[np.isfinite(predicted)], side="left")
    return {int(i): float(count) for i, count in zip(*np.unique(place, return_counts=True), strict=True)}


def estimate_loss(reference: Mapping[Stratum, ErrorSums], window: Mapping[Stratum, float], loss: Loss) -> Figure:
    """The loss that a window will have, truths or not, in the unit of what is predicted.

    Strata are any keys: those of `losses_by_stratum`, or these crossed with a segment.

    >>> reference = losses_by_stratum(np.arange(100.0) + 2.0, np.arange(100.0), np.array([50.0]))
    >>> estimate_loss(reference, {0: 40.0, 1: 60.0}, Loss.MAE).value
    2.0
    """
    n = sum(window.values())
    if n <= 0:
        return Figure.absent(Reason.NO_ROWS, _METHOD)
    known = {
        stratum: _powers(reference[stratum], loss)
        for stratum in window
        if stratum in reference and _powers(reference[stratum], loss).n >= VALUES_MIN
    }
    covered = sum(window[stratum] for stratum in known)
    if covered < (1.0 - UNKNOWN_SHARE_MAX) * n:
        return Figure.absent(Reason.NO_REFERENCE, _METHOD, n=n)
    mean = sum(window[stratum] * powers.mean for stratum, powers in known.items()) / covered
    # The window's own errors scatter, and those of the reference did.
    variance = sum(
        powers.variance * window[stratum] * (1.0 + window[stratum] / powers.n) for stratum, powers in known.items()
    )
    reach = Z_95 * math.sqrt(variance) / covered
    low, high = max(0.0, mean - reach), mean + reach
    if loss is Loss.RMSE:
        mean, low, high = math.sqrt(mean), math.sqrt(low), math.sqrt(high)
    if n < VALUES_MIN:
        return Figure(mean, None, None, n, _METHOD, Reason.TOO_FEW, is_estimate=True)
    return Figure(mean, low, high, n, _METHOD, is_estimate=True)


def _powers(sums: ErrorSums, loss: Loss) -> PowerSums:
    return sums.absolute if loss is Loss.MAE else sums.squared
