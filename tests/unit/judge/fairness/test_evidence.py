"""Evidence about groups: effective rows of sampled predictions, and tables that nobody is counted twice in."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from evenkeel.judge.fairness.evidence import gather_evidence, table_of
from evenkeel.judge.fairness.model import GroupCounts, Rate
from evenkeel.judge.fairness.rates import bounded_rate
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.group_port import CELLS_MAX, GroupCell, GroupsAsked, PairedCell, SentTable
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "hiring")
WEEK = Window(0, 7 * US_PER_DAY)
ASKED = GroupsAsked(("sex", "age"), "", US_PER_DAY)


class Told:
    """Records that hold what they are told to."""

    def __init__(self, cells: list[GroupCell] | None = None, sent: list[SentTable] | None = None) -> None:
        self.cells, self.sent = cells or [], sent or []
        self.classes = ["no", "yes"]
        self.pairs: list[PairedCell] = []
        self.segments = ["gender", "age"]

    def group_cells(self, *_: Any, **__: Any) -> list[GroupCell]:
        return self.cells

    def paired_cells(self, *_: Any, **__: Any) -> list[PairedCell]:
        return self.pairs

    def classes_seen(self, *_: Any, **__: Any) -> list[str]:
        return self.classes

    def segments_seen(self, *_: Any, **__: Any) -> list[str]:
        return self.segments

    def tables_sent(self, *_: Any, **__: Any) -> list[SentTable]:
        return self.sent


def table(days: tuple[int, int], rows: list[dict[str, Any]], by: tuple[str, ...] = ("sex",)) -> SentTable:
    counts = json.dumps({"start_us": days[0] * US_PER_DAY, "attributes": by, "groups": rows})
    return SentTable("1", days[0] * US_PER_DAY, days[1] * US_PER_DAY, counts)


def test_rows_that_were_not_sampled_are_counted_as_they_are() -> None:
    cells = [
        GroupCell("1", 0, ("f", "<40"), True, True, 30.0, 30.0),
        GroupCell("1", 1, ("f", None), True, True, 5.0, 5.0),
        GroupCell("2", 0, ("m", "<40"), False, None, 9.0, 9.0),
    ]
    assert table_of(cells, ("sex", "age"), ("sex",)).counts == {
        ("f",): GroupCounts(tp=35),
        ("m",): GroupCounts(negative=9),
    }
    assert ("f", "(not stated)") in table_of(cells, ("sex", "age"), ("sex", "age")).counts


def test_rates_of_sampled_rows_hold_as_often_as_they_say() -> None:
    random, inside = Random(20_261_129), 0
    for _ in range(400):
        cells: list[GroupCell] = []
        for _ in range(300):  # decisions in favour were kept one of ten, others all
            favoured = random.random() < 0.4
            if favoured and random.random() >= 0.1:
                continue
            weight = 10.0 if favoured else 1.0
            cells.append(GroupCell("1", 0, ("f",), favoured, None, weight, weight**2))
        rate = bounded_rate(Rate.SELECTION, table_of(cells, ("sex",), ("sex",)).counts["f",])
        inside += rate.low <= 0.4 <= rate.high
    assert inside / 400 >= 0.94


@pytest.mark.parametrize(
    ("classes", "favourable", "reason"),
    [
        ([], "yes", "no_rows"),
        (["a", "b", "c"], None, "favourable_needed"),
        (["no", "yes"], None, "favourable_needed"),
        (["no", "yes"], "yess", "favourable_not_seen"),
    ],
)
def test_what_keeps_it_from_being_judged_has_a_name(classes: list[str], favourable: str | None, reason: str) -> None:
    told = Told([GroupCell("1", 0, ("f", "<40"), False, None, 5.0, 5.0)])
    told.classes = classes
    found = gather_evidence(told, KEY, ASKED, WEEK, favourable=favourable)
    assert (found.reason, found.by) == (reason, {})


def test_a_part_of_the_counts_is_never_judged() -> None:
    cell = GroupCell("1", 0, ("f", "<40"), True, None, 5.0, 5.0)
    told = Told([cell] * CELLS_MAX)
    assert gather_evidence(told, KEY, ASKED, WEEK, favourable="yes").reason == ""
    told.cells.append(cell)  # the store answers no more than this, whatever else there is
    assert gather_evidence(told, KEY, ASKED, WEEK, favourable="yes").reason == "too_many_groups"


def test_of_classes_one_and_zero_one_is_wanted_where_nobody_says_otherwise() -> None:
    told = Told([GroupCell("1", 0, ("f", "<40"), True, None, 5.0, 5.0)])
    told.classes = ["0", "1"]
    assert gather_evidence(told, KEY, ASKED, WEEK, favourable=None).reason == ""


def test_an_attribute_that_no_prediction_names_is_absent_and_those_there_are_are_told() -> None:
    told = Told([GroupCell("1", 0, (None, "<40"), True, None, 5.0, 5.0)])
    found = gather_evidence(told, KEY, ASKED, WEEK, favourable="yes")
    assert (found.absent, found.segments) == (("sex",), ("gender", "age"))


def test_counts_that_were_sent_are_all_that_is_judged() -> None:
    cells = [GroupCell("1", 0, ("f", "<40"), True, None, 5.0, 5.0)]
    told = Told(cells, [table((6, 7), [{"group": ["f"], "tp": 8}]), table((5, 6), [{"group": ["m"], "fn": 3}])])
    found = gather_evidence(told, KEY, ASKED, WEEK, favourable=None)
    assert found.table(["sex"]).counts == {("f",): GroupCounts(tp=8), ("m",): GroupCounts(fn=3)}
    assert (found.source, found.absent, found.steps, found.left_out) == ("counts", ("age",), [1, 0], True)
    assert found.table(["age"]).counts == {}


def test_tables_that_tell_of_the_same_time_are_not_added_up() -> None:
    day, week = [{"group": ["f"], "tp": 1}], [{"group": ["f"], "tp": 7}]
    told = Told(sent=[table((6, 7), day), table((-1, 7), week), table((5, 6), day), table((6, 7), day, ("age",))])
    found = gather_evidence(told, KEY, ASKED, WEEK, favourable=None)
    assert found.table(["sex"]).total.tp == 2
    assert found.overlapping == 1
    assert found.table(["age"]).total.tp == 1


def test_time_before_the_window_that_was_counted_as_well_is_told() -> None:
    told = Told(sent=[table((-3, 4), [{"group": ["f"], "tp": 1}])])
    assert gather_evidence(told, KEY, ASKED, WEEK, favourable=None).window.start_us == -3 * US_PER_DAY
