"""SLOs that burn together by slices of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.slo.composite import combine_slices
from evenkeel.judge.slo.model import Method
from evenkeel.judge.slo.stream import Buckets

PART = st.tuples(st.dictionaries(st.integers(0, 20), st.floats(0, 1), max_size=15), st.floats(0.1, 3))


def buckets(slices: dict[int, float]) -> Buckets:
    at = sorted(slices)
    return Buckets(np.array(at, np.int64), np.ones(len(at)), np.array([slices[each] for each in at], float))


@given(st.lists(PART, max_size=4), st.sampled_from([Method.TIMESLICES, Method.RATIO_TIMESLICES]))
def test_slices_combine_as_a_plain_loop_would_do_it(
    parts: Sequence[tuple[dict[int, float], float]], method: Method
) -> None:
    expected: dict[int, float] = {}
    for slices, weight in parts:
        for at, bad in slices.items():
            before = expected.get(at, 0.0)
            expected[at] = max(before, bad) if method is Method.TIMESLICES else before + weight * bad
    found = combine_slices([(buckets(slices), weight) for slices, weight in parts], method)
    assert found.at.tolist() == sorted(expected)
    assert found.bad.tolist() == pytest.approx([min(1.0, expected[at]) for at in sorted(expected)])
    assert found.total.tolist() == [1.0] * len(expected)
