"""Rows with any number of labels: equal to scikit-learn, the row as the unit of evidence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from evenkeel.judge.quality.classification import Measure
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.multilabel import (
    LabelCounts,
    count_label_sets,
    exact_match,
    hamming_loss,
    macro,
    micro,
    of_label,
)
from evenkeel.kernel.errors import InvalidInputError

metrics: Any = sklearn_metrics  # it ships no types

NAMES = ("a", "b", "c", "d")
SCORERS = {
    Measure.PRECISION: metrics.precision_score,
    Measure.RECALL: metrics.recall_score,
    Measure.F1: metrics.f1_score,
}


def drawn(chance: np.random.Generator, rows: int, *, bursts: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Labels at 30 %, a tenth of them wrong: each by itself, or all of a row together."""
    truth = chance.random((rows, len(NAMES))) < 0.3
    wrong = chance.random((rows, 1 if bursts else len(NAMES))) < 0.1
    return truth, truth ^ wrong


def test_every_measure_equals_scikit_learn() -> None:
    truth, guess = drawn(np.random.default_rng(1), 500)
    counts = count_label_sets(truth, guess, NAMES)
    assert exact_match(counts).value == pytest.approx(metrics.accuracy_score(truth, guess))
    assert hamming_loss(counts).value == pytest.approx(metrics.hamming_loss(truth, guess))
    for measure, scorer in SCORERS.items():
        assert micro(counts, measure).value == pytest.approx(scorer(truth, guess, average="micro"))
        assert macro(counts, measure)[0].value == pytest.approx(scorer(truth, guess, average="macro"))
        by_label = [of_label(counts, measure, name).value for name in NAMES]
        assert by_label == pytest.approx(scorer(truth, guess, average=None).tolist())


def test_merging_is_addition_also_of_different_labels() -> None:
    truth, guess = drawn(np.random.default_rng(2), 100)
    one, two = count_label_sets(truth[:40], guess[:40], NAMES), count_label_sets(truth[40:], guess[40:], NAMES)
    merged, whole = one + two, count_label_sets(truth, guess, NAMES)
    assert merged.by_label == whole.by_label
    assert (merged.products == whole.products).all()
    assert (merged.rows, merged.all_right) == (whole.rows, whole.all_right)
    other = count_label_sets(truth, guess, ("e", "f", "g", "h"))
    assert len((whole + other).by_label) == 8


def holds(figure: Figure, true: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= true <= figure.high


@pytest.mark.parametrize("bursts", [False, True])
def test_intervals_cover_at_least_93_percent_of_the_time_also_when_rows_are_wrong_as_a_whole(bursts: bool) -> None:
    """300 seeded samples of 200 rows: 93 % less 3 standard errors is 88.6 %."""
    true = {Measure.PRECISION: 0.27 / 0.34, Measure.RECALL: 0.9, Measure.F1: 0.54 / 0.64}
    chance = np.random.default_rng(3)
    covered = np.zeros(7)
    for _ in range(300):
        counts = count_label_sets(*drawn(chance, 200, bursts=bursts), NAMES)
        covered += [
            holds(hamming_loss(counts), 0.1),
            *(holds(micro(counts, measure), true[measure]) for measure in Measure),
            *(holds(macro(counts, measure)[0], true[measure]) for measure in Measure),
        ]
    assert covered.min() / 300 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 300)


def test_what_cannot_be_measured_says_why() -> None:
    assert micro(LabelCounts(), Measure.F1).reason is Reason.NO_ROWS
    assert exact_match(LabelCounts(unlabelled=4)).reason is Reason.NO_LABELS
    assert macro(LabelCounts(unlabelled=4), Measure.F1)[0].reason is Reason.NO_LABELS
    nothing = count_label_sets(np.zeros((5, 2), dtype=bool), np.zeros((5, 2), dtype=bool), ("a", "b"))
    assert micro(nothing, Measure.PRECISION).reason is Reason.NEVER_PREDICTED
    assert macro(nothing, Measure.RECALL) == (
        Figure.absent(Reason.CLASS_ABSENT, macro(nothing, Measure.RECALL)[0].method),
        2,
    )
    assert hamming_loss(nothing).value == 0.0


def test_tables_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="rows × labels"):
        count_label_sets(np.zeros((5, 2), dtype=bool), np.zeros((4, 2), dtype=bool), ("a", "b"))
