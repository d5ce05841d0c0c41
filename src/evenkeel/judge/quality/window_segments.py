"""Predictions by segment: each with its accuracy, and those that are worse than the rest beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.judge.quality.segments import Rows, Search, WorseSegment, find_worse_segments
from evenkeel.kernel.stats.weights import Weight, share_design_effect
from evenkeel.store.telemetry.predictions import SegmentRow


class Finding(StrEnum):
    """What is said of a segment against the rows outside of it."""

    WORSE = "worse"  # beyond chance, among all that were looked at
    NOT_WORSE = "not_worse"  # looked at, and within what chance does
    TOO_FEW = "too_few"  # so few rows inside or outside that the worst outcome would prove nothing: not looked at
    NO_LABELS = "no_labels"  # nothing is known of it yet
    ALL_ROWS = "all_rows"  # nothing lies outside of it


@dataclass(frozen=True, slots=True)
class Segment:
    """One value of one attribute; `worse` says by how much, where it is."""

    attribute: str
    value: str
    accuracy: Figure
    unlabelled: float
    finding: Finding
    worse: WorseSegment | None = None


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments, those found to be worse first, then by how many rows they have; and what the search looked at.

    `untested` have too few labelled rows, inside or outside of them.
    """

    rows: tuple[Segment, ...]
    tested: int
    untested: int


def judge_segments(rows: Sequence[SegmentRow], right: Weight, wrong: Weight) -> Segments:
    """The segments of a window whose labelled predictions are `right` and `wrong` in all.

    Sampled rows are worth fewer: the search counts as many as the sample is worth.

    >>> rows = [SegmentRow("site", "a", 900, 60, 900, 60, 0), SegmentRow("site", "b", 20, 20, 20, 20, 0)]
    >>> found = judge_segments(rows, Weight.of_ones(920), Weight.of_ones(80))
    >>> [(each.value, each.finding.value) for each in found.rows]
    [('b', 'worse'), ('a', 'too_few')]
    """
    deff = max(1.0, share_design_effect(right, wrong))
    total = Rows(round(right.n + wrong.n), round(wrong.n))
    counted = {
        _name(row): Rows(min(round(row.right + row.wrong), total.n), min(round(row.wrong), total.bad))
        for row in rows
        if row.right + row.wrong > 0
    }
    search = find_worse_segments(counted, total, deff=deff) if total.n else Search((), 0, len(counted))
    worse = {found.name: found for found in search.found}
    place = {found.name: number for number, found in enumerate(search.found)}
    judged = [_segment(row, worse, search, right.n + wrong.n) for row in rows]
    order = sorted(
        range(len(rows)), key=lambda i: (place.get(_name(rows[i]), len(place)), -(rows[i].right + rows[i].wrong), i)
    )
    # A segment that is everything has nothing outside of it, and not too few rows.
    untested = sum(each.finding is Finding.TOO_FEW for each in judged)
    return Segments(tuple(judged[i] for i in order), search.tested, untested)


def _name(row: SegmentRow) -> str:
    return f"{row.attribute}\0{row.value}"  # with "=", a of b=c would be a=b of c


def _segment(row: SegmentRow, worse: dict[str, WorseSegment], search: Search, whole: float) -> Segment:
    hits, misses = Weight(row.right, row.right_squares), Weight(row.wrong, row.wrong_squares)
    n = row.right + row.wrong
    accuracy = share(row.right, n, Reason.NO_LABELS, deff=share_design_effect(hits, misses))
    found = worse.get(_name(row))
    if n <= 0:
        finding = Finding.NO_LABELS
    elif found is not None:
        finding = Finding.WORSE
    elif _name(row) in search.names_tested:
        finding = Finding.NOT_WORSE
    else:
        finding = Finding.ALL_ROWS if n >= whole else Finding.TOO_FEW
    return Segment(row.attribute, row.value, accuracy, row.unlabelled, finding, found)
