"""Exponential histograms: buckets of scale 5, quantiles within their stated error."""

from __future__ import annotations

import math
import random
import sys

import duckdb
import numpy as np
import pytest

from evenkeel.kernel.sketch import (
    BUCKET_MIN,
    BUCKETS_PER_DOUBLING,
    RELATIVE_ERROR,
    SCALE,
    bucket_bounds,
    bucket_of,
    merge,
    quantile,
)


def counts_of(values: list[float]) -> dict[int, float]:
    counts: dict[int, float] = {}
    for value in values:
        counts = merge(counts, {bucket_of(value): 1.0})
    return counts


def test_scale_5_has_32_buckets_per_doubling_2_point_19_percent_apart() -> None:
    assert (SCALE, BUCKETS_PER_DOUBLING) == (5, 32)
    assert pytest.approx(0.021897, abs=1e-6) == RELATIVE_ERROR


@pytest.mark.parametrize("power", [-1000, -30, -1, 0, 1, 10, 1000])
def test_a_power_of_two_is_the_inclusive_upper_bound_of_its_bucket(power: int) -> None:
    value = 2.0**power
    bucket = bucket_of(value)
    assert bucket == power * 32 - 1
    assert bucket_bounds(bucket)[1] == value
    assert bucket_of(math.nextafter(value, math.inf)) in (bucket, bucket + 1)
    assert bucket_of(value * (1 + 1e-12)) == bucket + 1
    assert bucket_of(value * (1 - 1e-12)) == bucket


def test_every_value_lies_in_its_bucket() -> None:
    chance = random.Random(1)
    for value in [10 ** chance.uniform(-300, 300) for _ in range(5_000)]:
        low, high = bucket_bounds(bucket_of(value))
        assert low * (1 - 1e-12) < value <= high * (1 + 1e-12)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_what_has_no_logarithm_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite values above zero"):
        bucket_of(value)


def test_the_smallest_and_largest_floats_fit_16_bits() -> None:
    assert bucket_of(5e-324) == BUCKET_MIN
    assert bucket_of(sys.float_info.max) == 32_767
    assert bucket_bounds(BUCKET_MIN)[0] > 0


def test_an_sql_engine_computes_the_same_bucket() -> None:
    chance = random.Random(2)
    values = [10 ** chance.uniform(-9, 6) for _ in range(2_000)] + [2.0**power for power in range(-30, 30)]
    with duckdb.connect() as con:
        rows = con.execute("SELECT CAST(ceil(log2(v) * 32) - 1 AS INTEGER) FROM (SELECT unnest(?) AS v)", [values])
        assert [row[0] for row in rows.fetchall()] == [bucket_of(value) for value in values]


@pytest.mark.parametrize("q", [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("n", [1, 2, 3, 20, 500])
def test_a_quantile_differs_from_the_true_one_by_at_most_its_stated_error(q: float, n: int) -> None:
    values = sorted(np.random.default_rng(n).lognormal(0.0, 1.5, n).tolist())
    value, low, high = quantile(counts_of(values), q)
    exact = float(np.quantile(values, q))
    assert abs(value - exact) <= RELATIVE_ERROR * exact
    rank = q * (n - 1)
    assert low <= values[math.floor(rank)]
    assert high >= values[math.ceil(rank)]


def test_a_single_value_is_told_to_within_half_a_bucket() -> None:
    value, low, high = quantile({bucket_of(1.5): 1.0}, 0.5)
    assert value == pytest.approx(1.5, rel=0.0109)
    assert low < 1.5 <= high


def test_zero_has_a_count_of_its_own_below_all_buckets() -> None:
    counts = {bucket_of(1.0): 1.0}
    assert quantile(counts, 0.5, zero=9) == (0.0, 0.0, 0.0)
    assert quantile(counts, 1.0, zero=9)[2] == 1.0
    assert quantile({}, 0.9, zero=3) == (0.0, 0.0, 0.0)
    between = quantile(counts, 0.5, zero=1)
    assert between[1:] == (0.0, 1.0)
    assert 0 < between[0] < 1


def test_weights_below_one_and_emptied_buckets_do_not_mislead() -> None:
    assert quantile({3: 0.0, 5: 2.0, 9: 0.0}, 1.0)[1:] == bucket_bounds(5)
    assert quantile({3: 0.25, 40: 0.25}, 0.99)[2] in (bucket_bounds(3)[1], bucket_bounds(40)[1])


@pytest.mark.parametrize(("counts", "q"), [({}, 0.5), ({1: 0.0}, 0.5), ({1: 1.0}, -0.1), ({1: 1.0}, 1.1)])
def test_a_quantile_of_nothing_or_of_no_share_is_refused(counts: dict[int, float], q: float) -> None:
    with pytest.raises(ValueError, match="at least one value and a share"):
        quantile(counts, q)


def test_merging_leaves_its_arguments_as_they_were() -> None:
    left, right = {1: 2.0}, {1: 1.0, 4: 1.0}
    assert merge(left, right) == {1: 3.0, 4: 1.0}
    assert (left, right) == ({1: 2.0}, {1: 1.0, 4: 1.0})
