"""Whether scores are probabilities: reliability by tenths of the score, and the expected calibration error.

ECE sums, over bins, the share of rows times the gap between mean score and share of positives (Naeini, Cooper and
Hauskrecht 2015). Of a finite sample it is never 0: a perfectly calibrated model has the ECE that chance gives, which
`by_chance` states. Its interval is the range of the sum over all gaps that the chi-square test of the bins does not
refute: conservative, and valid at 0 too, where the bootstrap is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import LEVEL, Figure, Reason, share
from evenkeel.judge.quality.scores import ScoreCounts
from evenkeel.kernel.stats.score_grid import BINS
from evenkeel.kernel.stats.special import gamma_quantile

Floats = NDArray[np.float64]

#: Labels with which a bin's share is nearly normal.
_ROWS_MIN: Final = 50
_BISECTIONS: Final = 80


@dataclass(frozen=True, slots=True)
class Bin:
    """One tenth of the scores: how many rows, their mean score, and the share of positives among them."""

    low: float
    high: float
    rows: int
    mean_score: float
    positives: Figure


@dataclass(frozen=True, slots=True)
class Calibration:
    """The reliability picture, the expected calibration error, and the one that chance alone gives on average."""

    bins: tuple[Bin, ...]
    ece: Figure
    by_chance: float


def calibration(counts: ScoreCounts, *, alpha: float = 1.0 - LEVEL) -> Calibration:
    """How far scores are from frequencies; the interval errs at most with chance `alpha`.

    >>> calibration(ScoreCounts()).ece.reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    method = "range over what the chi-square test of the bins allows"
    n = float(counts.bin_rows.sum())
    if n <= 0:
        return Calibration((), Figure.absent(counts.absent(), method), math.nan)
    bins = tuple(
        Bin(i / BINS, (i + 1) / BINS, int(rows), float(counts.bin_scores[i] / rows), _positives(counts, i))
        for i, rows in enumerate(counts.bin_rows)
        if rows > 0
    )
    rows = counts.bin_rows[counts.bin_rows > 0]
    positives = counts.bin_positives[counts.bin_rows > 0]
    gaps = np.array([each.mean_score for each in bins]) - positives / rows
    weights = rows / n
    # Two successes and two failures more (Agresti and Coull 1998): a bin without either is not certain.
    shares = (positives + 2.0) / (rows + 4.0)
    errors = np.sqrt(shares * (1.0 - shares) / rows)
    value = float(weights @ np.abs(gaps))
    by_chance = float(weights @ errors) * math.sqrt(2.0 / math.pi)
    if n < _ROWS_MIN:
        return Calibration(bins, Figure.bare(value, Reason.TOO_FEW, method, n=n), by_chance)
    low, high = _range_of_sum((gaps, errors, weights), alpha)
    return Calibration(bins, Figure(value, min(low, value), min(1.0, max(high, value)), n, method), by_chance)


def _positives(counts: ScoreCounts, i: int) -> Figure:
    return share(float(counts.bin_positives[i]), float(counts.bin_rows[i]), Reason.NO_ROWS)


def _range_of_sum(bins: tuple[Floats, Floats, Floats], alpha: float) -> tuple[float, float]:
    """The least and the largest weighted sum of absolute gaps within the confidence ellipsoid of the gaps."""
    gaps, errors, weights = bins
    radius_2 = 2.0 * gamma_quantile(gaps.size / 2.0, alpha, upper=True)
    variances = errors**2
    high = float(weights @ np.abs(gaps)) + math.sqrt(radius_2 * float(weights**2 @ variances))
    if float((gaps**2 / variances).sum()) <= radius_2:
        return 0.0, high

    def pulled(step: float) -> Floats:
        """The gaps nearest to nothing for a step of this size: each is pulled by its weight and variance."""
        return np.maximum(0.0, np.abs(gaps) - step * weights * variances)

    inside, outside = 0.0, float((np.abs(gaps) / (weights * variances)).max())
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inside + outside)
        if float(((np.abs(gaps) - pulled(middle)) ** 2 / variances).sum()) <= radius_2:
            inside = middle
        else:
            outside = middle
    # The least sum lies between the two; the outer end is the safe one.
    return float(weights @ pulled(outside)), high
