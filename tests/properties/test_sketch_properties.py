"""What sketches promise: merging is addition, in any order, and loses nothing a quantile needs."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.sketch import RELATIVE_ERROR, bucket_of, merge, quantile

COUNTS = st.dictionaries(st.integers(-2_000, 2_000), st.integers(1, 1_000).map(float), max_size=30)
LATENCIES = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60)
SHARES = st.floats(0, 1)


def counted(values: list[float]) -> dict[int, float]:
    counts: dict[int, float] = {}
    for value in values:
        bucket = bucket_of(value)
        counts[bucket] = counts.get(bucket, 0.0) + 1.0
    return counts


@settings(deadline=None)
@given(COUNTS, COUNTS, COUNTS)
def test_merging_commutes_and_associates_and_has_a_zero(
    first: dict[int, float], second: dict[int, float], third: dict[int, float]
) -> None:
    assert merge(first, second) == merge(second, first)
    assert merge(merge(first, second), third) == merge(first, merge(second, third))
    assert merge(first, {}) == first
    assert sum(merge(first, second).values()) == sum(first.values()) + sum(second.values())


@settings(deadline=None)
@given(LATENCIES, LATENCIES, SHARES)
def test_a_merged_sketch_is_the_sketch_of_all_values(first: list[float], second: list[float], q: float) -> None:
    assert merge(counted(first), counted(second)) == counted(first + second)
    assert quantile(merge(counted(first), counted(second)), q) == quantile(counted(second + first), q)


@settings(deadline=None)
@given(LATENCIES, SHARES)
def test_a_quantile_lies_between_neighbouring_values_widened_by_the_error(values: list[float], q: float) -> None:
    ordered = sorted(values)
    rank = q * (len(ordered) - 1)
    below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    value, low, high = quantile(counted(values), q)
    slack = 1 + 1e-9
    assert below / (1 + RELATIVE_ERROR) / slack <= value <= above * (1 + RELATIVE_ERROR) * slack
    assert low <= below * slack
    assert above <= high * slack
    assert low <= value * slack
    assert value <= high * slack


@settings(deadline=None)
@given(LATENCIES, SHARES, SHARES)
def test_a_higher_share_has_no_lower_quantile(values: list[float], first: float, second: float) -> None:
    low, high = sorted((first, second))
    counts = counted(values)
    assert quantile(counts, low)[0] <= quantile(counts, high)[0] * (1 + 1e-9)


@settings(deadline=None)
@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_buckets_keep_the_order_of_values(first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert bucket_of(small) <= bucket_of(large)
