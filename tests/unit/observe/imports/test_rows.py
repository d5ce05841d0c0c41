"""Rows of files as they are found: quoted, cut, not UTF-8, nested; each with its number (SPEC OBS-4)."""

from __future__ import annotations

import random
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_ipc, write_parquet

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.imports.rows import read_rows


def write(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def rows(path: Path) -> list[tuple[int, Any]]:
    """(number, values or problem) of every row."""
    return [(row.number, row.values if row.values is not None else row.problem) for row in read_rows(path)]


class TestCsv:
    def test_a_mark_at_the_beginning_empty_lines_and_quotes_are_read(self, tmp_path: Path) -> None:
        path = write(tmp_path, '\ufeffa,b\r\n1,"x, ""y"""\r\n\r\n2,"two\nlines"\r\n'.encode())
        assert rows(path) == [(2, {"a": "1", "b": 'x, "y"'}), (5, {"a": "2", "b": "two\nlines"})]

    def test_rows_of_another_width_are_problems_with_their_line(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a,b\n1\n1,2\n1,2,3\n")
        assert rows(path) == [
            (2, "1 cells where the header has 2"),
            (3, {"a": "1", "b": "2"}),
            (4, "3 cells where the header has 2"),
        ]

    def test_a_cell_that_is_not_utf8_spoils_its_row_only(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a,b\n1,caf\xe9\n2,caf\xc3\xa9\n3,\xef\xbf\xbd\n")
        assert rows(path) == [(2, "b is not UTF-8"), (3, {"a": "2", "b": "café"}), (4, {"a": "3", "b": "\ufffd"})]

    def test_a_cell_without_an_end_is_a_problem_and_what_follows_is_read(self, tmp_path: Path) -> None:
        path = write(tmp_path, b'a\n1\n"' + b"x" * 200_000 + b"\n2\n")
        found = rows(path)
        assert found[0] == (2, {"a": "1"})
        assert "field larger than field limit" in found[1][1]
        assert found[-1] == (4, {"a": "2"})

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "no header line"),
            (b"\n1,2\n", "no header line"),
            (b"a,\xff\n1,2\n", "not UTF-8"),
            ("a,b\n1,2".encode("utf-16"), "not UTF-8"),
            (b"a,b,a\n1,2,3\n", "column 'a' twice"),
            (b"x" * 200_000, "is no CSV"),
        ],
    )
    def test_a_file_that_names_no_columns_is_refused(self, tmp_path: Path, content: bytes, says: str) -> None:
        with pytest.raises(InvalidInputError, match=says):
            list(read_rows(write(tmp_path, content)))

    def test_a_large_file_is_read_in_pieces_and_tells_how_far_it_is(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a,b\n" + b"1234567,abcdefghijklmnopqrstuvwxyz\n" * 300_000)
        tracemalloc.start()
        done = [row.done for row in read_rows(path) if row.number % 1_000 == 0]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1_000_000
        assert done == sorted(done)
        assert done[0] < 0.1
        assert done[-1] == pytest.approx(1.0, abs=0.01)


class TestJsonl:
    def test_lines_that_are_no_object_are_problems_with_their_line(self, tmp_path: Path) -> None:
        path = write(tmp_path, b'{"a": 1}\n\n{"a": \n[1]\n\xff\n{"b": {"c": 2}}', "a.jsonl")
        found = rows(path)
        assert [number for number, _ in found] == [1, 3, 4, 5, 6]
        assert (found[0][1], found[-1][1]) == ({"a": 1}, {"b": {"c": 2}})
        assert ["not JSON" in str(what) or what == "not a JSON object" for _, what in found[1:4]] == [True] * 3


class TestColumnar:
    @pytest.mark.parametrize("kind", ["parquet", "arrow"])
    def test_types_come_as_python_has_them(self, tmp_path: Path, kind: str) -> None:
        at = [1_790_000_000_000_000, None]
        table = Table.from_pydict(
            {
                "at": Array(at, type=DataType.int64()).cast(DataType.timestamp("us", tz="UTC")),
                "n": Array([1, None], type=DataType.int32()),
                "x": Array([0.5, float("nan")], type=DataType.float64()),
                "s": Array(["a", None], type=DataType.utf8()),
            }
        )
        path = tmp_path / f"a.{kind}"
        (write_parquet if kind == "parquet" else write_ipc)(table, path)
        first, second = rows(path)
        assert first == (1, {"at": datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC), "n": 1, "x": 0.5, "s": "a"})
        assert (second[0], second[1]["n"], second[1]["s"]) == (2, None, None)

    @pytest.mark.parametrize("name", ["groups.parquet", "one.parquet", "one.arrow"])
    def test_how_far_it_is_rises_with_the_rows(self, tmp_path: Path, name: str) -> None:
        count, chance = 60_000, random.Random(1)
        table = Table.from_pydict(
            {
                "n": Array([chance.randrange(10**9) for _ in range(count)], type=DataType.int64()),
                "x": Array([chance.random() for _ in range(count)], type=DataType.float64()),
            }
        )
        path = tmp_path / name
        if path.suffix == ".arrow":
            write_ipc(table, path, compression=None)
        else:
            pages = {"dictionary_enabled": False, "data_page_row_count_limit": 2_000, "write_batch_size": 1_000}
            write_parquet(table, path, max_row_group_size=10_000 if name == "groups.parquet" else count, **pages)
        done = [row.done for row in read_rows(path)]
        assert len(done) == count
        assert done == sorted(done)
        assert done[-1] == pytest.approx(1.0, abs=0.01)
        for share in (0.0, 0.25, 0.5, 0.75):  # the footer and pages of each column are read ahead
            assert done[int(share * count)] == pytest.approx(share, abs=0.35)

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
    def test_a_file_that_is_cut_is_refused_by_name(self, tmp_path: Path, name: str) -> None:
        for content in (b"", b"PAR1", b"ARROW1\0\0" + bytes(100)):
            with pytest.raises(InvalidInputError, match=f"{name} cannot be read as"):
                list(read_rows(write(tmp_path, content, name)))


def test_a_format_that_is_not_known_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"Known are \.csv, \.jsonl"):
        read_rows(tmp_path / "a.xlsx")
