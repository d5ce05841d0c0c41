"""How good a binary model is before labels arrive: confidence-based performance estimation.

A calibrated score is the chance that a row is positive, so the expected numbers of true and false positives, and with
them every measure, follow from the scores alone (NannyML documentation, "Confidence-based performance estimation").
It holds while a score means what it meant in the reference: it sees changes in what comes in (covariate shift), and is
blind to a change in what it means (concept drift). What it says is therefore marked as an estimate, and is to be
compared with the truth when labels arrive.

The reference comes in parts, such as its weeks. They calibrate (isotonic regression, kept only if it improves the
calibration error of parts that it did not see), they say how far realised measures scatter (`usual_range`), and
leaving out one at a time says how sure the calibration is. All from counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.classification import Confusion, Measure, accuracy, of_class
from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.scores import Counts, ScoreCounts, auc
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import Z_95
from evenkeel.kernel.stats.isotonic import isotonic
from evenkeel.kernel.stats.score_grid import BINS, EDGES

Floats = NDArray[np.float64]

#: A reference of fewer parts shows neither whether calibration helps nor how measures scatter.
PARTS_MIN: Final = 3
#: Rows of a window below which labels drawn by the scores are far from normal.
ROWS_MIN: Final = 50

_METHOD: Final = "expected from calibrated scores, without labels"


class Performance(StrEnum):
    """What is estimated."""

    AUC = "auc"
    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of rows that were predicted to be positive, and of those predicted to be negative.

    Kept apart, so that no threshold has to be read off the grid.
    """

    as_positive: ScoreCounts = field(default_factory=ScoreCounts)
    as_negative: ScoreCounts = field(default_factory=ScoreCounts)

    def __add__(self, other: Scored) -> Scored:
        return Scored(self.as_positive + other.as_positive, self.as_negative + other.as_negative)

    @property
    def together(self) -> ScoreCounts:
        """All rows, however predicted."""
        return self.as_positive + self.as_negative


def count_scored(scores: Floats, labels: Floats, predicted: Floats) -> Scored:
    """The counts of scores, labels (NaN where there is none yet) and predicted classes (1 or 0), row by row.

    Raises InvalidInputError where the lengths differ or a prediction is neither 1 nor 0.

    >>> found = count_scored(np.array([0.9, 0.2]), np.array([1.0, np.nan]), np.array([1.0, 0.0]))
    >>> found.as_positive.labelled, found.as_negative.labelled
    (1, 0)
    """
    is_positive, is_negative = predicted == 1.0, predicted == 0.0
    if predicted.shape != scores.shape or not bool((is_positive | is_negative).all()):
        odd = predicted[~(is_positive | is_negative)]
        seen = f"the prediction {odd[0]}" if odd.size else f"{predicted.size} predictions for {scores.size} scores"
        raise InvalidInputError(f"Seen: {seen}.", hint="Give 1 (positive) or 0 (negative) for each score.")
    return Scored(
        count_scores(scores[is_positive], labels[is_positive]), count_scores(scores[is_negative], labels[is_negative])
    )


