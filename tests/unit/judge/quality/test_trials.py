"""Averages over classes as weighted trials are the very averages of `classification`."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evenkeel.judge.quality.classification import Average, Confusion, Measure, accuracy, averaged
from evenkeel.judge.quality.trials import Figure, as_trials
from evenkeel.store.telemetry.trial_port import LabelTrials


def labelled(seed: int, n: int = 400, classes: int = 4) -> LabelTrials:
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, n, p=[0.6, 0.25, 0.1, 0.05])
    guess = np.where(rng.random(n) < 0.7, truth, rng.integers(0, classes - 1, n))
    rows = Counter(zip(rng.integers(0, 30, n).tolist(), guess.tolist(), truth.tolist(), strict=True))
    columns = list(zip(*rows, strict=True))
    return LabelTrials(
        "minute", columns[0], [str(each) for each in columns[1]], [str(each) for each in columns[2]],
        [float(each) for each in rows.values()], n, float(n),
    )  # fmt: skip


@pytest.mark.parametrize("figure", Figure)
@pytest.mark.parametrize("seed", range(5))
def test_the_share_of_good_ones_is_the_figure(figure: Figure, seed: int) -> None:
    labels = labelled(seed)
    counts: Counter[tuple[str, str]] = Counter()
    for truth, guess, n in zip(labels.truth, labels.predicted, labels.n, strict=True):
        counts[truth, guess] += int(n)
    confusion = Confusion(counts)
    known = (
        accuracy(confusion)
        if figure is Figure.ACCURACY
        else averaged(confusion, Measure(figure.value), Average.MACRO)[0]
    )
    found = as_trials(labels, figure)
    assert 1.0 - sum(found.bad) / sum(found.total) == pytest.approx(known.value)


def test_a_rare_class_leaves_an_average_less_certain() -> None:
    labels = labelled(1)
    assert as_trials(labels, Figure.RECALL).effective < as_trials(labels, Figure.ACCURACY).effective == 400


def test_no_labels_are_no_trials() -> None:
    assert as_trials(LabelTrials("hour", (), (), (), ()), Figure.F1).rows == 0
