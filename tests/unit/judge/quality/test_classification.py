"""Classification from counts: equal to scikit-learn, mergeable, with intervals that cover."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from evenkeel.judge.quality.classification import Average, Confusion, Measure, accuracy, averaged, f1, of_class
from evenkeel.judge.quality.count import count_classes
from evenkeel.judge.quality.model import Reason

metrics: Any = sklearn_metrics  # it ships no types

SCORERS = {
    Measure.PRECISION: metrics.precision_score,
    Measure.RECALL: metrics.recall_score,
    Measure.F1: metrics.f1_score,
}
LABELS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abce")), min_size=1, max_size=60)
CONFUSIONS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 50), max_size=9
).map(lambda counts: Confusion(counts, unlabelled=len(counts)))


@settings(deadline=None, max_examples=60)
@given(LABELS)
def test_every_measure_equals_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, guess = [t for t, _ in pairs], [p for _, p in pairs]
    counts = count_classes(truth, guess)
    assert accuracy(counts).value == pytest.approx(metrics.accuracy_score(truth, guess), abs=1e-12)
    for measure, scorer in SCORERS.items():
        by_class = scorer(truth, guess, average=None, labels=counts.classes, zero_division=np.nan)
        for name, expected in zip(counts.classes, by_class, strict=True):
            found = of_class(counts, measure, name).value
            assert math.isnan(expected) if found is None else found == pytest.approx(expected, abs=1e-12)
        for average in Average:
            expected = scorer(truth, guess, average=average.value, labels=counts.classes, zero_division=np.nan)
            found = averaged(counts, measure, average)[0].value
            if found is None:
                # Where only classes that never occurred have the measure, theirs is 0 with no weight at all.
                assert math.isnan(expected) or average is Average.WEIGHTED
            else:
                assert found == pytest.approx(expected, abs=1e-12)


@given(CONFUSIONS, CONFUSIONS, CONFUSIONS)
def test_merging_is_addition(one: Confusion, two: Confusion, three: Confusion) -> None:
    assert (one + two).counts == (two + one).counts
    assert ((one + two) + three).counts == (one + (two + three)).counts
    assert (one + two).n == one.n + two.n
    assert (one + two).unlabelled == one.unlabelled + two.unlabelled
    assert (one + Confusion()).counts == one.counts


@given(CONFUSIONS)
def test_every_value_lies_within_its_interval_and_that_within_0_and_1(counts: Confusion) -> None:
    found = [accuracy(counts), *(averaged(counts, m, a)[0] for m in Measure for a in Average)]
    found += [of_class(counts, measure, name) for measure in Measure for name in "abcz"]
    for figure in found:
        assert (figure.value is None) == (figure.low is None) == (figure.high is None)
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert 0.0 <= figure.low <= figure.value <= figure.high <= 1.0


TABLES = {
    "three alike": [[0.30, 0.02, 0.01], [0.03, 0.30, 0.02], [0.01, 0.01, 0.30]],
    "one rare class of two": [[0.85, 0.05], [0.03, 0.07]],
    "hardly an error": [[0.500, 0.001, 0.0], [0.001, 0.300, 0.001], [0.001, 0.0, 0.196]],
    "chance": [[1 / 16] * 4] * 4,
    "ten classes of ten rows": (np.eye(10) * 0.08 + 0.002).tolist(),
}


@pytest.mark.parametrize("table", TABLES)
def test_averages_cover_at_least_93_percent_of_the_time(table: str) -> None:
    """200 seeded samples of 100 rows: at a coverage of 95 %, 93 % less 3 standard errors is 88.4 %."""
    shares = np.array(TABLES[table])
    shares = shares / shares.sum()
    occurred, predicted, hit = shares.sum(axis=1), shares.sum(axis=0), np.diag(shares)
    true = {
        Measure.PRECISION: hit / predicted,
        Measure.RECALL: hit / occurred,
        Measure.F1: 2 * hit / (occurred + predicted),
    }
    chance, covered, samples = (
        np.random.default_rng(5),
        dict.fromkeys([(m, a) for m in Measure for a in Average], 0),
        200,
    )
    for _ in range(samples):
        drawn = chance.multinomial(100, shares.ravel()).reshape(shares.shape)
        counts = Confusion({(str(i), str(j)): int(n) for (i, j), n in np.ndenumerate(drawn) if n})
        for measure, average in covered:
            weights = np.ones(len(hit)) if average is Average.MACRO else occurred
            truth = float(weights @ true[measure] / weights.sum())
            figure = averaged(counts, measure, average)[0]
            covered[measure, average] += (figure.low or 0.0) <= truth <= (figure.high or 0.0)
    assert min(covered.values()) / samples >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / samples)


@pytest.mark.parametrize("share", [0.004, 0.05, 0.5, 0.95, 0.996])
def test_f1_covers_near_0_and_1_too(share: float) -> None:
    """F1 = 2J / (1 + J), and J is a share of 100 rows."""
    chance = np.random.default_rng(6)
    true = 2 * share / (1 + share)
    found = [f1(int(k), 100) for k in chance.binomial(100, share, 400)]
    covered = sum((each.low or 0.0) <= true <= (each.high or 0.0) for each in found)
    assert covered / 400 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 400)


def test_what_cannot_be_measured_says_why() -> None:
    counts = Confusion({("a", "b"): 3})
    assert of_class(counts, Measure.PRECISION, "a").reason is Reason.NEVER_PREDICTED
    assert of_class(counts, Measure.RECALL, "b").reason is Reason.CLASS_ABSENT
    assert of_class(counts, Measure.F1, "never seen").reason is Reason.CLASS_ABSENT
    assert accuracy(Confusion(unlabelled=5)).reason is Reason.NO_LABELS
    assert accuracy(Confusion()).reason is Reason.NO_ROWS
    for measure in Measure:
        assert averaged(Confusion(unlabelled=5), measure, Average.MACRO)[0].reason is Reason.NO_LABELS


def test_classes_without_the_measure_are_left_out_of_the_average_and_counted() -> None:
    counts = Confusion({("a", "a"): 5, ("b", "a"): 5})
    figure, left_out = averaged(counts, Measure.PRECISION, Average.MACRO)
    assert (figure.value, left_out) == (0.5, 1)
    assert averaged(counts, Measure.RECALL, Average.MACRO)[1] == 0


def test_ten_thousand_classes_are_measured() -> None:
    chance = np.random.default_rng(7)
    truth = chance.integers(0, 10_000, 20_000)
    guess = np.where(chance.random(20_000) < 0.8, truth, chance.integers(0, 10_000, 20_000))
    counts = count_classes(truth, guess)
    expected = metrics.f1_score(truth, guess, average="macro", zero_division=np.nan)
    assert averaged(counts, Measure.F1, Average.MACRO)[0].value == pytest.approx(expected, abs=1e-9)


def _sampled(random: np.random.Generator, chances: tuple[float, float]) -> Confusion:
    """3,000 rows of three classes, one in ten predicted wrongly; right and wrong ones kept with these chances."""
    truth = random.integers(0, 3, size=3_000)
    wrong = random.random(3_000) < 0.1
    guess = np.where(wrong, (truth + random.integers(1, 3, size=3_000)) % 3, truth)
    chance = np.where(wrong, chances[1], chances[0])
    kept = random.random(3_000) < chance
    counts: dict[tuple[str, str], float] = {}
    squares: dict[tuple[str, str], float] = {}
    for t, g, p in zip(truth[kept], guess[kept], chance[kept], strict=True):
        pair = str(t), str(g)
        counts[pair] = counts.get(pair, 0.0) + 1 / p
        squares[pair] = squares.get(pair, 0.0) + 1 / p**2
    return Confusion(counts, squares=squares)


@pytest.mark.parametrize("chances", [(0.2, 0.2), (0.1, 0.9), (0.9, 0.1)])
def test_intervals_of_sampled_rows_hold_however_right_and_wrong_ones_were_sampled(chances: tuple[float, float]) -> None:
    random, runs, held = np.random.default_rng(5), 400, [0, 0, 0]
    for _ in range(runs):
        counts = _sampled(random, chances)
        found = accuracy(counts), of_class(counts, Measure.F1, "1"), averaged(counts, Measure.RECALL, Average.MACRO)[0]
        for i, figure in enumerate(found):
            assert figure.low is not None and figure.high is not None
            held[i] += figure.low <= 0.9 <= figure.high
    assert min(held) / runs >= 0.925, held


def test_rows_that_count_for_ten_have_the_interval_of_a_tenth_of_the_rows() -> None:
    pairs = {("a", "a"): 40, ("a", "b"): 10, ("b", "b"): 30, ("b", "a"): 20}
    seen = Confusion(dict(pairs))
    sampled = Confusion({p: 10 * n for p, n in pairs.items()}, squares={p: 100 * n for p, n in pairs.items()})
    for one, other in (
        (accuracy(seen), accuracy(sampled)),
        (averaged(seen, Measure.F1, Average.MACRO)[0], averaged(sampled, Measure.F1, Average.MACRO)[0]),
        (of_class(seen, Measure.PRECISION, "a"), of_class(sampled, Measure.PRECISION, "a")),
    ):
        assert (one.low, one.high) == pytest.approx((other.low, other.high))
    both = sampled + seen
    assert both.weight(("a", "a")).squares == 4_040
