"""Files are read as what their names say."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.model import Kind
from evenkeel.library.files import open_file


def test_a_compressed_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "t.csv.gz"
    pl.DataFrame({"x": [1, 2]}).write_csv(file.with_suffix(""))
    file.write_bytes(gzip.compress(file.with_suffix("").read_bytes()))
    assert open_file(file).read("x").numbers.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("asked", [None, Kind.NUMERIC])
def test_a_word_among_written_numbers_is_one_value_of_another_type_and_the_rest_stay_numbers(
    tmp_path: Path, asked: Kind | None
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["x,y", "n/a,a", ",b", *(f"{number}.5,c" for number in range(20))]))
    table = open_file(file)
    column = table.read("x", asked)
    assert column.numbers.tolist() == [number + 0.5 for number in range(20)]
    assert (column.apart.mistyped, column.apart.missing) == (1, 1)
    assert table.read("y").levels == {"a": 1, "b": 1, "c": 20}
    (values,) = table.values(["x"])
    assert np.isnan(np.asarray(values, dtype=float)).sum() == 2


def test_codes_of_letters_and_digits_are_no_numbers(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["code,n", *("12,1" for _ in range(8)), *("b7,2" for _ in range(2))]))
    assert open_file(file).read("code").levels == {"12": 8, "b7": 2}


def test_lines_that_are_cut_off_are_no_table_of_one_column(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,b\n1,2\n3\n")
    with pytest.raises(InvalidInputError, match="not every line has as many values as the first, 'a,b'"):
        open_file(file)


def test_a_file_with_nothing_in_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "t.csv").touch()
    with pytest.raises(InvalidInputError, match="is empty"):
        open_file(tmp_path / "t.csv")
