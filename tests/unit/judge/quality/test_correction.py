"""Rates corrected by labels: valid near 0, with enriched labels, and never for an unknown choice of answers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from evenkeel.judge.quality.correction import Design, JudgeAccuracy, Stratum, corrected_rate, rate_by_accuracy
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.jeffreys import jeffreys_interval

#: A busy machine is no failure.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RUNS = 800


def bounds(figure: Figure) -> tuple[float, float, float]:
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    return figure.value, figure.low, figure.high


def sampled(chance: np.random.Generator, bad: int, good: int, n: int) -> Stratum:
    return Stratum(bad + good, n, int(chance.hypergeometric(bad, good, n)) if n else 0)


def judged(chance: np.random.Generator, rate: float) -> tuple[int, int, int, int]:
    """Of 2,000 answers, those flagged and passed, each bad and good, by a judge of FNR 20 % and FPR 5 %."""
    bad = int(chance.binomial(2_000, rate))
    caught, wronged = int(chance.binomial(bad, 0.8)), int(chance.binomial(2_000 - bad, 0.05))
    return caught, wronged, bad - caught, 2_000 - bad - wronged


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.10, 0.20])
def test_with_labels_drawn_from_all_the_interval_covers_and_is_hardly_ever_wider(rate: float) -> None:
    chance, covered, ratios = np.random.default_rng(20261129), 0, list[float]()
    for _ in range(RUNS):
        caught, wronged, missed, right = judged(chance, rate)
        of_flagged = int(chance.hypergeometric(caught + wronged, missed + right, 100))
        strata = {
            "flagged": sampled(chance, caught, wronged, of_flagged),
            "passed": sampled(chance, missed, right, 100 - of_flagged),
        }
        _, low, high = bounds(corrected_rate(strata, Design.RANDOM))
        covered += low <= rate <= high
        alone = jeffreys_interval(sum(each.bad for each in strata.values()), 100)
        ratios.append((high - low) / (alone[1] - alone[0]))
    assert covered / RUNS >= 0.94 - 3 * math.sqrt(0.05 * 0.95 / RUNS)
    assert max(ratios) <= 1.05 + 1e-9
    assert np.median(ratios) < 1.0


@pytest.mark.parametrize("rate", [0.02, 0.10])
def test_more_labels_from_flagged_answers_make_no_bias(rate: float) -> None:
    chance, covered, values = np.random.default_rng(20261129), 0, list[float]()
    for _ in range(RUNS):
        caught, wronged, missed, right = judged(chance, rate)
        strata = {
            "flagged": sampled(chance, caught, wronged, 35),
            "passed": sampled(chance, missed, right, 65),
        }
        value, low, high = bounds(corrected_rate(strata, Design.BY_VERDICT))
        covered += low <= rate <= high
        values.append(value)
    assert covered / RUNS >= 0.94 - 3 * math.sqrt(0.05 * 0.95 / RUNS)
    assert np.mean(values) == pytest.approx(rate, abs=4 * float(np.std(values)) / math.sqrt(RUNS))


@pytest.mark.parametrize("rate", [0.02, 0.10])
def test_many_pooled_labels_tell_the_rate_of_a_window_without_any(rate: float) -> None:
    chance, covered = np.random.default_rng(20261129), 0
    for _ in range(RUNS):
        bad, good = int(chance.binomial(100, 0.8)), int(chance.binomial(900, 0.05))
        caught, wronged, _, _ = judged(chance, rate)
        found = rate_by_accuracy(caught + wronged, 2_000, JudgeAccuracy(bad, 100 - bad, good, 900 - good))
        _, low, high = bounds(found)
        covered += low <= rate <= high
    assert covered / RUNS >= 0.94 - 3 * math.sqrt(0.05 * 0.95 / RUNS)


def test_an_unknown_choice_of_answers_gives_no_rate_and_says_so() -> None:
    figure = corrected_rate({"flagged": Stratum(100, 50, 40), "passed": Stratum(900, 50, 0)}, Design.UNKNOWN)
    assert (figure.value, figure.reason) == (None, Reason.DESIGN_UNKNOWN)


def test_without_answers_or_labels_there_is_a_reason_not_a_rate() -> None:
    assert corrected_rate({}, Design.RANDOM).reason is Reason.NO_ROWS
    assert corrected_rate({"flagged": Stratum(0)}, Design.RANDOM).reason is Reason.NO_ROWS
    assert corrected_rate({"flagged": Stratum(9), "passed": Stratum(9)}, Design.RANDOM).reason is Reason.NO_LABELS


def test_a_verdict_without_labels_may_be_all_good_or_all_bad() -> None:
    _, low, high = bounds(corrected_rate({"flagged": Stratum(500), "passed": Stratum(500, 50)}, Design.BY_VERDICT))
    assert low <= 0.01
    assert high >= 0.5


def test_answers_on_which_the_judge_failed_are_answers() -> None:
    strata = {"flagged": Stratum(100, 20, 10), "passed": Stratum(800, 60, 0)}
    without, _, _ = bounds(corrected_rate(strata, Design.BY_VERDICT))
    value, low, high = bounds(corrected_rate({**strata, "failed": Stratum(100, 20, 20)}, Design.BY_VERDICT))
    assert without == pytest.approx(50 / 900)
    assert value == pytest.approx(150 / 1000)
    assert low < value < high


def test_of_these_answers_only_more_is_known_than_of_the_traffic() -> None:
    strata = {"flagged": Stratum(100, 90, 80), "passed": Stratum(100, 90, 2)}
    _, low, high = bounds(corrected_rate(strata, Design.BY_VERDICT))
    _, census_low, census_high = bounds(corrected_rate(strata, Design.BY_VERDICT, is_census=True))
    assert low < census_low < census_high < high


_STRATA = some.tuples(some.integers(0, 500), some.integers(0, 100), some.integers(0, 100)).map(sorted)


@_PATIENT
@given(some.lists(_STRATA, min_size=1, max_size=3), some.sampled_from([Design.RANDOM, Design.BY_VERDICT]))
def test_every_rate_lies_in_its_interval_within_0_and_1(strata: list[list[int]], design: Design) -> None:
    named = {str(n): Stratum(judged, labelled, bad) for n, (bad, labelled, judged) in enumerate(strata)}
    figure = corrected_rate(named, design)
    if figure.value is None:
        assert figure.reason in (Reason.NO_ROWS, Reason.NO_LABELS)
        return
    value, low, high = bounds(figure)
    assert 0.0 <= low <= value + 1e-12
    assert value <= high + 1e-12 <= 1.0 + 2e-12
    turned = corrected_rate(dict(reversed(named.items())), design)
    assert turned.value == pytest.approx(value)


def test_more_bad_labels_are_a_higher_rate() -> None:
    found = [
        bounds(corrected_rate({"flagged": Stratum(200, 20, bad), "passed": Stratum(800, 80, 1)}, Design.BY_VERDICT))
        for bad in range(21)
    ]
    assert all(all(a <= b for a, b in zip(one, other, strict=True)) for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("accuracy", "reason"),
    [
        (JudgeAccuracy(40, 10, 45, 855), Reason.TOO_FEW),
        (JudgeAccuracy(80, 20, 5, 45), Reason.TOO_FEW),
        (JudgeAccuracy(10, 190, 20, 380), Reason.NO_SKILL),
    ],
)
def test_few_pooled_labels_or_a_judge_that_guesses_give_no_rate(accuracy: JudgeAccuracy, reason: Reason) -> None:
    assert rate_by_accuracy(100, 2_000, accuracy).reason is reason
    assert rate_by_accuracy(0, 0, accuracy).reason is Reason.NO_ROWS


@pytest.mark.parametrize("counts", [(10, 11, 0), (10, 5, 6), (10, 5, -1), (-1, 0, 0)])
def test_counts_that_do_not_contain_each_other_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInputError, match="0 ≤ bad ≤ labelled ≤ judged"):
        Stratum(*counts)
