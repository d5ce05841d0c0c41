"""Classification from counts of (true class, predicted class): accuracy, precision, recall, F1, per class and averaged.

A window is the sum of its parts: merging is addition, and every measure is computed from the sums.

Given how many rows are of a class (or were predicted to be), the true positives among them are binomial, so recall
and precision have the interval of a share. F1 = 2J / (1 + J) of the Jaccard share J = TP / (TP + FP + FN), which is
binomial too, given its denominator; its interval is that of J, carried over, and holds near 0 and 1 where the usual
delta method does not. Averages over classes are linear functions of such shares: Price and Bonett's interval
(Computational Statistics & Data Analysis 45, 2004), with the correlations between classes of a linearisation.

Rows of a sample count by their weight; intervals are those of as many rows as these are worth (`kernel.stats.weights`).

A class that was never predicted has no precision and one that never occurred no recall; averages leave such classes
out (scikit-learn: `zero_division=nan`) and `n_left_out` says how many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.kernel.stats.binomial import Z_95
from evenkeel.kernel.stats.weights import Weight, share_design_effect

Floats = NDArray[np.float64]

#: Classes that are told one by one: more are read by nobody, and each is a walk over all counts.
CLASSES_MAX: Final = 20

_AVERAGED: Final = "Price and Bonett, with the correlation between classes"


class Measure(StrEnum):
    """What is measured of a class against all others."""

    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"


class Average(StrEnum):
    """How classes are put together: each the same, or each by how often it occurs."""

    MACRO = "macro"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each (true class, predicted class) occurred; and what could not be compared.

    `squares` are the sums of the squared weights of sampled rows; a pair without one has rows that count for one.

    >>> one = Confusion({("cat", "cat"): 8, ("cat", "dog"): 2}, unlabelled=3)
    >>> (one + Confusion({("cat", "cat"): 1})).counts[("cat", "cat")]
    9
    """

    counts: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    unlabelled: float = 0  # predictions without a label (yet)
    unpredicted: float = 0  # labels without a usable prediction
    squares: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])

    def __add__(self, other: Confusion) -> Confusion:
        counts = dict(self.counts)
        for pair, count in other.counts.items():
            counts[pair] = counts.get(pair, 0) + count
        squares = (
            {pair: self.weight(pair).squares + other.weight(pair).squares for pair in counts}
            if self.squares or other.squares
            else {}
        )
        return Confusion(counts, self.unlabelled + other.unlabelled, self.unpredicted + other.unpredicted, squares)

    def weight(self, pair: tuple[str, str]) -> Weight:
        """How the rows of one pair count."""
        n = self.counts.get(pair, 0)
        return Weight(n, self.squares.get(pair, n))

    def weight_where(self, chosen: Callable[[str, str], bool]) -> Weight:
        """How the rows count whose (true class, predicted class) is chosen."""
        return sum((self.weight(pair) for pair in self.counts if chosen(*pair)), Weight())

    @property
    def n(self) -> float:
        """Rows with a label and a prediction."""
        return sum(self.counts.values())

    @property
    def classes(self) -> tuple[str, ...]:
        """All classes that occurred or were predicted, in order."""
        return tuple(sorted({name for pair, count in self.counts.items() if count > 0 for name in pair}))

    def absent(self) -> Reason:
        """Why there is nothing to compare."""
        return Reason.NO_LABELS if self.unlabelled > 0 else Reason.NO_ROWS


def accuracy(confusion: Confusion, *, deff: float = 1.0) -> Figure:
    """The share of rows whose predicted class is the true one.

    >>> accuracy(Confusion({("1", "1"): 90, ("0", "1"): 10})).value
    0.9
    """
    right = sum(count for (truth, predicted), count in confusion.counts.items() if truth == predicted)
    hits, misses = confusion.weight_where(str.__eq__), confusion.weight_where(str.__ne__)
    return share(right, confusion.n, confusion.absent(), deff=deff * share_design_effect(hits, misses))


def of_class(confusion: Confusion, measure: Measure, name: str) -> Figure:
    """Precision, recall or F1 of one class, in ratios from 0 to 1.

    >>> of_class(Confusion({("1", "1"): 6, ("1", "0"): 2, ("0", "1"): 2}), Measure.F1, "1").value
    0.75
    """
    if confusion.n <= 0:
        return Figure.absent(confusion.absent(), "Wilson")
    true_positive = confusion.counts.get((name, name), 0)
    occurred = sum(count for (truth, _), count in confusion.counts.items() if truth == name)
    predicted = sum(count for (_, guess), count in confusion.counts.items() if guess == name)
    deff = _of_class_design_effect(confusion, measure, name)
    match measure:
        case Measure.PRECISION:
            return share(true_positive, predicted, Reason.NEVER_PREDICTED, deff=deff)
        case Measure.RECALL:
            return share(true_positive, occurred, Reason.CLASS_ABSENT, deff=deff)
        case Measure.F1:
            return f1(true_positive, occurred + predicted - true_positive, deff=deff)


