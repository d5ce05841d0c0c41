"""How sure a model says it is: shares of predictions with high and with low confidence, counted exactly.

Confidence is the probability given to the class that was predicted. Its thresholds are counted and not read off a
grid, so that no prediction at exactly 0.8 is on the wrong side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import Figure, Reason, share

#: The operating model's: at least 0.8 is high, less than 0.5 is low.
HIGH: Final = 0.8
LOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class ConfidenceCounts:
    """Predictions by confidence; those that state none (`missing`) or no probability (`outside`) are apart.

    >>> found = count_confidence(np.array([0.9, 0.8, 0.6, 0.4, float("nan"), 7.0]))
    >>> found
    ConfidenceCounts(n=4, high=2, low=1, missing=1, outside=1)
    >>> (found + found).n
    8
    """

    n: int = 0
    high: int = 0
    low: int = 0
    missing: int = 0
    outside: int = 0

    def __add__(self, other: ConfidenceCounts) -> ConfidenceCounts:
        return ConfidenceCounts(
            self.n + other.n,
            self.high + other.high,
            self.low + other.low,
            self.missing + other.missing,
            self.outside + other.outside,
        )


def count_confidence(confidence: NDArray[np.float64]) -> ConfidenceCounts:
    """Counts of an array of confidences."""
    missing = np.isnan(confidence)
    usable = (confidence >= 0.0) & (confidence <= 1.0)
    return ConfidenceCounts(
        n=int(usable.sum()),
        high=int((usable & (confidence >= HIGH)).sum()),
        low=int((usable & (confidence < LOW)).sum()),
        missing=int(missing.sum()),
        outside=int((~missing & ~usable).sum()),
    )


def high_share(counts: ConfidenceCounts) -> Figure:
    """The share of predictions that are at least 0.8 sure.

    >>> high_share(ConfidenceCounts(n=4, high=2)).value
    0.5
    """
    return share(counts.high, counts.n, Reason.NO_ROWS)


def low_share(counts: ConfidenceCounts) -> Figure:
    """The share of predictions that are less than 0.5 sure.

    >>> low_share(ConfidenceCounts()).reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    return share(counts.low, counts.n, Reason.NO_ROWS)
