"""Segments are told worst first, and what could not be looked at is told as such."""

from __future__ import annotations

from evenkeel.judge.quality.window_segments import Finding, judge_segments
from evenkeel.kernel.stats.weights import Weight
from evenkeel.store.telemetry.predictions import SegmentRow


def row(value: str, right: float, wrong: float, weight: float = 1.0, unlabelled: float = 0.0) -> SegmentRow:
    return SegmentRow("site", value, right, wrong, weight * right, weight * wrong, unlabelled)


def test_the_worse_come_first_and_each_is_told_what_it_is() -> None:
    rows = [row("a", 800, 40), row("b", 60, 40), row("c", 2, 0), row("d", 0, 0, unlabelled=9)]
    found = judge_segments(rows, Weight.of_ones(862), Weight.of_ones(80))
    assert [(each.value, each.finding) for each in found.rows] == [
        ("b", Finding.WORSE),
        ("a", Finding.NOT_WORSE),
        ("c", Finding.TOO_FEW),
        ("d", Finding.NO_LABELS),
    ]
    worse = found.rows[0].worse
    assert worse is not None and worse.low < 0.4 < worse.high
    assert (found.tested, found.untested) == (2, 1)


def test_a_sample_proves_less() -> None:
    rows = [row("a", 800, 80, 20.0), row("b", 60, 20, 20.0)]
    found = judge_segments(rows, Weight(860.0, 17_200.0), Weight(100.0, 2_000.0))
    assert Finding.WORSE not in {each.finding for each in found.rows}
    seen = judge_segments([row("a", 800, 80), row("b", 60, 20)], Weight.of_ones(860), Weight.of_ones(100))
    assert seen.rows[0].finding is Finding.WORSE


def test_a_segment_that_is_everything_is_compared_with_nothing() -> None:
    found = judge_segments([row("a", 90, 10)], Weight.of_ones(90), Weight.of_ones(10))
    assert found.rows[0].finding is Finding.ALL_ROWS
    assert (found.tested, found.untested) == (0, 0)


def test_segments_whose_names_read_alike_are_told_apart() -> None:
    good = SegmentRow("a", "b=c", 400, 4, 400, 4, 0)
    bad = SegmentRow("a=b", "c", 60, 40, 60, 40, 0)
    found = judge_segments([good, bad], Weight.of_ones(860), Weight.of_ones(80))
    assert {each.attribute: each.finding for each in found.rows} == {"a=b": Finding.WORSE, "a": Finding.NOT_WORSE}


def test_without_labels_nothing_is_claimed() -> None:
    found = judge_segments([row("a", 0, 0, unlabelled=5)], Weight(), Weight())
    assert found.rows[0].finding is Finding.NO_LABELS
    assert judge_segments([], Weight(), Weight()).rows == ()
