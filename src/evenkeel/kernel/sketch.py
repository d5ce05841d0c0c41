"""Base-2 exponential histogram: what latencies, tokens and sizes are summarised in (DESIGN §4).

Scale 5 of the OpenTelemetry data model: bucket i holds the values in (2^(i/32), 2^((i+1)/32)], so its
bounds lie 2.19 % apart and a value is told from its bucket to within 1.09 %. Zero has a count of its own.
SQL engines compute the same bucket with `ceil(log2(x) * 32) - 1`. Values are never transformed before
they are counted, and merging is addition.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

SCALE: Final = 5
BUCKETS_PER_DOUBLING: Final = 2**SCALE

#: The lowest bucket, 2**-1024: lower values, which floats hold with few digits, are counted in it. It fits
#: 16 bits and leaves -32768 to stores that need a mark for zero.
BUCKET_MIN: Final = -32_767

#: A quantile read from buckets differs from the value it stands for by at most this share of it.
RELATIVE_ERROR: Final = 2 ** (1 / BUCKETS_PER_DOUBLING) - 1


def bucket_of(value: float) -> int:
    """The bucket of a value above zero.

    >>> bucket_of(1.0), bucket_of(1.0000001), bucket_of(2.0)
    (-1, 0, 31)

    Raises ValueError for NaN, infinity and values that are not above zero.
    """
    if not (value > 0 and math.isfinite(value)):
        msg = f"a sketch counts finite values above zero (zero apart), not {value!r}"
        raise ValueError(msg)
    return max(BUCKET_MIN, math.ceil(math.log2(value) * BUCKETS_PER_DOUBLING) - 1)


def bucket_bounds(bucket: int) -> tuple[float, float]:
    """The bounds of a bucket, the lower one exclusive.

    >>> bucket_bounds(31)
    (1.9571441241754002, 2.0)
    """
    return 2.0 ** (bucket / BUCKETS_PER_DOUBLING), 2.0 ** ((bucket + 1) / BUCKETS_PER_DOUBLING)


def merge(left: Mapping[int, float], right: Mapping[int, float]) -> dict[int, float]:
    """The counts of both.

    >>> merge({1: 2.0}, {1: 1.0, 4: 1.0})
    {1: 3.0, 4: 1.0}
    """
    merged = dict(left)
    for bucket, count in right.items():
        merged[bucket] = merged.get(bucket, 0.0) + count
    return merged


def quantile(counts: Mapping[int, float], q: float, *, zero: float = 0.0) -> tuple[float, float, float]:
    """The `q` quantile with its bounds (value, low, high), in the unit of what was counted.

    The rank is q(n-1), as numpy has it: the true quantile lies between two neighbouring values in order
    of size, `low` is a bound below the smaller and `high` one above the larger of these.

    >>> quantile({bucket_of(1.5): 10.0}, 0.95)
    (1.4929..., 1.4768..., 1.5091...)

    Raises ValueError when nothing was counted or `q` is not a share.
    """
    n = zero + sum(counts.values())
    if n <= 0 or not 0.0 <= q <= 1.0:
        msg = f"a quantile needs at least one value and a share from 0 to 1, not {n} values and {q}"
        raise ValueError(msg)
    rank = q * max(0.0, n - 1)
    below, above = math.floor(rank), math.ceil(rank)
    first, second = _bounds_at(counts, zero, below), _bounds_at(counts, zero, above)
    if first == second:
        value = math.sqrt(first[0] * first[1])
    else:
        share = rank - below
        value = (1 - share) * math.sqrt(first[0] * first[1]) + share * math.sqrt(second[0] * second[1])
    return value, first[0], second[1]


def _bounds_at(counts: Mapping[int, float], zero: float, rank: float) -> tuple[float, float]:
    """Bounds of the bucket that holds the value of `rank`, counted from 0 in order of size."""
    seen = zero
    if rank < seen:
        return 0.0, 0.0
    last = 0
    for bucket in sorted(counts):
        if counts[bucket] <= 0:
            continue
        last = bucket
        seen += counts[bucket]
        if rank < seen:
            break
    return bucket_bounds(last)
