"""Agreement of people: beside scikit-learn, statsmodels and krippendorff, with intervals that cover, simulated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sklearn import metrics as scikit_metrics

from evenkeel.judge.quality.agreement import LABELS_MAX, Scale, cohen_kappa, krippendorff_alpha
from evenkeel.judge.quality.model import Reason
from evenkeel.kernel.errors import InvalidInputError

metrics: Any = scikit_metrics  # its types are partial

#: A busy machine is no failure.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

#: krippendorff 0.9.0, alpha(reliability_data=...): the answers' labels -> (nominal, ordinal).
ANSWERS = [
    [1, 1, 1],
    [2, 2, 3, 2],
    [3] * 4,
    [3] * 4,
    [2] * 4,
    [1, 2, 3, 4],
    [4] * 4,
    [1, 1, 2, 1],
    [2] * 4,
    [5] * 3,
    [1, 1],
    [3],
]
KRIPPENDORFF = {Scale.NOMINAL: 0.743421052631579, Scale.ORDINAL: 0.8153875037548814}

#: statsmodels 0.15.0, cohens_kappa(table): the table -> (kappa, low, high), with Fleiss, Cohen and Everitt's variance.
STATSMODELS: dict[tuple[tuple[int, ...], ...], tuple[float, float, float]] = {
    ((45, 15), (25, 15)): (0.13043478260869554, -0.06293827779258965, 0.3238078430099807),
    ((20, 5), (10, 15)): (0.3999999999999999, 0.151092290476661, 0.6489077095233389),
    ((80, 3, 1), (5, 40, 6), (0, 4, 30)): (0.8192615107508726, 0.7439376234900047, 0.8945853980117405),
}


@pytest.mark.parametrize("table", STATSMODELS, ids=str)
def test_kappa_is_statsmodels_and_its_interval_about_as_wide(table: tuple[tuple[int, ...], ...]) -> None:
    pairs = [(a, b) for a, row in enumerate(table) for b, times in enumerate(row) for _ in range(times)]
    figure = cohen_kappa([a for a, _ in pairs], [b for _, b in pairs])
    value, low, high = STATSMODELS[table]
    assert figure.value == pytest.approx(value, abs=1e-12)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.high - figure.low == pytest.approx(high - low, rel=0.25)


@pytest.mark.parametrize("scale", Scale)
def test_alpha_is_krippendorffs(scale: Scale) -> None:
    assert krippendorff_alpha(ANSWERS, scale).value == pytest.approx(KRIPPENDORFF[scale], abs=1e-12)


_LABELS = some.lists(some.tuples(some.sampled_from("abc"), some.sampled_from("abc")), min_size=2, max_size=60)


@_PATIENT
@given(_LABELS)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    figure = cohen_kappa(one, other)
    if figure.value is None:
        assert figure.reason is Reason.ONE_CLASS
        return
    assert figure.value == pytest.approx(metrics.cohen_kappa_score(one, other), abs=1e-9)
    if figure.low is not None and figure.high is not None:
        assert -1.0 <= figure.low <= figure.value + 1e-9 <= figure.high + 2e-9 <= 1.0 + 3e-9


@pytest.mark.parametrize(
    ("keep", "shares"), [(0.5, [0.5, 0.5]), (0.8, [0.9, 0.1]), (0.95, [0.5, 0.5]), (0.95, [0.9, 0.1])]
)
def test_intervals_of_kappa_cover(keep: float, shares: list[float]) -> None:
    """Each person copies the truth with a chance of `keep` and guesses otherwise: kappa is its square."""
    chance, n, runs, covered, told = np.random.default_rng(20261129), 100, 250, 0, 0
    for _ in range(runs):
        truth = chance.choice(len(shares), n, p=shares)
        one, other = (
            np.where(chance.random(n) < keep, truth, chance.choice(len(shares), n, p=shares)).tolist() for _ in "12"
        )
        figure = cohen_kappa(one, other)
        if figure.low is not None and figure.high is not None:
            told += 1
            covered += figure.low <= keep**2 <= figure.high
    assert told > 0.9 * runs
    assert covered / told >= 0.90


@pytest.mark.parametrize("scale", Scale)
def test_intervals_of_alpha_cover_with_three_people(scale: Scale) -> None:
    chance, n, runs, keep, covered = np.random.default_rng(20261129), 60, 100, 0.9, 0
    for _ in range(runs):
        truth = chance.integers(1, 5, n)
        answers = [np.where(chance.random(n) < keep, truth, chance.integers(1, 5, n)).tolist() for _ in range(3)]
        figure = krippendorff_alpha(list(zip(*answers, strict=True)), scale)
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= keep**2 <= figure.high
    assert covered / runs >= 0.86


def test_complete_agreement_is_1_and_not_certain() -> None:
    figure = cohen_kappa(["a", "b"] * 10, ["a", "b"] * 10)
    assert (figure.value, figure.high) == (1.0, 1.0)
    assert figure.low is not None
    assert 0.4 < figure.low < 0.9


def test_on_an_ordinal_scale_near_misses_count_less() -> None:
    near, far = [[1, 2], [2, 2], [3, 3], [4, 4], [5, 5]] * 4, [[1, 5], [2, 2], [3, 3], [4, 4], [5, 5]] * 4
    values = [krippendorff_alpha(answers, Scale.ORDINAL).value for answers in (near, far)]
    assert values[0] is not None
    assert values[1] is not None
    assert values[0] > values[1]


def test_what_one_left_out_is_not_counted() -> None:
    assert cohen_kappa(["a", "b", None, "a"], ["a", "b", "b", None]).n == 2
    assert krippendorff_alpha([["a", None], ["a", "a"], [], ["b", "b", None]]).n == 2


def test_without_labels_or_with_one_label_only_there_is_a_reason() -> None:
    assert cohen_kappa([], []).reason is Reason.NO_LABELS
    assert cohen_kappa(["a"] * 9, ["a"] * 9).reason is Reason.ONE_CLASS
    assert krippendorff_alpha([["a"]]).reason is Reason.NO_LABELS
    assert krippendorff_alpha([["a", "a"]] * 9).reason is Reason.ONE_CLASS


def test_with_few_uncommon_labels_there_is_a_value_and_no_interval() -> None:
    figure = cohen_kappa(["a"] * 30 + ["b"], ["a"] * 30 + ["b"])
    assert (figure.value, figure.low, figure.reason) == (1.0, None, Reason.TOO_FEW)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="labelled 1 answers, the other 2"):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(InvalidInputError, match="'a' has no place in an order"):
        krippendorff_alpha([["a", 1]], Scale.ORDINAL)
    with pytest.raises(InvalidInputError, match="different labels; at most 100"):
        cohen_kappa(list(range(LABELS_MAX + 1)), list(range(LABELS_MAX + 1)))