def _of_class_design_effect(confusion: Confusion, measure: Measure, name: str) -> float:
    """That of the share which the measure of a class comes from."""
    if not confusion.squares:
        return 1.0
    as_guess = confusion.weight_where(lambda truth, guess: guess == name != truth)
    as_truth = confusion.weight_where(lambda truth, guess: truth == name != guess)
    misses = {Measure.PRECISION: as_guess, Measure.RECALL: as_truth, Measure.F1: as_guess + as_truth}[measure]
    return share_design_effect(confusion.weight((name, name)), misses)


def frequent_classes(confusion: Confusion, most: int) -> tuple[str, ...]:
    """At most `most` classes, those that are true most often first: what is told one by one.

    >>> frequent_classes(Confusion({("cat", "dog"): 2, ("dog", "dog"): 5}), 1)
    ('dog',)
    """
    occurred = dict.fromkeys(confusion.classes, 0.0)
    for (truth, _), n in confusion.counts.items():
        if truth in occurred:
            occurred[truth] += n
    return tuple(sorted(occurred, key=lambda name: (-occurred[name], name))[:most])


def f1(true_positive: float, touched: float, *, deff: float = 1.0) -> Figure:
    """F1 from the true positives among `touched` rows: those that are of the class, predicted to be, or both.

    >>> f1(6, 10)
    Figure(value=0.75, low=0.415..., high=0.935..., n=10, method='Clopper-Pearson, of the Jaccard share', ...)
    """
    jaccard = share(true_positive, touched, Reason.CLASS_ABSENT, deff=deff)
    if jaccard.value is None or jaccard.low is None or jaccard.high is None:
        return Figure.absent(Reason.CLASS_ABSENT, "Wilson, of the Jaccard share")
    method = f"{jaccard.method}, of the Jaccard share"
    value = 2.0 * true_positive / (touched + true_positive)
    return Figure(value, min(_f1_of(jaccard.low), value), max(_f1_of(jaccard.high), value), touched, method)


