"""Bounds of the area under the ROC curve and of the calibration error that decide: of predictions alike within hours.

Parts of a score table (hours, or longer in long windows) are one piece of evidence each. How much wider the interval
gets by that is learned from how far parts pull the figure from its value; never less than independent rows give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.model import LEVEL
from evenkeel.judge.quality.scores import CLASS_MIN
from evenkeel.judge.quality.window_scores import BRIER, SCORES, W, count_table, weight_of
from evenkeel.kernel.stats.auc import area_under_roc, delong_variance, placements
from evenkeel.kernel.stats.batches import BATCHES_MIN, error_of_batches, mean_of_batches
from evenkeel.kernel.stats.means import student_quantile
from evenkeel.kernel.stats.score_grid import BUCKETS
from evenkeel.store.telemetry.predictions import ScoreTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Risks:
    """What the bound that proves a breach may err, and the one that proves an ok."""

    breach: float
    ok: float


@dataclass(frozen=True, slots=True)
class Decided:
    """A figure from 0 to 1 with the bounds that decide and those that are shown; None where there is no figure."""

    value: float | None
    low: float
    high: float
    shown: tuple[float, float] | None
    n: float
    deff: float = 1.0


_NOTHING: Final = Decided(None, 0.0, 1.0, None, 0.0)


def decide_auc(table: ScoreTable, risks: Risks) -> Decided:
    """The area; a breach is a small one, so `high` is the bound that proves it.

    Above, the normal approximation alone would prove too soon: Student's t over parts, and the inversion of DeLong.
    """
    positive, negative = _by_part(table, 1), _by_part(table, 0)
    has_labels = (positive + negative).sum(axis=1) > 0.0  # parts without any tell nothing of how parts differ
    positive, negative = positive[has_labels], negative[has_labels]
    m, n = positive.sum(), negative.sum()
    if m <= 0 or n <= 0:
        return _NOTHING
    up, down = positive.sum(axis=0), negative.sum(axis=0)
    above, below = placements(up, down)
    value = float(up @ above / m)
    parts = positive.shape[0]
    pulls = (positive @ above - value * positive.sum(axis=1)) / m
    pulls += (negative @ below - value * negative.sum(axis=1)) / n
    weighted = weight_of(table, np.ones(table.part.size, dtype=bool)).design_effect
    plain = delong_variance(up, down) * weighted
    if parts < BATCHES_MIN or min(m, n) / weighted < CLASS_MIN:
        return Decided(value, 0.0, 1.0, None, float(m + n))
    error = error_of_batches(pulls)
    deff = weighted * (max(1.0, error**2 / plain) if plain > 0 else 1.0)
    area = area_under_roc(up / deff, down / deff)
    tail = student_quantile(risks.breach, parts - 1) * max(error, math.sqrt(plain))
    high = min(1.0, max(area.high, value + tail) + area.tied)
    return Decided(value, max(0.0, area.low - area.tied), high, (area.low, area.high), float(m + n), deff)


def decide_calibration(table: ScoreTable, risks: Risks) -> Decided:
    """The expected calibration error; a breach is a large one, so `low` is the bound that proves it."""
    rows = np.ones(table.part.size, dtype=bool)
    known = (table.truth >= 0) & (table.bucket >= 0)
    if not known.any():
        return _NOTHING
    parts, place = np.unique(table.part[known], return_inverse=True)
    sums = table.sums[known]
    totals = np.bincount(place, sums[:, W], minlength=parts.size).astype(np.float64)
    gaps = sums[:, SCORES] - sums[:, W] * table.truth[known]
    missed = mean_of_batches(totals, np.bincount(place, gaps, minlength=parts.size).astype(np.float64))
    plain = float(sums[:, BRIER].sum()) / float(totals.sum()) ** 2
    deff = weight_of(table, rows).design_effect * (max(1.0, missed.error**2 / plain) if plain > 0 else 1.0)
    if missed.batches < BATCHES_MIN:
        value = calibration(count_table(table, rows)).ece.value
        return Decided(value, 0.0, 1.0, None, float(totals.sum()))
    counts = count_table(table, rows, by=deff)
    shown, below, above = (calibration(counts, alpha=each).ece for each in (1.0 - LEVEL, risks.breach, risks.ok))
    if shown.low is None or shown.high is None:
        return Decided(shown.value, 0.0, 1.0, None, float(totals.sum()), deff)
    low, high = below.low or 0.0, 1.0 if above.high is None else above.high
    return Decided(shown.value, low, high, (shown.low, shown.high), float(totals.sum()), deff)


def _by_part(table: ScoreTable, truth: int) -> Floats:
    """Weights of predictions of a class, by part (rows) and bucket."""
    parts, place = np.unique(table.part, return_inverse=True)
    chosen = (table.truth == truth) & (table.bucket >= 0)
    flat = np.bincount(
        place[chosen] * BUCKETS + table.bucket[chosen], table.sums[chosen, W], minlength=parts.size * BUCKETS
    )
    return flat.reshape(parts.size, BUCKETS).astype(np.float64)
