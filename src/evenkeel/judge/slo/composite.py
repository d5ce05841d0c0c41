"""SLOs that burn together by slices of time (OpenSLO v1): a slice is bad with any part, or by all shortfalls. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenkeel.judge.slo.model import Method
from evenkeel.judge.slo.stream import Buckets


def combine_slices(parts: Sequence[tuple[Buckets, float]], method: Method) -> Buckets:
    """Slices of parts made one: each of `parts` is (slices counted as 1 with their badness, weight).

    Timeslices: bad if any part's is. RatioTimeslices: the sum of the shortfalls times their weights, at most 1.

    >>> one = Buckets(np.array([0, 60]), np.ones(2), np.array([0.0, 0.5]))
    >>> two = Buckets(np.array([60, 120]), np.ones(2), np.array([0.25, 0.0]))
    >>> combine_slices([(one, 1.0), (two, 2.0)], Method.RATIO_TIMESLICES).bad
    array([0., 1., 0.])
    """
    held = [(buckets, weight) for buckets, weight in parts if buckets.at.size]
    if not held:
        return Buckets.none()
    at = np.unique(np.concatenate([buckets.at for buckets, _ in held]))
    bad = np.zeros(at.size)
    for buckets, weight in held:
        place = np.searchsorted(at, buckets.at)
        if method is Method.TIMESLICES:
            bad[place] = np.maximum(bad[place], buckets.bad)
        else:
            bad[place] += weight * buckets.bad
    return Buckets(at, np.ones(at.size), np.minimum(bad, 1.0))
