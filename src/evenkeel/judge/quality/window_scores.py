"""Scores of a service's predictions: how well they tell classes apart, whether they are probabilities, and estimates.

With two classes a score is that of the positive one, the last by name, as in scikit-learn. With more, it is that of the
class which was predicted, and tells how sure the model was: whether that is right as often as it says can be judged,
the rest would need the scores of all classes.

The `value` of a prediction that names a class is the probability of that class. Somebody who logs the probability of
the positive class whatever was predicted would get figures that are nonsense; so where two classes are predicted and a
higher score of the positive one does not go with its being predicted, nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.calibration import Calibration, calibration
from evenkeel.judge.quality.estimated import Scored
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.scores import ScoreCounts, auc, brier, log_loss
from evenkeel.kernel.stats.auc import area_under_roc
from evenkeel.kernel.stats.means import PowerSums
from evenkeel.kernel.stats.score_grid import BINS, BUCKETS, bin_of_bucket
from evenkeel.kernel.stats.weights import Weight, WeightedSums
from evenkeel.store.telemetry.predictions import ScoreTable, Scoring

Mask = NDArray[np.bool_]

#: Share of pairs of predictions whose scores are in the order of what was predicted, below which they are not what
#: they should be. With one threshold it is 1; with a threshold per segment it is hardly ever below 0.9; the
#: probability of one fixed class, given whatever was predicted, has about 0.5.
ORDER_MIN: Final = 0.8
#: Predictions of either class below which their order says nothing.
ORDERED_ROWS_MIN: Final = 20

#: Columns of the sums of a `ScoreTable`.
W, SQUARES, SCORES, FINE, LOSS, BRIER = 0, 1, 2, 3, 4, 9


@dataclass(frozen=True, slots=True)
class ScoredQuality:
    """What the scores of some predictions are worth.

    `positive` is the class whose score it is; None: each that was predicted. `tenths` are sums of weights of all
    predictions by tenth of the score, with a truth or without.
    """

    positive: str | None
    figures: Mapping[str, Figure]
    calibration: Calibration
    tenths: tuple[float, ...]
    predictions: float
    missing: float
    outside: float


def choose_scoring(classes: Sequence[str]) -> Scoring | None:
    """Which score is told, by the classes that there are; None of fewer than two.

    >>> choose_scoring(["benign", "malignant"])
    Scoring(negative='benign', positive='malignant')
    >>> choose_scoring(["a", "b", "c"]), choose_scoring(["a"])
    (Scoring(negative=None, positive=None), None)
    """
    names = sorted(set(classes))
    if len(names) < 2:
        return None
    return Scoring(*names) if len(names) == 2 else Scoring()


def measure_scores(table: ScoreTable, scoring: Scoring, chosen: Mask | None = None) -> ScoredQuality:
    """The figures of the chosen rows, or of all; each with its interval or why there is none.

    >>> none = np.zeros(0)
    >>> table = ScoreTable(none.astype(int), none.astype(object), none.astype(bool), none.astype(int), none.astype(int),
    ...                    none.reshape(0, 14))
    >>> measure_scores(table, Scoring("0", "1")).figures["AUC"].reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    rows = np.ones(table.part.size, dtype=bool) if chosen is None else chosen
    weight = weight_of(table, rows)
    counts = count_table(table, rows, by=weight.design_effect)
    found = calibration(counts)
    figures = {"AUC": auc(counts), "log loss": log_loss(counts), "Brier score": brier(counts)}
    if scoring.positive is None:
        figures = {name: Figure.absent(Reason.NOT_BINARY, each.method) for name, each in figures.items()}
    figures["calibration error"] = found.ece
    refusal = _refusal(table, rows, scoring)
    if refusal is not None:
        figures = {name: Figure.absent(refusal, each.method) for name, each in figures.items()}
        found = Calibration((), figures["calibration error"], found.by_chance)
    elif weight.n > 0:
        figures = {name: each if each.n <= 0 else replace(each, n=weight.n) for name, each in figures.items()}
    return ScoredQuality(
        scoring.positive,
        figures,
        found,
        tuple(_tenths(table, rows).tolist()),
        float(table.sums[rows, W].sum()),
        float(table.sums[rows & (table.bucket == -1), W].sum()),
        float(table.sums[rows & (table.bucket == -2), W].sum()),
    )


