"""What lies in a window: whole pieces, parts of pieces, and never what is excluded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.slo.budget import Tally
from evenkeel.judge.slo.ledger import Ledger, find_silences, minutes_of, tally_events, tally_minutes
from evenkeel.judge.slo.stream import Buckets
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.org.calendar.model import merge_spans

HOUR, MINUTE = US_PER_HOUR, US_PER_MINUTE


def buckets(*rows: tuple[int, float, float]) -> Buckets:
    at, total, bad = (np.array(column) for column in zip(*rows, strict=True))
    return Buckets(at.astype(np.int64), total.astype(float), bad.astype(float))


DAY = Ledger.of(buckets(*((hour * HOUR, 60, 6) for hour in range(24))), Buckets.none())


def test_hours_end_where_minutes_begin() -> None:
    hours = buckets((0, 60, 1), (HOUR, 60, 1), (2 * HOUR, 60, 1))
    ledger = Ledger.of(hours, buckets((HOUR + 20 * MINUTE, 5, 5), (2 * HOUR, 7, 0)))
    assert ledger.counted(Window(0, 3 * HOUR)) == (72.0, 6.0)


def test_of_an_hour_that_is_cut_its_part_counts() -> None:
    assert DAY.counted(Window(HOUR // 2, 2 * HOUR)) == (pytest.approx(90), pytest.approx(9))


def test_what_is_excluded_does_not_count() -> None:
    assert DAY.counted(Window(0, 4 * HOUR), (Window(HOUR, 2 * HOUR + HOUR // 2),)) == (150.0, 15.0)


def test_hours_that_an_edge_cuts_are_found_and_can_be_told_by_their_minutes() -> None:
    assert DAY.cut_hours([HOUR, 2 * HOUR + 1, 2 * HOUR + 5, 30 * HOUR]) == [2 * HOUR]
    told = DAY.refined(2 * HOUR, buckets((2 * HOUR + 50 * MINUTE, 60, 6)), slice_us=MINUTE, worth=1.0)
    assert told.counted(Window(0, 2 * HOUR + 30 * MINUTE)) == (120.0, 12.0)
    assert told.counted(Window(0, 24 * HOUR)) == DAY.counted(Window(0, 24 * HOUR))
    assert told.cut_hours([2 * HOUR + 1]) == []


def test_a_slice_is_worth_its_minutes() -> None:
    ledger = Ledger.of(buckets((0, 12, 3)), buckets((HOUR, 1, 1)), slice_us=5 * MINUTE, worth=5.0)
    assert ledger.counted(Window(0, 2 * HOUR)) == (65.0, 20.0)


def test_minutes_without_evidence_are_unknown_and_excluded_ones_are_nothing() -> None:
    ledger = Ledger.of(Buckets.none(), buckets(*((n * MINUTE, 1, n % 2) for n in range(40))))
    assert tally_minutes(ledger, Window(0, HOUR), ()) == Tally(40.0, 20.0, 20.0)
    assert tally_minutes(ledger, Window(0, HOUR), (Window(30 * MINUTE, HOUR),)) == Tally(30.0, 15.0, 0.0)


def test_events_that_nobody_saw_are_as_many_as_the_rest_would_make_them() -> None:
    window = Window(0, 24 * HOUR)
    assert tally_events(DAY, window, (), ()) == Tally(1_440.0, 144.0)
    assert tally_events(DAY, Window(0, 24 * HOUR - 1), (), ()) == Tally(1_440.0, 144.0)  # in its last minute
    hole = tally_events(DAY, window, (), (Window(0, 6 * HOUR),))
    assert hole.unknown == pytest.approx(1_440 * 6 / 18)
    assert tally_events(DAY, window, (Window(0, 6 * HOUR),), (Window(0, 6 * HOUR),)).unknown == 0.0
    assert tally_events(DAY, window, (), (Window(0, 1),)).unknown == 1.0  # a hole is never worth nothing


@pytest.mark.parametrize(
    ("cadence_s", "silences"),
    [
        (60.0, [(60, 70), (75, 120)]),
        (290.0, [(60, 70), (75, 120)]),
        (310.0, [(75, 120)]),
        (2_000.0, []),
    ],
)
def test_a_silence_is_longer_than_twice_the_usual_interval(cadence_s: float, silences: list[tuple[int, int]]) -> None:
    heard = [Window(0, HOUR), Window(HOUR // 2, HOUR), Window(70 * MINUTE, 75 * MINUTE)]
    found = find_silences(heard, Window(0, 2 * HOUR), cadence_s)
    assert [(hole.start_us // MINUTE, hole.end_us // MINUTE) for hole in found] == silences


SPANS = st.lists(st.tuples(st.integers(0, 24 * 60), st.integers(0, 24 * 60)), max_size=5)


@given(SPANS)
def test_what_counts_and_what_is_excluded_add_up_to_all(pairs: list[tuple[int, int]]) -> None:
    window = Window(0, 24 * HOUR)
    spans = merge_spans([Window(min(pair) * MINUTE, max(pair) * MINUTE) for pair in pairs], window)
    outside = [DAY.counted(span)[0] for span in spans]
    assert DAY.counted(window, spans)[0] + sum(outside) == pytest.approx(1_440)
    assert minutes_of(window, spans) + sum(span.minutes for span in spans) == pytest.approx(1_440)
