"""Predictions whose truth is known as trials: what each is worth for accuracy, and for averages over classes.

An average over classes of shares is a sum over predictions, each of which weighs the more the rarer its class is.
Recall of a class is the share of its predictions that are right, so one of class t weighs 1 / (K N_t) for K classes of
N_t predictions each; precision goes by the M_p predicted to be of class p instead; and 1 - F1 of a class is its share
(FP + FN) / (N + M), so that a prediction of t as p weighs 1 / (K (N_t + M_t)) + 1 / (K (N_p + M_p)). So all of them
have the bounds of a weighted share in clusters, given how many predictions are of each class.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.store.telemetry.trial_port import LabelTrials, Trials

Floats = NDArray[np.float64]


class Figure(StrEnum):
    """What is measured of labelled predictions."""

    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"


_NOTHING: Final = Trials("hour", (), ())


def as_trials(labels: LabelTrials, figure: Figure) -> Trials:
    """Clusters whose share of bad ones is 1 minus the figure, averages taken over classes.

    >>> labels = LabelTrials("minute", [0, 0, 1], ["a", "a", "b"], ["a", "b", "b"], [6, 2, 2], 10, 10.0)
    >>> found = as_trials(labels, Figure.RECALL)
    >>> round(1 - sum(found.bad) / sum(found.total), 6)  # all 6 of a, 2 of 4 of b
    0.75
    """
    if not labels.rows:
        return _NOTHING
    n = np.asarray(labels.n, dtype=float)
    names, codes = np.unique(
        np.array([*labels.truth, *labels.predicted], dtype=object).astype(str), return_inverse=True
    )
    truth, predicted = codes[: n.size], codes[n.size :]
    weight = n * _worth(figure, n, truth, predicted, names.size)
    wrong = np.where(truth != predicted, weight, 0.0)
    cluster = np.asarray(labels.cluster, dtype=np.int64)
    # Each row may be of several predictions; their squares are shared out as their number is.
    per_row = labels.squares / float(n.sum())
    return Trials(
        by=labels.by,
        total=np.bincount(cluster, weight).tolist(),
        bad=np.bincount(cluster, wrong).tolist(),
        rows=labels.rows,
        squares=float((weight * (weight / n) * per_row).sum()),
        sampled_unknown=labels.sampled_unknown,
    )


def _worth(
    figure: Figure, n: Floats, truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> Floats | float:
    """What one prediction of each row weighs, so that all of them weigh 1 (for accuracy: each the same)."""
    of_class = np.bincount(truth, n, minlength=classes).astype(float)
    called = np.bincount(predicted, n, minlength=classes).astype(float)
    match figure:
        case Figure.ACCURACY:
            return 1.0
        case Figure.RECALL:
            return _each(of_class)[truth]
        case Figure.PRECISION:
            return _each(called)[predicted]
        case Figure.F1:
            both = _each(of_class + called)
            return both[truth] + both[predicted]


def _each(counts: Floats) -> Floats:
    """1 / (K N) of each class that has any, K of which there are."""
    held = counts > 0
    return np.where(held, 1.0 / np.where(held, counts, 1.0), 0.0) / max(1, int(held.sum()))
