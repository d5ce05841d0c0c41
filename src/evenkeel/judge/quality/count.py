"""From values to counts: what is predicted beside what was true, row by row, into sums that merge.

Nothing is skipped in silence: what cannot be used is counted by what is wrong with it. A window's rows may come in
any number of pieces.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.classification import Confusion
from evenkeel.judge.quality.scores import ScoreCounts
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.means import PowerSums
from evenkeel.kernel.stats.score_grid import BINS, EDGES, LOSS_FLOOR

Floats = NDArray[np.float64]


def count_classes(truth: Sequence[object] | NDArray[Any], predicted: Sequence[object] | NDArray[Any]) -> Confusion:
    """The confusion counts of two columns of the same length.

    None and NaN are missing. Numbers of equal value are one class, whatever their type, and booleans are 0 and 1, for
    a column that lacks some labels turns from integers to floats.

    >>> count_classes([1, 0, None, True], [1.0, True, 1, None])
    Confusion(counts={('1', '1'): 1, ('0', '1'): 1}, unlabelled=1, unpredicted=1, squares={})
    """
    _refuse_unequal(len(truth), len(predicted))
    pairs = Counter(zip(_listed(truth), _listed(predicted), strict=True))
    counts: Counter[tuple[str, str]] = Counter()
    unlabelled = unpredicted = 0
    for (true_value, guess), count in pairs.items():
        names = class_name(true_value), class_name(guess)
        if names[0] is None:
            unlabelled += count if names[1] is not None else 0
        elif names[1] is None:
            unpredicted += count
        else:
            counts[names[0], names[1]] += count
    return Confusion(dict(counts), unlabelled, unpredicted)


def _listed(values: Sequence[object] | NDArray[Any]) -> list[Any]:
    """Plain Python values, also of numpy scalars in a list."""
    if isinstance(values, np.ndarray):
        return values.tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def count_scores(scores: Floats, labels: Floats) -> ScoreCounts:
    """The counts of scores (the probability of the positive class) and labels (1, 0; NaN where there is none yet).

    Raises InvalidInputError where the lengths differ.

    >>> found = count_scores(np.array([0.9, 0.2, 0.7, 1.5]), np.array([1.0, 0.0, np.nan, 1.0]))
    >>> found.labelled, int(found.unlabelled.sum()), found.outside
    (2, 1, 1)
    """
    _refuse_unequal(len(scores), len(labels))
    missing = np.isnan(scores)
    outside = ~missing & ~((scores >= 0.0) & (scores <= 1.0))
    usable = ~missing & ~outside
    unlabelled = usable & np.isnan(labels)
    odd = usable & ~unlabelled & (labels != 0.0) & (labels != 1.0)
    both = usable & ~unlabelled & ~odd
    score, label = scores[both], labels[both]
    is_positive = label == 1.0
    bins = np.minimum(np.maximum(np.ceil(score * BINS).astype(np.int64) - 1, 0), BINS - 1)
    given = np.where(is_positive, score, 1.0 - score)
    return ScoreCounts(
        positive=_by_bucket(score[is_positive]),
        negative=_by_bucket(score[~is_positive]),
        unlabelled=_by_bucket(scores[unlabelled]),
        bin_rows=np.bincount(bins, minlength=BINS).astype(float),
        bin_positives=np.bincount(bins, label, minlength=BINS).astype(float),
        bin_scores=np.bincount(bins, score, minlength=BINS).astype(float),
        log_loss=PowerSums.of(-np.log(np.clip(given, LOSS_FLOOR, 1.0 - LOSS_FLOOR))),
        brier=PowerSums.of((score - label) ** 2),
        fine=int((np.round(score * 1000.0) / 1000.0 != score).sum()),
        missing=int(missing.sum()),
        outside=int(outside.sum()),
        odd_labels=int(odd.sum()),
    )


def _by_bucket(scores: Floats) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(EDGES, scores, side="left"), minlength=EDGES.size + 1)


def as_numbers(values: Sequence[object] | NDArray[Any]) -> Floats:
    """A column as floats: booleans are 0 and 1, numerals in text are read, anything else is NaN.

    >>> as_numbers([1, True, "0.5", None, "n/a"])
    array([1. , 1. , 0.5, nan, nan])
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return values.astype(float)
    return np.array([_number(value) for value in _listed(values)], dtype=float)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _refuse_unequal(first: int, second: int) -> None:
    if first != second:
        raise InvalidInputError(
            f"{first} predictions or labels stand beside {second}.", hint="Give both for the same rows, in one order."
        )
