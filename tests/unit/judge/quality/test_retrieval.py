"""Retrieval: scikit-learn's nDCG and figures worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sklearn import metrics as scikit_metrics

from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.retrieval import Query, Retrieval, measure_retrieval, value_of
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import exact_interval

metrics: Any = scikit_metrics  # its types are partial

#: A busy machine is no failure.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_GAINS = some.lists(some.integers(0, 3), min_size=2, max_size=8).filter(any)


@_PATIENT
@given(_GAINS, some.integers(1, 10))
def test_ndcg_is_scikit_learns(gains: list[int], k: int) -> None:
    query = Query(tuple(gains), tuple(gain for gain in gains if gain))
    ranked = [list(range(len(gains), 0, -1))]
    assert value_of(query, Retrieval.NDCG, k) == pytest.approx(metrics.ndcg_score([gains], ranked, k=k))


@pytest.mark.parametrize(
    ("measure", "k", "expected"),
    [
        (Retrieval.HIT_RATE, 1, 0.0),
        (Retrieval.HIT_RATE, 2, 1.0),
        (Retrieval.MRR, 1, 0.0),
        (Retrieval.MRR, 5, 1 / 2),
        (Retrieval.PRECISION, 3, 2 / 3),
        (Retrieval.PRECISION, 9, 2 / 4),
        (Retrieval.RECALL, 2, 1 / 4),
        (Retrieval.RECALL, 9, 2 / 4),
        (Retrieval.NDCG, 2, (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
    ],
)
def test_one_query_worked_out_by_hand(measure: Retrieval, k: int, expected: float) -> None:
    assert value_of(Query((0, 1, 1, 0), (1, 1, 1, 1)), measure, k) == pytest.approx(expected)


@pytest.mark.parametrize("measure", Retrieval)
def test_a_query_that_found_nothing_counts_as_nothing_found(measure: Retrieval) -> None:
    assert value_of(Query((), (1,)), measure, 5) == 0.0


@pytest.mark.parametrize("measure", Retrieval)
def test_the_mean_over_queries_has_an_interval_by_query(measure: Retrieval) -> None:
    chance = np.random.default_rng(20261129)
    queries = [Query(tuple(chance.integers(0, 2, 5).tolist()), (1,) * 5) for _ in range(200)]
    figure = measure_retrieval(queries, measure, 3)
    values = [value_of(query, measure, 3) for query in queries]
    assert figure.value == pytest.approx(np.mean(values))
    assert figure.n == 200
    assert figure.low is not None
    assert figure.high is not None
    half = 1.96 * float(np.std(values)) / math.sqrt(200)
    assert figure.high - figure.low == pytest.approx(2 * half, rel=0.15)


def test_the_hit_rate_of_few_queries_is_a_share_with_its_exact_interval() -> None:
    figure = measure_retrieval([Query((1,), (1,))] * 8 + [Query((0,), (1,))] * 2, Retrieval.HIT_RATE, 1)
    assert (figure.low, figure.high) == pytest.approx(exact_interval(8, 10, 0.05))


def test_queries_about_which_nothing_is_known_say_nothing() -> None:
    assert measure_retrieval([], Retrieval.MRR, 3).reason is Reason.NO_ROWS
    assert measure_retrieval([Query((0, 0), ())], Retrieval.MRR, 3).reason is Reason.NO_LABELS
    assert measure_retrieval([Query((0, 0), ()), Query((1,), (1,))], Retrieval.MRR, 3).n == 1


@_PATIENT
@given(_GAINS, some.sampled_from(Retrieval), some.integers(1, 9))
def test_every_measure_lies_within_0_and_1_and_the_best_order_has_the_best_ndcg(
    gains: list[int], measure: Retrieval, k: int
) -> None:
    relevant = tuple(gain for gain in gains if gain)
    assert 0.0 <= value_of(Query(tuple(gains), relevant), measure, k) <= 1.0
    best = Query(tuple(sorted(gains, reverse=True)), relevant)
    assert value_of(best, Retrieval.NDCG, k) == pytest.approx(1.0)


@pytest.mark.parametrize("gains", [(-1.0,), (math.inf,), (math.nan,)])
def test_gains_that_are_none_are_refused(gains: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInputError, match="is none"):
        Query(gains, (1,))


def test_results_beyond_what_is_relevant_and_a_k_of_0_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="each result once"):
        Query((1, 1), (1,))
    with pytest.raises(InvalidInputError, match="Give k from 1"):
        measure_retrieval([Query((1,), (1,))], Retrieval.MRR, 0)
