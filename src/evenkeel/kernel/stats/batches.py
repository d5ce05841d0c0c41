"""A mean whose values come in batches that are alike inside (hours): its bounds by how far batches differ.

The linearised variance of a ratio of sums over K batches, with Student's t of K - 1 degrees of freedom (Cochran 1977,
Sampling Techniques, section 6.6; "ultimate clusters"). Whatever happens inside a batch, it is one piece of evidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.stats.means import student_quantile

Floats = NDArray[np.float64]

#: Fewer batches say nothing of how far they differ.
BATCHES_MIN: Final = 6


@dataclass(frozen=True, slots=True)
class BatchMean:
    """A mean, the standard error of it that batches show, and how many batches there are."""

    value: float
    error: float
    batches: int

    def bound(self, alpha: float, *, upper: bool) -> float:
        """The one-sided bound at risk `alpha`, without limit where there are too few batches."""
        side = 1.0 if upper else -1.0
        if self.batches < BATCHES_MIN:
            return side * math.inf
        return self.value + side * student_quantile(alpha, self.batches - 1) * self.error


def mean_of_batches(totals: Floats, sums: Floats) -> BatchMean:
    """The mean of values whose batches have these totals of weight and weighted sums.

    >>> found = mean_of_batches(np.full(10, 20.0), 20.0 * np.arange(10.0))
    >>> found.value, round(found.error, 3), found.batches
    (4.5, 0.957, 10)
    """
    held = totals > 0.0
    totals, sums = totals[held], sums[held]
    if not totals.size:
        return BatchMean(math.nan, math.inf, 0)
    mean = float(sums.sum() / totals.sum())
    return BatchMean(mean, error_of_batches((sums - mean * totals) / totals.sum()), totals.size)


def error_of_batches(pulls: Floats) -> float:
    """The standard error of a figure that each batch pulls by so much from its value, all of them together by 0."""
    return math.sqrt(float((pulls**2).sum()) * pulls.size / (pulls.size - 1)) if pulls.size > 1 else math.inf