def _refusal(table: ScoreTable, rows: Mask, scoring: Scoring) -> Reason | None:
    """Why nothing is told of these rows, though there are some."""
    if table.is_cut:
        return Reason.TOO_MANY
    if rows.any() and not (table.bucket[rows] >= 0).any():
        return Reason.NO_SCORES
    if scoring.positive is not None and not is_of_predicted(table, rows):
        return Reason.SCORES_AMBIGUOUS
    return None


def is_of_predicted(table: ScoreTable, chosen: Mask) -> bool:
    """Whether scores go with what was predicted, in every version that has enough of either class to tell."""
    usable = chosen & (table.bucket >= 0)
    for version in set(table.version[usable].tolist()):
        of_version = usable & (table.version == version)
        up, down = (
            np.bincount(table.bucket[rows], table.sums[rows, W], minlength=BUCKETS).astype(np.float64)
            for rows in (of_version & table.as_positive, of_version & ~table.as_positive)
        )
        if min(up.sum(), down.sum()) >= ORDERED_ROWS_MIN and area_under_roc(up, down).value < ORDER_MIN:
            return False
    return True


def weight_of(table: ScoreTable, rows: Mask) -> Weight:
    """How the labelled rows count."""
    known = rows & (table.truth >= 0) & (table.bucket >= 0)
    return Weight(float(table.sums[known, W].sum()), float(table.sums[known, SQUARES].sum()))


def _tenths(table: ScoreTable, rows: Mask) -> NDArray[np.float64]:
    usable = rows & (table.bucket >= 0)
    tenth = bin_of_bucket()[table.bucket[usable]]
    return np.bincount(tenth, table.sums[usable, W], minlength=BINS).astype(np.float64)


def count_table(table: ScoreTable, rows: Mask, *, by: float = 1.0) -> ScoreCounts:
    """The counts of these rows on the grid; of a sample, of as many rows as it is worth: those seen, divided `by` the
    design effect."""
    usable = rows & (table.bucket >= 0)
    known = usable & (table.truth >= 0)
    positive, negative, unlabelled = (usable & (table.truth == truth) for truth in (1, 0, -1))
    sums, tenth = table.sums, bin_of_bucket()

    def by_bucket(chosen: Mask) -> NDArray[np.float64]:
        return np.bincount(table.bucket[chosen], sums[chosen, W] / by, minlength=BUCKETS).astype(np.float64)

    def by_tenth(chosen: Mask, column: int) -> NDArray[np.float64]:
        return np.bincount(tenth[table.bucket[chosen]], sums[chosen, column] / by, minlength=BINS).astype(np.float64)

    return ScoreCounts(
        positive=by_bucket(positive),
        negative=by_bucket(negative),
        unlabelled=by_bucket(unlabelled),
        bin_rows=by_tenth(known, W),
        bin_positives=by_tenth(positive, W),
        bin_scores=by_tenth(known, SCORES),
        log_loss=_powers(table, known, LOSS),
        brier=_powers(table, known, BRIER),
        fine=float(sums[known, FINE].sum()),
        missing=float(sums[rows & (table.bucket == -1), W].sum()),
        outside=float(sums[rows & (table.bucket == -2), W].sum()),
    )


def _powers(table: ScoreTable, known: Mask, first: int) -> PowerSums:
    n, squares = (float(table.sums[known, column].sum()) for column in (W, SQUARES))
    powers = [float(table.sums[known, first + column].sum()) for column in range(5)]
    return WeightedSums(n, powers[0], powers[1], powers[2], squares, powers[3], powers[4]).effective()


def split_by_predicted(table: ScoreTable, rows: Mask) -> Scored:
    """The counts of rows that were predicted to be positive, and of those predicted to be negative."""
    by = Weight(float(table.sums[rows, W].sum()), float(table.sums[rows, SQUARES].sum())).design_effect
    return Scored(
        count_table(table, rows & table.as_positive, by=by), count_table(table, rows & ~table.as_positive, by=by)
    )
