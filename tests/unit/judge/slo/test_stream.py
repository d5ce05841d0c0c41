"""Streams: any window is the sum of its parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.slo.stream import Buckets, Stream, by_hour, ratio_slices, slices
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window


def minutes(rows: list[tuple[int, float, float]]) -> Buckets:
    """(minute, total, bad) as buckets."""
    at, total, bad = zip(*rows, strict=True) if rows else ((), (), ())
    return Buckets(np.array(at, np.int64) * US_PER_MINUTE, np.array(total, float), np.array(bad, float))


def test_a_window_holds_the_minutes_that_begin_in_it() -> None:
    stream = Stream(Buckets.none(), minutes([(0, 10, 1), (1, 20, 2), (5, 40, 4)]))
    held = stream.counts(Window(US_PER_MINUTE, 6 * US_PER_MINUTE))
    assert (held.total, held.bad, held.squares, held.hits) == (60, 6, 20**2 + 40**2, 2)


def test_of_a_minute_that_the_start_cuts_the_part_inside_counts() -> None:
    stream = Stream(Buckets.none(), minutes([(0, 60, 6), (1, 60, 0)]))
    held = stream.counts(Window(US_PER_MINUTE // 4, 2 * US_PER_MINUTE))
    assert (held.total, held.bad) == pytest.approx((105, 4.5))


def test_the_running_minute_counts_whole() -> None:
    stream = Stream(Buckets.none(), minutes([(10, 7, 7)]))
    assert stream.counts(Window(0, 10 * US_PER_MINUTE + 1)).total == 7


def test_hours_before_the_minutes_are_joined_without_overlap() -> None:
    hours = Buckets(np.array([0, US_PER_HOUR], np.int64), np.array([600.0, 600.0]), np.array([6.0, 6.0]))
    stream = Stream(hours, minutes([(60, 10, 1), (61, 10, 0)]))
    held = stream.counts(Window(0, 2 * US_PER_HOUR))
    assert (held.total, held.bad) == (620, 7)
    half = stream.counts(Window(US_PER_HOUR // 2, 2 * US_PER_HOUR))
    assert (half.total, half.bad) == pytest.approx((320, 4))


def test_an_empty_stream_holds_nothing() -> None:
    assert Stream(Buckets.none(), Buckets.none()).counts(Window(0, US_PER_HOUR)).total == 0


@given(
    rows=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 50)), max_size=60, unique_by=lambda row: row[0]),
    cut=st.integers(0, 301),
)
def test_two_windows_that_meet_hold_what_one_over_both_does(rows: list[tuple[int, int]], cut: int) -> None:
    stream = Stream(Buckets.none(), minutes([(at, float(n), float(n // 3)) for at, n in sorted(rows)]))
    first = stream.counts(Window(0, cut * US_PER_MINUTE))
    second = stream.counts(Window(cut * US_PER_MINUTE, 301 * US_PER_MINUTE))
    assert first.total + second.total == pytest.approx(sum(n for _, n in rows))
    assert first.bad + second.bad == pytest.approx(sum(n // 3 for _, n in rows))


def test_slices_are_bad_below_their_target_and_ratio_slices_by_their_share() -> None:
    stream = minutes([(0, 10, 1), (1, 10, 3), (6, 10, 1)])
    assert slices(stream, 300, 0.9).bad.tolist() == [1, 0]
    assert ratio_slices(stream, 300).bad.tolist() == pytest.approx([0.2, 0.1])


def test_hours_are_the_sums_of_their_minutes() -> None:
    hours = by_hour(minutes([(0, 10, 1), (59, 10, 3), (60, 5, 0)]))
    assert hours.total.tolist() == [20, 5]
    assert hours.bad.tolist() == [4, 0]
