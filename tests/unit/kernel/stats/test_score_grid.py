"""The grid of scores: where they lie, and in which tenth."""

from __future__ import annotations

import numpy as np

from evenkeel.kernel.stats.score_grid import BINS, BUCKETS, EDGES, bin_of_bucket, bucket_of


def test_scores_of_three_decimals_have_a_bucket_each() -> None:
    assert np.unique(bucket_of(np.arange(1001) / 1000.0)).size == 1001


def test_edges_rise_and_are_the_same_seen_from_either_end() -> None:
    assert (np.diff(EDGES) > 0).all()
    assert EDGES.size + 1 == BUCKETS
    np.testing.assert_allclose(EDGES[1:], (1.0 - EDGES[1:])[::-1], atol=1e-15)


def test_the_tenth_of_a_score_is_that_of_its_bucket() -> None:
    scores = np.random.default_rng(1).random(10_000)
    assert (bin_of_bucket()[bucket_of(scores)] == np.minimum((scores * BINS).astype(int), BINS - 1)).all()
