"""Quality of models that give each row any number of labels, from counts.

Labels of one row are right or wrong together, so the row is the unit of evidence: sums of squares and products of
the counts per row give the design effect by which the interval of independent decisions is widened. Averages
over labels take the labels to be wrong all at once, which no correlation exceeds: their intervals are wide, never
too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.classification import Measure, f1
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.kernel.errors import InvalidInputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hits:
    """Of one label: how often it was given rightly, wrongly, and not given although true."""

    true_positive: float = 0
    false_positive: float = 0
    false_negative: float = 0

    def __add__(self, other: Hits) -> Hits:
        return Hits(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
        )


def _no_moments() -> Floats:
    return np.zeros((3, 3))


@dataclass(frozen=True, slots=True, eq=False)
class LabelCounts:
    """Hits by label, rows, rows with all labels right, and the products of the three counts summed over rows."""

    by_label: Mapping[str, Hits] = field(default_factory=dict[str, Hits])
    rows: float = 0
    all_right: float = 0
    products: Floats = field(default_factory=_no_moments)
    unlabelled: float = 0

    def __add__(self, other: LabelCounts) -> LabelCounts:
        names = [*self.by_label, *(name for name in other.by_label if name not in self.by_label)]
        return LabelCounts(
            {name: self.by_label.get(name, Hits()) + other.by_label.get(name, Hits()) for name in names},
            self.rows + other.rows,
            self.all_right + other.all_right,
            self.products + other.products,
            self.unlabelled + other.unlabelled,
        )

    @property
    def total(self) -> Hits:
        """The hits of all labels together."""
        return sum(self.by_label.values(), Hits())

    def absent(self) -> Reason:
        """Why there is nothing to compare."""
        return Reason.NO_LABELS if self.unlabelled > 0 else Reason.NO_ROWS


def count_label_sets(truth: NDArray[np.bool_], predicted: NDArray[np.bool_], names: tuple[str, ...]) -> LabelCounts:
    """Counts of two arrays of rows × labels.

    Raises InvalidInputError where the shapes differ or do not fit the names.

    >>> table = np.array([[True, False], [True, True]])
    >>> count_label_sets(table, ~table, ("a", "b")).total
    Hits(true_positive=0, false_positive=1, false_negative=3)
    """
    if truth.shape != predicted.shape or truth.ndim != 2 or truth.shape[1] != len(names):
        raise InvalidInputError(
            f"Label tables of shapes {truth.shape} and {predicted.shape} do not fit {len(names)} names.",
            hint="Give both as rows × labels, one name per label.",
        )
    cells = [truth & predicted, ~truth & predicted, truth & ~predicted]
    by_row = np.stack([each.sum(axis=1) for each in cells]).astype(float)
    by_label = np.stack([each.sum(axis=0) for each in cells])
    hits = {name: Hits(*(int(count) for count in by_label[:, i])) for i, name in enumerate(names)}
    all_right = int((truth == predicted).all(axis=1).sum())
    return LabelCounts(hits, truth.shape[0], all_right, by_row @ by_row.T)


def exact_match(counts: LabelCounts) -> Figure:
    """The share of rows all of whose labels are right (scikit-learn's accuracy of label sets).

    >>> exact_match(LabelCounts(rows=4, all_right=3)).value
    0.75
    """
    return share(counts.all_right, counts.rows, counts.absent())


def hamming_loss(counts: LabelCounts) -> Figure:
    """The share of (row, label) decisions that are wrong.

    >>> one = np.array([[True, False], [True, True]])
    >>> hamming_loss(count_label_sets(one, np.array([[True, True], [True, True]]), ("a", "b"))).value
    0.25
    """
    decisions, total = counts.rows * len(counts.by_label), counts.total
    wrong = total.false_positive + total.false_negative
    effect = _design_effect(counts, np.array([0.0, 1.0, 1.0]), (wrong, decisions), fixed=True)
    return share(wrong, decisions, counts.absent(), deff=effect)


def micro(counts: LabelCounts, measure: Measure) -> Figure:
    """Precision, recall or F1 of all decisions together.

    >>> one = np.array([[True, False], [True, True]])
    >>> micro(count_label_sets(one, np.array([[True, True], [True, True]]), ("a", "b")), Measure.PRECISION).value
    0.75
    """
    if counts.rows <= 0:
        return Figure.absent(counts.absent(), "Wilson")
    total = counts.total
    uses = _uses(measure)
    over = float(uses @ np.array([total.true_positive, total.false_positive, total.false_negative]))
    effect = _design_effect(counts, uses, (total.true_positive, over), fixed=False)
    if measure is Measure.F1:
        return f1(total.true_positive, over, deff=effect)
    absent = Reason.NEVER_PREDICTED if measure is Measure.PRECISION else Reason.CLASS_ABSENT
    return share(total.true_positive, over, absent, deff=effect)


def of_label(counts: LabelCounts, measure: Measure, name: str) -> Figure:
    """Precision, recall or F1 of one label.

    >>> of_label(LabelCounts({"a": Hits(3, 1, 0)}, rows=9), Measure.PRECISION, "a").value
    0.75
    """
    hits = counts.by_label.get(name, Hits())
    if counts.rows <= 0:
        return Figure.absent(counts.absent(), "Wilson")
    match measure:
        case Measure.PRECISION:
            return share(hits.true_positive, hits.true_positive + hits.false_positive, Reason.NEVER_PREDICTED)
        case Measure.RECALL:
            return share(hits.true_positive, hits.true_positive + hits.false_negative, Reason.CLASS_ABSENT)
        case Measure.F1:
            return f1(hits.true_positive, hits.true_positive + hits.false_positive + hits.false_negative)


def macro(counts: LabelCounts, measure: Measure) -> tuple[Figure, int]:
    """(the plain average over labels, how many it leaves out because they have no such measure).

    >>> macro(LabelCounts({"a": Hits(3, 1, 0), "b": Hits(1, 1, 0), "c": Hits()}, rows=9), Measure.PRECISION)[0].value
    0.625
    """
    method = "intervals of labels, averaged as if all labels failed together"
    found = [of_label(counts, measure, name) for name in counts.by_label]
    held = [each for each in found if each.value is not None]
    if not held:
        return Figure.absent(counts.absent() if counts.rows <= 0 else Reason.CLASS_ABSENT, method), len(found)
    value, low, high = (
        sum(side for each in held if (side := getattr(each, part)) is not None) / len(held)
        for part in ("value", "low", "high")
    )
    return Figure(value, min(low, value), max(high, value), counts.rows, method), len(found) - len(held)


def _uses(measure: Measure) -> Floats:
    """Which of true positives, false positives and false negatives the denominator counts."""
    return np.array(
        {Measure.PRECISION: (1.0, 1.0, 0.0), Measure.RECALL: (1.0, 0.0, 1.0), Measure.F1: (1.0, 1.0, 1.0)}[measure]
    )


def _design_effect(counts: LabelCounts, uses: Floats, parts: tuple[float, float], *, fixed: bool) -> float:
    """The variance between rows of a ratio k / n over that of independent decisions (Kish 1965); at least 1.

    `fixed` where each row has the same number of decisions, all of which count, and `uses` picks the wrong ones.
    """
    k, n = parts
    if counts.rows < 2 or n <= 0 or not 0.0 < k < n:
        return 1.0
    ratio = k / n
    if fixed:
        between = float(uses @ counts.products @ uses) - k * k / counts.rows
    else:
        residual = np.array([1.0, 0.0, 0.0]) - ratio * uses
        between = float(residual @ counts.products @ residual)
    between *= counts.rows / (counts.rows - 1)
    return max(1.0, between / (n * ratio * (1.0 - ratio)))
