"""Differences of two versions: how often their interval holds, and how seldom equal versions are told apart."""

from __future__ import annotations

import numpy as np

from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.classification import Confusion, Measure, accuracy, of_class
from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.difference import Told, compare_versions
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.judge.quality.regression import count_errors, mae, rmse
from evenkeel.judge.quality.scores import auc, brier, log_loss

ROUNDS = 1_200


def _draw(random: np.random.Generator, n: int, skill: float = 1.0) -> dict[str, Figure]:
    """All figures of a version that knows `skill` of what there is to be known; scores are probabilities at 1."""
    signal = random.normal(size=n)
    scores = 1.0 / (1.0 + np.exp(-1.5 * skill * signal))
    labels = (random.random(n) < 1.0 / (1.0 + np.exp(-1.5 * signal))).astype(np.float64)
    guesses = scores >= 0.5
    pairs = np.bincount(2 * labels.astype(np.int64) + guesses, minlength=4)
    names = [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    confusion = Confusion(dict(zip(names, pairs.tolist(), strict=True)))
    counts = count_scores(scores, labels)
    errors = count_errors(signal, signal + random.gumbel(size=n) / skill)
    return {
        "accuracy": accuracy(confusion),
        **{measure.value: of_class(confusion, measure, "1") for measure in Measure},
        "AUC": auc(counts),
        "log loss": log_loss(counts),
        "Brier score": brier(counts),
        "calibration error": calibration(counts).ece,
        "RMSE": rmse(errors),
        "MAE": mae(errors),
        "confidence ≥ 0.8": share(float((np.maximum(scores, 1 - scores) >= 0.8).sum()), n, Reason.NO_ROWS),
    }


def test_intervals_hold_the_difference_and_equal_versions_are_seldom_told_apart() -> None:
    random = np.random.default_rng(5)
    for sizes in ((2_000, 300), (400, 400)):
        held: dict[str, int] = {}
        wrong = 0
        for _ in range(ROUNDS):
            found = compare_versions(*(_draw(random, n) for n in sizes))
            wrong += any(each.told not in (Told.NOT_TOLD_APART, Told.ALIKE) for each in found)
            for each in found:
                assert each.low is not None and each.high is not None
                held[each.measure] = held.get(each.measure, 0) + (each.low <= 0.0 <= each.high)
        assert wrong / ROUNDS <= 0.05, (sizes, wrong)
        assert {name: n / ROUNDS for name, n in held.items() if n / ROUNDS < 0.94} == {}, sizes


def test_a_difference_between_unequal_shares_near_1_is_within_its_interval() -> None:
    random = np.random.default_rng(6)
    held = 0
    for _ in range(4_000):
        better, worse = (share(float(random.binomial(500, p)), 500, Reason.NO_ROWS) for p in (0.995, 0.97))
        (found,) = compare_versions({"accuracy": better}, {"accuracy": worse})
        held += found.low is not None and found.high is not None and found.low <= 0.025 <= found.high
    assert held / 4_000 >= 0.94


def test_a_version_that_knows_more_is_better_where_less_is_better_too() -> None:
    random = np.random.default_rng(7)
    found = {each.measure: each.told for each in compare_versions(_draw(random, 20_000), _draw(random, 20_000, 0.4))}
    assert {found[name] for name in ("log loss", "Brier score", "calibration error", "RMSE", "MAE")} == {Told.BETTER}
    assert found["confidence ≥ 0.8"] is Told.HIGHER


def test_what_has_no_interval_is_unknown_and_what_is_alike_needs_no_more_rows() -> None:
    known, absent = share(900, 1_000, Reason.NO_ROWS), Figure.absent(Reason.NO_LABELS, "Wilson")
    (found,) = compare_versions({"accuracy": known}, {"accuracy": absent})
    assert (found.told, found.value, found.needs) == (Told.UNKNOWN, None, None)
    many = share(90_000, 100_000, Reason.NO_ROWS)
    (found,) = compare_versions({"accuracy": many}, {"accuracy": many})
    assert (found.told, found.needs) == (Told.ALIKE, None)


def test_as_many_rows_as_are_needed_show_what_matters_four_times_in_five() -> None:
    few = share(170, 200, Reason.NO_ROWS)
    (found,) = compare_versions({"accuracy": few}, {"accuracy": few})
    assert found.told is Told.NOT_TOLD_APART and found.needs is not None
    n, random = (found.needs + 400) // 2, np.random.default_rng(8)
    told = 0
    for _ in range(1_000):
        one, other = (share(float(random.binomial(n, p)), n, Reason.NO_ROWS) for p in (0.865, 0.835))
        (found,) = compare_versions({"accuracy": one}, {"accuracy": other})
        told += found.told is Told.BETTER
    assert 0.75 <= told / 1_000 <= 0.87
