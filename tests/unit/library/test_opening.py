"""One table, however it is held, is read alike."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from arro3.core import RecordBatchReader, Table

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Column
from evenkeel.kernel.profile.model import Kind
from evenkeel.library.opening import COLUMNS_MAX, open_table

ROWS: dict[str, list[Any]] = {
    "age": [31.0, 44.0, None, float("inf"), 31.0],
    "visits": [1, 2, 3, 4, 5],
    "plan": ["s", "m", None, "m", "l"],
    "is_new": [True, False, None, True, True],
    "since": [datetime(2026, 1, day) for day in (1, 2, 3, 4, 4)],
}


def _holders(directory: Path) -> dict[str, object]:
    frame = pl.DataFrame(ROWS)
    parquet, csv, lines = directory / "t.parquet", directory / "t.csv", directory / "t.jsonl"
    frame.write_parquet(parquet)
    frame.write_csv(csv)
    frame.write_ndjson(lines)
    made: dict[str, object] = {"lists": ROWS, "pandas": pd.DataFrame(ROWS), "polars": frame, "lazy": frame.lazy()}
    return made | {"parquet": parquet, "csv": str(csv), "json": lines, "arrow": Table.from_arrow(frame)}


@pytest.mark.parametrize("name", ROWS)
def test_a_column_is_the_same_whoever_holds_it(name: str, tmp_path: Path) -> None:
    columns = {holder: open_table(data).read(name) for holder, data in _holders(tmp_path).items() if holder != "json"}
    first = columns.pop("lists")
    for holder, column in columns.items():
        assert _facts(column) == _facts(first), holder


def test_a_stream_that_can_be_read_but_once_is_read_column_by_column() -> None:
    table = open_table(RecordBatchReader.from_stream(pl.DataFrame(ROWS)))
    assert table.rows == 5
    assert table.read("plan").levels == {"s": 1, "m": 2, "l": 1}
    assert table.read("visits").numbers.tolist() == [1, 2, 3, 4, 5]


def test_lines_of_json_hold_no_infinity_and_say_the_rest(tmp_path: Path) -> None:
    table = open_table(_holders(tmp_path)["json"])
    assert table.read("plan").levels == {"s": 1, "m": 2, "l": 1}
    assert table.read("visits").numbers.tolist() == [1, 2, 3, 4, 5]


def test_not_a_number_is_found_in_a_file_whose_statistics_do_not_tell_of_it(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame({"x": [1.0, float("nan"), None, 2.0]}).write_parquet(file)
    apart = open_table(file).read("x").apart
    assert (apart.nan, apart.missing) == (1, 1)


def test_numbers_may_be_levels(tmp_path: Path) -> None:
    for holder in ("lists", "pandas", "polars", "parquet", "csv"):
        column = open_table(_holders(tmp_path)[holder]).read("visits", Kind.CATEGORICAL)
        assert column.levels == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, holder


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "parquet", "csv", "arrow"])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", ROWS)
def test_a_column_of_another_type_than_was_asked_for_is_sorted_out_alike(
    holder: str, kind: Kind, name: str, tmp_path: Path
) -> None:
    expected = open_table(ROWS).read(name, kind)
    column = open_table(_holders(tmp_path)[holder]).read(name, kind)
    assert _facts(column) == _facts(expected)
    assert column.apart.mistyped == expected.apart.mistyped


def test_exact_numbers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame({"price": [1, 2, None]}).cast(pl.Decimal(10, 2)).write_parquet(file)
    column = open_table(file).read("price")
    assert column.numbers.tolist() == [1.0, 2.0]
    assert column.apart.missing == 1


def test_a_list_in_a_cell_is_no_value(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    frame = pl.DataFrame({"tags": [[1], [2]], "names": [["a"], ["b"]]})
    frame.write_parquet(file)
    for data in (file, frame):
        for name in frame.columns:
            with pytest.raises(InvalidInputError, match=f"Column '{name}' is of type"):
                open_table(data).read(name)


def test_a_table_of_one_empty_column_has_no_rows() -> None:
    assert open_table({"x": []}).rows == 0
    assert open_table(pd.DataFrame({"x": []})).rows == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (5, "int is no table"),
        ({}, "no columns"),
        (pd.DataFrame(), "no columns"),
        ({"a": [1], "b": [1, 2]}, "Column 'b' has 2 rows, and column 'a' has 1"),
        ({"a": "text"}, "Column 'a' is str"),
        (dict.fromkeys(map(str, range(COLUMNS_MAX + 1)), ()), f"{COLUMNS_MAX + 1} columns"),
    ],
    ids=["no table", "empty mapping", "empty frame", "odd lengths", "a text", "too many columns"],
)
def test_what_is_no_table_is_refused_by_name(data: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        open_table(data)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.parquet", None, "There is no file"),
        ("t.xlsx", b"x", "of no known kind"),
        ("t.parquet", b"PAR1 cut short", "t.parquet cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    name: str, content: bytes | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInputError, match=words):
        open_table(tmp_path / name)


def test_a_name_with_quotes_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "it's; odd.parquet"
    pl.DataFrame({'a "b", c': [1.0, 2.0]}).write_parquet(file)
    assert open_table(file).read('a "b", c').numbers.tolist() == [1.0, 2.0]


def _facts(column: Column) -> tuple[object, ...]:
    apart = column.apart
    # A frame of pandas cannot tell what is missing from what is no number.
    return column.kind, column.numbers.tolist(), dict(column.levels), apart.missing + apart.nan, apart.above
