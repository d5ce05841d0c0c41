"""Figures of scores counted in the store equal those of the scores themselves; what is ambiguous is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.scores import auc, brier, log_loss
from evenkeel.judge.quality.window_scores import choose_scoring, measure_scores, split_by_predicted
from evenkeel.store.telemetry.predictions import Scoring
from evenkeel.testing.score_table import score_table

Floats = NDArray[np.float64]
BINARY = Scoring("0", "1")


def drawn(n: int, seed: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    scores = random.beta(0.7, 1.2, size=n)
    return scores, (random.random(n) < scores).astype(float)


def test_the_figures_are_those_of_the_scores_themselves() -> None:
    scores, truth = drawn(2_000, 1)
    found = measure_scores(score_table(scores, truth, scores > 0.5), BINARY)
    counts = count_scores(scores, truth)
    for name, expected in (
        ("AUC", auc(counts)),
        ("log loss", log_loss(counts)),
        ("Brier score", brier(counts)),
        ("calibration error", calibration(counts).ece),
    ):
        figure = found.figures[name]
        assert (figure.value, figure.low, figure.high) == pytest.approx((expected.value, expected.low, expected.high))
        assert figure.n == 2_000
    assert sum(found.tenths) == found.predictions == 2_000


def test_intervals_of_sampled_scores_hold() -> None:
    random, runs, held = np.random.default_rng(2), 200, [0, 0]
    world, truth = drawn(200_000, 3)
    everything = measure_scores(score_table(world, truth, world > 0.5), BINARY)
    for _ in range(runs):
        chosen = random.integers(0, world.size, size=3_000)
        chance = np.where(truth[chosen] == 1, 0.8, 0.2)
        kept = random.random(chosen.size) < chance
        scores, labels = world[chosen][kept], truth[chosen][kept]
        found = measure_scores(score_table(scores, labels, scores > 0.5, weights=1 / chance[kept]), BINARY)
        for i, name in enumerate(("AUC", "log loss")):
            figure, true = found.figures[name], everything.figures[name].value
            assert figure.low is not None and figure.high is not None and true is not None
            held[i] += figure.low <= true <= figure.high
    assert min(held) / runs >= 0.92, held


def test_the_probability_of_one_class_given_whatever_was_predicted_is_refused() -> None:
    chance, truth = drawn(1_000, 4)
    up = chance > 0.5
    mistaken = np.where(up, chance, 1.0 - chance)  # what the store makes of a value that is always the chance of "1"
    found = measure_scores(score_table(np.where(up, mistaken, 1.0 - chance), truth, up), BINARY)
    assert {figure.reason for figure in found.figures.values()} == {Reason.SCORES_AMBIGUOUS}
    assert found.calibration.bins == ()


def test_a_low_threshold_is_not_taken_for_a_mistake() -> None:
    scores, truth = drawn(1_000, 5)
    found = measure_scores(score_table(scores, truth, scores > 0.1), BINARY)
    assert found.figures["AUC"].value is not None


def test_each_version_is_held_to_its_own_scores() -> None:
    scores, truth = drawn(1_000, 6)
    versions = np.array(["1"] * 500 + ["2"] * 500, dtype=object)
    up = scores > 0.5
    up[500:] = ~up[500:]
    found = measure_scores(replace(score_table(scores, truth, up), version=versions), BINARY)
    assert found.figures["AUC"].reason is Reason.SCORES_AMBIGUOUS
    first = measure_scores(replace(score_table(scores, truth, up), version=versions), BINARY, versions == "1")
    assert first.figures["AUC"].value is not None


def test_of_three_classes_only_what_confidence_promises_is_told() -> None:
    scores, truth = drawn(1_000, 7)
    found = measure_scores(
        score_table(scores, truth, np.ones(1_000, dtype=bool)), choose_scoring(["a", "b", "c"]) or BINARY
    )
    assert found.figures["AUC"].reason is Reason.NOT_BINARY
    assert found.figures["calibration error"].value is not None


def test_what_cannot_be_used_is_counted_and_named() -> None:
    nothing = np.array([np.nan, np.nan])
    found = measure_scores(score_table(nothing, np.array([1.0, -1.0]), np.ones(2, dtype=bool)), BINARY)
    assert found.figures["AUC"].reason is Reason.NO_SCORES
    assert (found.missing, found.predictions) == (2.0, 2.0)
    table = score_table(*drawn(100, 8), np.ones(100, dtype=bool))
    cut = measure_scores(replace(table, is_cut=True), BINARY)
    assert cut.figures["AUC"].reason is Reason.TOO_MANY


def test_rows_are_split_by_what_was_predicted() -> None:
    scores, truth = drawn(1_000, 9)
    found = split_by_predicted(score_table(scores, truth, scores > 0.5), np.ones(1_000, dtype=bool))
    assert found.as_positive.labelled == (scores > 0.5).sum()
    assert found.together.labelled == 1_000