def _f1_of(jaccard: float) -> float:
    return 2.0 * jaccard / (1.0 + jaccard)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The confusion as arrays: one entry per pair that occurred, and totals per class, also of squared weights."""

    truth: NDArray[np.int64]
    guess: NDArray[np.int64]
    count: Floats
    squares: Floats
    occurred: Floats
    predicted: Floats
    hit: Floats
    squares_occurred: Floats
    squares_predicted: Floats
    squares_hit: Floats


def _cells(confusion: Confusion) -> _Cells:
    place = {name: i for i, name in enumerate(confusion.classes)}
    kept = [pair for pair, count in confusion.counts.items() if count > 0]
    truth = np.array([place[t] for t, _ in kept], dtype=np.int64)
    guess = np.array([place[p] for _, p in kept], dtype=np.int64)
    count = np.array([float(confusion.counts[pair]) for pair in kept])
    squares = np.array([confusion.weight(pair).squares for pair in kept])
    size = len(place)
    totals = (_totals(truth, guess, weights, size) for weights in (count, squares))
    return _Cells(truth, guess, count, squares, *next(totals), *next(totals))


def _totals(
    truth: NDArray[np.int64], guess: NDArray[np.int64], weights: Floats, size: int
) -> tuple[Floats, Floats, Floats]:
    """Per class: what occurred, was predicted, and both."""
    hit = truth == guess
    return _sums(truth, weights, size), _sums(guess, weights, size), _sums(truth[hit], weights[hit], size)


def _sums(place: NDArray[np.int64], count: Floats, size: int) -> Floats:
    return np.bincount(place, count, minlength=size).astype(np.float64)


def averaged(confusion: Confusion, measure: Measure, average: Average) -> tuple[Figure, int]:
    """(the average over classes, how many classes it leaves out because they have no such measure).

    Weights of `weighted` are how often each class occurred.

    >>> counts = Confusion({("a", "a"): 40, ("a", "b"): 10, ("b", "b"): 30, ("b", "a"): 20})
    >>> figure, left_out = averaged(counts, Measure.RECALL, Average.MACRO)
    >>> round(figure.value, 6), left_out
    (0.7, 0)
    """
    if confusion.n <= 0:
        return Figure.absent(confusion.absent(), _AVERAGED), 0
    cells = _cells(confusion)
    over, successes = _denominators(cells, measure)
    held = over > 0
    if average is Average.WEIGHTED:
        held &= cells.occurred > 0  # classes of no weight change nothing
    if not held.any():
        return Figure.absent(Reason.CLASS_ABSENT, _AVERAGED), int(held.size)
    if measure is Measure.RECALL and average is Average.WEIGHTED:
        return accuracy(confusion), 0  # the same number, and exactly a share
    left_out = int(((over <= 0) & ((cells.occurred > 0) | (average is Average.MACRO))).sum())
    raw = np.where(held, 1.0 if average is Average.MACRO else cells.occurred, 0.0)
    weights = raw / raw.sum()
    worth = _design_effects(cells, measure) if confusion.squares else 1.0
    value, centre, reach = _class_intervals(successes / worth, over / worth, weights, measure)
    mean, middle = float(weights @ value), float(weights @ centre)
    shift = cells.occurred * 0.0 if average is Average.MACRO else held * (value - mean) / raw.sum()
    half = _combined(cells, measure, (value, weights, reach), shift)
    figure = Figure(mean, min(middle - half, mean), max(middle + half, mean), confusion.n, _AVERAGED)
    return figure.within(0.0, 1.0), left_out


def _denominators(cells: _Cells, measure: Measure) -> tuple[Floats, Floats]:
    """(n, successes) per class of the share that the measure comes from."""
    over = {
        Measure.PRECISION: cells.predicted,
        Measure.RECALL: cells.occurred,
        Measure.F1: cells.occurred + cells.predicted - cells.hit,
    }[measure]
    return over, cells.hit


def _design_effects(cells: _Cells, measure: Measure) -> Floats:
    """Per class, that of the share which its measure comes from."""
    over, hits = _denominators(cells, measure)
    missed = cells.squares_occurred - cells.squares_hit, cells.squares_predicted - cells.squares_hit
    misses = {Measure.PRECISION: missed[1], Measure.RECALL: missed[0], Measure.F1: missed[0] + missed[1]}[measure]
    rows = zip(hits, over - hits, cells.squares_hit, misses, strict=True)
    return np.array(
        [share_design_effect(Weight(hit, w_hit), Weight(miss, w_miss)) for hit, miss, w_hit, w_miss in rows]
    )


def _class_intervals(
    successes: Floats, over: Floats, weights: Floats, measure: Measure
) -> tuple[Floats, Floats, Floats]:
    """(value, centre, half the width) per class, with the share of four pseudo-rows that is its own.

    Four rows are added to the whole average, not to each class: with many classes of few rows each, what draws one
    class towards one half would draw the average away from the truth.
    """
    held = weights > 0
    own = float((weights**2).sum())
    n = np.where(held, over, 1.0)
    k = np.where(held, successes, 0.0)
    value, centre = k / n, (k + 2.0 * own) / (n + 4.0 * own)
    reach = Z_95 * np.sqrt(centre * (1.0 - centre) / (n + 4.0 * own))
    if measure is Measure.F1:
        # Of F1 = 2J / (1 + J), whose slope is 2 / (1 + J)².
        value, centre, reach = 2 * value / (1 + value), 2 * centre / (1 + centre), 2 * reach / (1 + centre) ** 2
    return value, centre, np.where(held, reach, 0.0)


def _combined(cells: _Cells, measure: Measure, parts: tuple[Floats, Floats, Floats], shift: Floats) -> float:
    """Half the width of the average's interval.

    Each class brings half the width of its own, `reach`, in place of 1.96 standard errors; between classes the
    correlations are those of the linearised measures. `shift` is what one more row of a class moves the weights by.
    """
    value, weights, reach = parts
    on_truth, on_guess, on_hit = _slopes(cells, measure, value)
    se = np.sqrt(_own_variance(cells, (on_truth, on_guess, on_hit)))
    # A class at 0 or 1 has no standard error; it is put in as if it were independent of the others.
    scale = np.divide(reach, se, out=np.zeros_like(se), where=se > 1e-12)
    alone = float((np.where(se > 1e-12, 0.0, weights * reach) ** 2).sum())
    per_row = (weights * scale * on_truth)[cells.truth] + (weights * scale * on_guess)[cells.guess]
    same = cells.truth == cells.guess
    per_row = per_row + np.where(same, (weights * scale * on_hit)[cells.truth], 0.0)
    moved = per_row + Z_95 * shift[cells.truth]
    total = float(cells.count.sum())
    centred = moved - float(cells.count @ moved) / total
    return math.sqrt(float(cells.squares @ centred**2) + alone)


def _slopes(cells: _Cells, measure: Measure, value: Floats) -> tuple[Floats, Floats, Floats]:
    """What one more row moves each class's measure by: through its truth, its prediction, and both being the class."""
    none = np.zeros_like(value)
    both = cells.occurred + cells.predicted
    over = {Measure.PRECISION: cells.predicted, Measure.RECALL: cells.occurred, Measure.F1: both}[measure]
    inverse = np.divide(1.0, over, out=np.zeros_like(over), where=over > 0)
    if measure is Measure.RECALL:
        return -value * inverse, none, inverse
    if measure is Measure.PRECISION:
        return none, -value * inverse, inverse
    return -value * inverse, -value * inverse, 2.0 * inverse


def _own_variance(cells: _Cells, slopes: tuple[Floats, Floats, Floats]) -> Floats:
    """The variance of each class's measure, of rows drawn independently."""
    on_truth, on_guess, on_hit = slopes
    hit = cells.squares_hit
    only_truth, only_guess = cells.squares_occurred - hit, cells.squares_predicted - hit
    return only_truth * on_truth**2 + only_guess * on_guess**2 + hit * (on_truth + on_guess + on_hit) ** 2
