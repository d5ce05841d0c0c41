"""A table of counts of groups becomes the events that the live door would have made of it."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.imports import counts
from evenkeel.observe.imports.counts import CountsDoor, CountsOrder, run_counts_import
from evenkeel.observe.imports.rows import SourceRow
from evenkeel.observe.imports.run import ImportResult
from evenkeel.observe.intake.event_api import read_events
from evenkeel.observe.intake.group_counts import COUNTS

HEAD = "from,to,version,sex,tp,fn,fp\n"
WEEK = "2026-09-07T00:00:00Z,2026-09-14T00:00:00Z"


def take(importer: Any, text: str, **more: Any) -> tuple[list[dict[str, Any]], ImportResult]:
    """(events, the report)."""
    path: Path = importer.file(text, "counts.csv")
    events: list[dict[str, Any]] = []

    def write(batch: EventBatch) -> None:
        events.extend(batch.row(n) for n in range(len(batch)))

    order = CountsOrder(path, more.pop("by", ("sex",)), {"service": "hiring", **more})
    return events, run_counts_import(order, CountsDoor(read_events, COUNTS), importer.context, write)


def test_rows_of_a_time_are_one_event_and_the_same_table_again_is_the_same(importer: Any) -> None:
    rows = f"{HEAD}{WEEK},3,f,80,20,\n{WEEK},3,,5,1,0\n{WEEK},4,f,8,2,1\n"
    events, result = take(importer, rows)
    assert (result.events, result.rejected) == (2, 0)
    assert [event["version"] for event in events] == ["3", "4"]
    counts = json.loads(events[0]["attributes"])["group_counts"]
    assert counts["groups"] == [{"group": ["f"], "tp": 80, "fn": 20}, {"group": [None], "tp": 5, "fn": 1}]
    again, _ = take(importer, rows)
    assert [event["event_id"] for event in again] == [event["event_id"] for event in events]
    late, _ = take(importer, rows.replace("80,20", "85,20"))
    assert late[0]["event_id"] != events[0]["event_id"]  # labels that came since: the last event counts
    assert late[1]["event_id"] == events[1]["event_id"]


def test_what_is_wrong_of_one_time_is_named_and_the_rest_is_kept(importer: Any) -> None:
    rows = f"{HEAD}{WEEK},3,f,80,20,0\n{WEEK},3,f,1,1,0\n{WEEK},4,f,-1,0,0\n{WEEK},5,f,1,0,0\n"
    events, result = take(importer, rows)
    assert (len(events), result.rejected) == (1, 2)
    assert "stands there twice" in result.problems[0]
    assert "tp is -1" in result.problems[1]


ROW = {"from": "2026-09-07T00:00:00Z", "to": datetime(2026, 9, 14, tzinfo=UTC), "sex": "f"}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"tp": Decimal("5.00"), "sex": Decimal(1)}, {"group": ["1"], "tp": 5}),
        ({"tp": 5.0, "sex": math.nan}, {"group": [None], "tp": 5}),
        ({"tp": 5, "sex": date(2026, 1, 1)}, {"group": ["2026-01-01"], "tp": 5}),
        ({"tp": Decimal("5.5")}, "x.parquet:1: tp is Decimal"),
        ({"tp": Decimal("NaN")}, "x.parquet:1: tp is Decimal"),
        ({"tp": math.nan}, "x.parquet:1: tp is nan"),
        ({"tp": b"5"}, "x.parquet:1: tp is b'5'"),
        ({"tp": [5]}, r"x.parquet:1: tp is \[5\]"),
        ({"tp": 5, "service": ["bot"]}, "x.parquet:1: service is"),
    ],
)
def test_cells_of_columnar_files_and_of_json_are_counts_or_named(
    importer: Any, monkeypatch: pytest.MonkeyPatch, cells: dict[str, Any], says: Any
) -> None:
    found: list[Any] = []

    def rows(_: Path) -> list[SourceRow]:
        return [SourceRow(1, {"service": "bot", **ROW, **cells})]

    monkeypatch.setattr(counts, "read_rows", rows)
    order, door = CountsOrder(Path("x.parquet"), ("sex",)), CountsDoor(read_events, COUNTS)
    if isinstance(says, str):
        with pytest.raises(InvalidInputError, match=says):
            run_counts_import(order, door, importer.context, found.append)
        return
    assert run_counts_import(order, door, importer.context, found.append).problems == []
    assert json.loads(found[0].row(0)["attributes"])["group_counts"]["groups"] == [says]


@pytest.mark.parametrize(
    ("text", "by", "says"),
    [
        ("from,to,sex,tp\n", ("gender",), ""),
        (f"from,to,sex,tp\n{WEEK},f,1\n", ("gender",), "no column 'gender'"),
        ("to,sex,tp\n2026-09-14T00:00:00Z,f,1\n", ("sex",), "no column 'from'"),
        (f"from,to,sex,n\n{WEEK},f,1\n", ("sex",), "counts nothing"),
        (f"from,to,sex,tp\n{WEEK},f,many\n", ("sex",), "counts.csv:2: tp is 'many'"),
        (f"from,to,sex,tp\n{WEEK},f\n", ("sex",), "counts.csv:2 cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(importer: Any, text: str, by: tuple[str, ...], says: str) -> None:
    if not says:
        assert take(importer, text, by=by)[1].events == 0
        return
    with pytest.raises(InvalidInputError, match=says):
        take(importer, text, by=by)
