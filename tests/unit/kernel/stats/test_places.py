"""Places of relevant results, against definitions written down otherwise."""

from __future__ import annotations

import math
from itertools import product

import pytest

from evenkeel.judge.quality.retrieval import Query, Retrieval, value_of
from evenkeel.kernel.stats.places import measure_places


@pytest.mark.parametrize("flags", list(product((False, True), repeat=4)))
@pytest.mark.parametrize("k", [1, 3, 5])
def test_they_agree_with_the_measures_of_queries(flags: tuple[bool, ...], k: int) -> None:
    found = measure_places(flags, k)
    query = Query(tuple(map(float, flags)), tuple(1.0 for flag in flags if flag))
    wanted = {"hit": Retrieval.HIT_RATE, "mrr": Retrieval.MRR, "precision": Retrieval.PRECISION}
    for name, measure in wanted.items():
        assert math.isclose(found[name], value_of(query, measure, k))
    if any(flags):
        assert math.isclose(found["ndcg"], value_of(query, Retrieval.NDCG, k))
    else:
        assert "ndcg" not in found
