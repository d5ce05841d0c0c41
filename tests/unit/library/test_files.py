"""Files are read as what their names say."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl

from evenkeel.library.files import open_file


def test_a_compressed_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "t.csv.gz"
    pl.DataFrame({"x": [1, 2]}).write_csv(file.with_suffix(""))
    file.write_bytes(gzip.compress(file.with_suffix("").read_bytes()))
    assert open_file(file).read("x").numbers.tolist() == [1.0, 2.0]
