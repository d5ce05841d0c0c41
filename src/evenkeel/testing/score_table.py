"""Scores as the store counts them, from arrays: for those who judge them without a store."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.stats.score_grid import LOSS_FLOOR, bucket_of
from evenkeel.store.telemetry.predictions import ScoreTable

Floats = NDArray[np.float64]


def score_table(
    scores: Floats,
    truth: Floats,
    as_positive: NDArray[np.bool_],
    weights: Floats | None = None,
) -> ScoreTable:
    """A table with a row per prediction, as the store answers before it adds rows up; `truth` is 1, 0, or -1 (none).

    >>> table = score_table(np.array([0.9, np.nan, 7.0]), np.array([1.0, 0.0, -1.0]), np.ones(3, dtype=bool))
    >>> table.bucket.tolist()
    [1163, -1, -2]
    """
    n = scores.size
    w = np.ones(n) if weights is None else weights
    usable = (scores >= 0) & (scores <= 1)
    inside = np.where(usable, scores, 0.0)
    given = np.clip(np.where(truth == 1, inside, 1 - inside), LOSS_FLOOR, 1 - LOSS_FLOOR)
    sums = [w, w * w, w * inside, w * (np.round(inside * 1000) / 1000 != inside)]
    for each in (-np.log(given), (inside - truth) ** 2):
        loss = np.where(truth >= 0, each, 0.0)
        sums += [w * loss, w * loss**2, w * loss**3, w * w * loss, w * w * loss**2]
    return ScoreTable(
        np.zeros(n, dtype=np.int64),
        np.array(["1"] * n, dtype=object),
        as_positive,
        truth.astype(np.int64),
        np.where(np.isnan(scores), -1, np.where(usable, bucket_of(inside), -2)).astype(np.int64),
        np.column_stack(sums),
    )
