"""Quality of scores of a binary model from counts on a fixed grid: AUC, log loss, Brier, calibration.

The grid (kernel/stats/score_grid) is the same for every model, so that windows, versions and segments merge by
addition. Scores with up to three decimals have a bucket each, so ranks are exact; otherwise the area under the ROC
curve is off by at most half the chance that a positive and a negative share a bucket, which is stated with it.

Log loss and Brier are exact sums, beside the grid. A threshold that decides is not read off the grid but counted
(`confidence.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.stats.auc import area_under_roc
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.means import PowerSums, mean_interval
from evenkeel.kernel.stats.score_grid import BINS, BUCKETS

Floats = NDArray[np.float64]
Counts = NDArray[np.int64] | NDArray[np.float64]  # rows, or what sampled rows are worth

#: With fewer labels of the rarer class, what the sample says of its own spread is not trusted.
CLASS_MIN: Final = 10


def _no_counts() -> Counts:
    return np.zeros(BUCKETS, dtype=np.int64)


def _no_sums() -> Floats:
    return np.zeros(BINS)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCounts:
    """Scores of the positive class by bucket and label; `bin_*` per tenth: rows, positives, sum of the scores.

    `fine` are labelled scores of more than three decimals: without them no bucket holds two different scores. What
    is no probability is counted apart: `missing` (none, NaN, no number), `outside` (infinite, below 0 or above 1).
    Rows whose label is neither 0 nor 1 count as `odd_labels`, and nowhere else.
    """

    positive: Counts = field(default_factory=_no_counts)
    negative: Counts = field(default_factory=_no_counts)
    unlabelled: Counts = field(default_factory=_no_counts)
    bin_rows: Floats = field(default_factory=_no_sums)
    bin_positives: Floats = field(default_factory=_no_sums)
    bin_scores: Floats = field(default_factory=_no_sums)
    log_loss: PowerSums = field(default_factory=PowerSums)
    brier: PowerSums = field(default_factory=PowerSums)
    fine: float = 0
    missing: float = 0
    outside: float = 0
    odd_labels: float = 0

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        return ScoreCounts(
            self.positive + other.positive,
            self.negative + other.negative,
            self.unlabelled + other.unlabelled,
            self.bin_rows + other.bin_rows,
            self.bin_positives + other.bin_positives,
            self.bin_scores + other.bin_scores,
            self.log_loss + other.log_loss,
            self.brier + other.brier,
            self.fine + other.fine,
            self.missing + other.missing,
            self.outside + other.outside,
            self.odd_labels + other.odd_labels,
        )

    @property
    def positives(self) -> float:
        """Rows whose label is the positive class."""
        return self.positive.sum().item()

    @property
    def labelled(self) -> float:
        """Rows with a score and a label."""
        return (self.positive.sum() + self.negative.sum()).item()

    def absent(self) -> Reason:
        """Why there is nothing to compute from."""
        return Reason.NO_LABELS if self.unlabelled.any() else Reason.NO_ROWS


def auc(counts: ScoreCounts) -> Figure:
    """The area under the ROC curve, 0.5 where scores say nothing, 1 where they tell all.

    >>> counts = ScoreCounts()
    >>> auc(counts).reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    method = "Mann-Whitney; DeLong's variance, bounds by inversion"
    n = counts.labelled
    if n == 0:
        return Figure.absent(counts.absent(), method)
    if counts.positives in (0, n):
        return Figure.absent(Reason.ONE_CLASS, method, n=n)
    area = area_under_roc(counts.positive.astype(float), counts.negative.astype(float))
    error = area.tied if counts.fine else 0.0
    if min(counts.positives, n - counts.positives) < CLASS_MIN:
        return Figure(area.value, None, None, n, method, Reason.TOO_FEW, error)
    low, high = max(0.0, area.low - error), min(1.0, area.high + error)
    return Figure(area.value, low, high, n, method, grid_error=error)


def log_loss(counts: ScoreCounts) -> Figure:
    """The mean of -log of the probability that was given to what happened, in nats.

    >>> log_loss(ScoreCounts()).reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    method = "mean with Hall's correction for skewness"
    if counts.labelled == 0:
        return Figure.absent(counts.absent(), method)
    interval = mean_interval(counts.log_loss)
    if interval is None or _rarer(counts) < CLASS_MIN:
        return Figure.bare(counts.log_loss.mean, Reason.TOO_FEW, method, n=counts.labelled)
    return Figure(counts.log_loss.mean, *interval, counts.labelled, method).within(0.0, np.inf)


def brier(counts: ScoreCounts) -> Figure:
    """The mean squared difference of score and outcome, from 0 to 1.

    >>> brier(ScoreCounts()).reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    method = "mean with Hall's correction for skewness"
    n = counts.labelled
    if n == 0:
        return Figure.absent(counts.absent(), method)
    interval = mean_interval(counts.brier)
    if interval is None or _rarer(counts) < CLASS_MIN:
        # A mean of values from 0 to 1 varies at most as a share does.
        method = "Wilson at the largest variance possible"
        interval = wilson_interval(counts.brier.first, n)
    return Figure(counts.brier.mean, *interval, n, method).within(0.0, 1.0)


def _rarer(counts: ScoreCounts) -> float:
    return min(counts.positives, counts.labelled - counts.positives)
