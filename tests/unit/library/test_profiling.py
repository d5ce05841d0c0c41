"""`evenkeel.profile`: a table becomes a reference that can be kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import evenkeel
from evenkeel.kernel.errors import CorruptDataError, InvalidInputError
from evenkeel.library.profiling import Reference, profile

ROWS = {"age": [31, 44, 52, None], "plan": ["s", "m", "m", "l"], "zip": [10115, 20095, 80331, 10115]}


def test_a_reference_is_the_same_from_a_frame_and_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "training.parquet"
    pl.DataFrame(ROWS).write_parquet(file)
    of_file, of_frame = evenkeel.profile(file), evenkeel.profile(pl.DataFrame(ROWS))
    assert of_file.table.version == of_frame.table.version
    assert (of_file.table.source, of_frame.table.source) == ("training.parquet", "DataFrame")


def test_a_reference_outlives_its_process(tmp_path: Path) -> None:
    made = profile(ROWS, source="March")
    made.save(tmp_path / "reference.json")
    assert Reference.load(tmp_path / "reference.json") == made
    assert [path.name for path in tmp_path.iterdir()] == ["reference.json"]


def test_a_reference_takes_a_few_kilobytes_whatever_it_was_made_of(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    made = profile({f"f{number}": rng.normal(size=20_000) for number in range(5)})
    made.save(tmp_path / "reference.json")
    assert (tmp_path / "reference.json").stat().st_size < 5 * 8_000


def test_columns_are_chosen_and_kinds_are_told() -> None:
    made = profile(ROWS, columns=["zip"], kinds={"zip": "categorical"})
    assert list(made.table.features) == ["zip"]
    assert "categorical" in str(made)
    assert "10115 50 %" in str(made)


def test_what_no_profile_can_be_made_of_is_named_and_the_rest_is_made() -> None:
    made = profile(pl.DataFrame({"age": [1, 2], "tags": [[1], [2]]}))
    assert list(made.table.features) == ["age"]
    assert "tags" in made.table.skipped
    assert "Column 'tags' is of type" in str(made)
    show = "_repr_html_"  # as a notebook calls it
    assert "Column &#x27;tags&#x27;" in getattr(made, show)()


def test_moments_are_shown_as_such() -> None:
    moments = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], dtype="datetime64[D]")
    assert "median 2026-01-02T00:00" in str(profile({"at": moments}))


def test_nothing_at_all_is_shown_as_nothing() -> None:
    shown = str(profile({"x": [None, None]}))
    assert "100 %" in shown
    assert "nothing" in shown


def test_progress_is_told_column_by_column() -> None:
    told: list[tuple[str, int, int]] = []
    profile(ROWS, progress=lambda name, done, of: told.append((name, done, of)))
    assert told == [("age", 1, 3), ("plan", 2, 3), ("zip", 3, 3)]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("no rows", {"data": {"x": []}}),
        ("no column 'agee'", {"data": ROWS, "columns": ["agee"]}),
        ("no column 'agee'", {"data": ROWS, "kinds": {"agee": "numeric"}}),
        ("'age' is said to be 'number'", {"data": ROWS, "kinds": {"age": "number"}}),
    ],
)
def test_what_cannot_be_profiled_is_refused_by_name(words: str, asked: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match=words):
        profile(**asked)  # pyright: ignore[reportArgumentType]


def test_a_file_that_holds_no_reference_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There is no file"):
        Reference.load(tmp_path / "gone.json")
    for text in ("no json", "[]", json.dumps({"table_format": 99})):
        (tmp_path / "r.json").write_text(text, encoding="utf-8")
        with pytest.raises(CorruptDataError):
            Reference.load(tmp_path / "r.json")