def realised(scored: Scored) -> Mapping[Performance, Figure]:
    """The measures by the labels that are there.

    >>> realised(Scored())[Performance.AUC].reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    up, down = scored.as_positive, scored.as_negative
    counts = {
        ("1", "1"): up.positive.sum().item(),
        ("0", "1"): up.negative.sum().item(),
        ("1", "0"): down.positive.sum().item(),
        ("0", "0"): down.negative.sum().item(),
    }
    confusion = Confusion(counts, unlabelled=(up.unlabelled.sum() + down.unlabelled.sum()).item())
    found = {Performance.AUC: auc(scored.together), Performance.ACCURACY: accuracy(confusion)}
    return found | {Performance(measure.value): of_class(confusion, measure, "1") for measure in Measure}


def usual_range(reference: Sequence[Scored], measure: Performance) -> tuple[float, float] | None:
    """(low, high): the mean of what the parts realised, plus and minus three standard deviations, within 0 and 1.

    None where fewer than PARTS_MIN parts have the measure.
    """
    values = [value for part in reference if (value := realised(part)[measure].value) is not None]
    if len(values) < PARTS_MIN:
        return None
    centre, reach = float(np.mean(values)), 3.0 * float(np.std(values))
    return max(0.0, centre - reach), min(1.0, centre + reach)


@dataclass(frozen=True, slots=True, eq=False)
class Calibrator:
    """The chance of a positive per bucket; the same learnt without each part; calibration errors before and after.

    The errors are of parts that the calibration had not seen. `is_calibrated` is False where the scores themselves
    were the better probabilities.
    """

    chances: Floats
    without_one: tuple[Floats, ...]
    is_calibrated: bool
    error_before: float
    error_after: float


def learn_calibration(reference: Sequence[Scored]) -> Calibrator | None:
    """What scores meant in the reference; None of fewer than PARTS_MIN parts with labels of both classes.

    >>> learn_calibration([]) is None
    True
    """
    parts = [one for part in reference if (one := part.together).labelled > 0]
    whole = sum(parts, ScoreCounts())
    if len(parts) < PARTS_MIN or whole.positives in (0, whole.labelled):
        return None
    scores = _scores_of(whole)
    rest = [_fit(whole.positive - part.positive, whole.negative - part.negative, scores) for part in parts]
    before = sum(_calibration_gap(scores, part) for part in parts) / whole.labelled
    after = sum(_calibration_gap(fit, part) for fit, part in zip(rest, parts, strict=True)) / whole.labelled
    if after >= before:
        return Calibrator(scores, tuple(scores for _ in parts), False, before, after)
    return Calibrator(_fit(whole.positive, whole.negative, scores), tuple(rest), True, before, after)


def _scores_of(counts: ScoreCounts) -> Floats:
    """The score that each bucket stands for: its upper edge, where scores have three decimals, or its middle."""
    upper = np.append(EDGES, 1.0)
    if counts.fine == 0:
        return upper
    return np.concatenate([[0.0], 0.5 * (upper[1:] + upper[:-1])])


def _fit(positive: Counts, negative: Counts, scores: Floats) -> Floats:
    rows = (positive + negative).astype(float)
    shares = np.divide(positive, rows, out=scores.copy(), where=rows > 0)
    return isotonic(shares, rows)


def _calibration_gap(chances: Floats, part: ScoreCounts) -> float:
    """Rows times calibration error, in tenths of the chance."""
    rows = part.positive + part.negative
    bins = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, chances * rows - part.positive, minlength=BINS)
    return float(np.abs(gaps).sum())


def estimate_performance(window: Scored, calibrator: Calibrator | None) -> Mapping[Performance, Figure]:
    """What the measures of a window will be, labels or not, with the 95 % interval of what will be realised.

    The interval holds the chance of the labels, given the scores, and the uncertainty of the calibration.

    >>> estimate_performance(Scored(), None)[Performance.AUC].reason
    <Reason.NO_REFERENCE: 'no_reference'>
    """
    if calibrator is None:
        return {measure: Figure.absent(Reason.NO_REFERENCE, _METHOD) for measure in Performance}
    up, down = _rows(window.as_positive), _rows(window.as_negative)
    n = float(up.sum() + down.sum())
    if n <= 0:
        return {measure: Figure.absent(Reason.NO_ROWS, _METHOD) for measure in Performance}
    found = _expected(up, down, calibrator.chances)
    jackknife = [_expected(up, down, chances) for chances in calibrator.without_one]
    return {
        measure: _figure(found[measure], [each[measure] for each in jackknife], n, measure) for measure in Performance
    }


def _rows(counts: ScoreCounts) -> Floats:
    return (counts.positive + counts.negative + counts.unlabelled).astype(float)


#: (expected value, variance by the chance of the labels), or None where the measure has no value.
_Moments = tuple[float, float] | None


def _figure(found: _Moments, without_one: Sequence[_Moments], n: float, measure: Performance) -> Figure:
    if found is None:
        absent = Reason.NEVER_PREDICTED if measure is Performance.PRECISION else Reason.ONE_CLASS
        return Figure.absent(absent, _METHOD, n=n)
    value, by_labels = found
    if n < ROWS_MIN:
        return Figure(value, None, None, n, _METHOD, Reason.TOO_FEW, is_estimate=True)
    others = np.array([each[0] for each in without_one if each is not None])
    by_calibration = (others.size - 1) / others.size * float(((others - others.mean()) ** 2).sum())
    reach = Z_95 * math.sqrt(by_labels + by_calibration)
    return Figure(value, max(0.0, value - reach), min(1.0, value + reach), n, _METHOD, is_estimate=True)


def _expected(up: Floats, down: Floats, chances: Floats) -> Mapping[Performance, _Moments]:
    """Per measure (expected value, variance), of rows per bucket predicted to be positive and negative."""
    noise = chances * (1.0 - chances)
    hits, missed = float(up @ chances), float(down @ chances)
    n, predicted = float(up.sum() + down.sum()), float(up.sum())
    hits_noise, missed_noise = float(up @ noise), float(down @ noise)
    right = hits + float(down.sum()) - missed
    found: dict[Performance, _Moments] = dict.fromkeys(Performance)
    found[Performance.ACCURACY] = right / n, (hits_noise + missed_noise) / n**2
    if predicted > 0:
        found[Performance.PRECISION] = hits / predicted, hits_noise / predicted**2
    if hits + missed > 0:
        total = hits + missed
        found[Performance.RECALL] = hits / total, (missed**2 * hits_noise + hits**2 * missed_noise) / total**4
        # F1 = 2 TP / (predicted + positives), and positives = TP + missed.
        over = predicted + total
        slopes = 2.0 * (over - hits) / over**2, -2.0 * hits / over**2
        found[Performance.F1] = 2.0 * hits / over, slopes[0] ** 2 * hits_noise + slopes[1] ** 2 * missed_noise
    found[Performance.AUC] = _expected_auc(up + down, chances, noise)
    return found


def _expected_auc(rows: Floats, chances: Floats, noise: Floats) -> _Moments:
    positive, negative = rows * chances, rows * (1.0 - chances)
    m, n = float(positive.sum()), float(negative.sum())
    if m <= 0.0 or n <= 0.0:
        return None
    below = np.cumsum(negative) - 0.5 * negative
    above = m - np.cumsum(positive) + 0.5 * positive
    value = float(positive @ below) / (m * n)
    # What one label more or less of a bucket moves the area by.
    slopes = (below - above) / (m * n) - value / m + value / n
    return value, float((rows * noise) @ slopes**2)
