"""`evenkeel.compare`: two tables, or a table and what was kept of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import evenkeel
from evenkeel.judge.drift.model import Detected, Signal
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.comparing import compare


def _made(seed: int, shift: float = 0.0, rows: int = 3_000) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"age": rng.normal(40 + 10 * shift, 10, rows), "plan": rng.choice(["s", "m", "l"], rows)}


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "parquet", "saved"])
def test_drift_is_found_whoever_holds_the_tables(holder: str, tmp_path: Path) -> None:
    before, after = _made(1), _made(2, shift=1.0)
    for name, made in (("before", before), ("after", after)):
        pl.DataFrame(made).write_parquet(tmp_path / f"{name}.parquet")
    evenkeel.profile(before).save(tmp_path / "reference.json")
    reference = {"lists": before, "pandas": pd.DataFrame(before), "polars": pl.DataFrame(before),
                 "parquet": tmp_path / "before.parquet", "saved": str(tmp_path / "reference.json")}[holder]  # fmt: skip
    current = pl.DataFrame(after) if holder == "polars" else tmp_path / "after.parquet"
    report = evenkeel.compare(reference, current)
    assert (report.status, report.drifted) == ("breach", ("age",))
    assert "moved up by" in str(report)
    assert "no drift beyond chance in plan" in str(report)


def test_the_same_again_has_no_drift_and_says_what_would_have_been_seen() -> None:
    report = compare(_made(1), _made(2))
    assert (report.status, report.drifted) == ("ok", ())
    assert "would most likely have been seen" in str(report)


def test_too_few_rows_are_unknown() -> None:
    assert compare(_made(1), _made(2, rows=30)).status == "unknown"
    assert compare(_made(1), {"age": [], "plan": []}).status == "unknown"


def test_a_feature_that_is_gone_is_a_breach_and_a_new_column_is_named() -> None:
    report = compare(_made(1), {"age": _made(2)["age"], "city": ["b"] * 3_000})
    assert (report.status, report.gone, report.added) == ("breach", ("plan",), ("city",))
    assert "plan: gone" in str(report)
    assert compare(_made(1), _made(2), columns=["age"]).added == ()


@pytest.mark.parametrize("holder", ["lists", "polars", "parquet"])
def test_another_type_is_a_signal_of_its_own(holder: str, tmp_path: Path) -> None:
    made = {"age": ["unknown"] * 3_000, "plan": _made(2)["plan"]}
    pl.DataFrame(made).write_parquet(tmp_path / "t.parquet")
    current = {"lists": made, "polars": pl.DataFrame(made), "parquet": tmp_path / "t.parquet"}[holder]
    found = {each.feature: each for each in compare(_made(1), current).findings}
    assert found["age"].signals[0] is Signal.TYPE_CHANGED
    assert found["plan"].detected is Detected.NO


def test_a_category_of_numbers_is_the_same_from_every_holder(tmp_path: Path) -> None:
    made = {"code": [1, 2, 3] * 1_000}
    reference = evenkeel.profile(made, kinds={"code": "categorical"})
    pl.DataFrame(made).write_parquet(tmp_path / "t.parquet")
    with_gap = {"code": [1.0, 2.0, 3.0, None] * 1_000}  # a gap turns whole numbers into floats
    pl.DataFrame(with_gap).write_parquet(tmp_path / "g.parquet")
    for current in (made, pl.DataFrame(made), pd.DataFrame(made), tmp_path / "t.parquet"):
        assert compare(reference, current).status == "ok"
    for current in (with_gap, pl.DataFrame(with_gap), tmp_path / "g.parquet"):
        (found,) = compare(reference, current).findings
        assert found.signals == (Signal.MISSINGNESS,)


def test_identities_are_no_features_unless_they_are_asked_for() -> None:
    before = _made(1) | {"id": list(range(3_000)), "key": [f"k{number}" for number in range(3_000)]}
    reference = evenkeel.profile(before)
    assert set(reference.table.skipped) == {"id", "key"}
    after = _made(2) | {"id": list(range(3_000, 6_000)), "key": [f"q{number}" for number in range(3_000)]}
    report = compare(reference, after)
    assert (report.status, report.added) == ("ok", ())
    assert set(report.left_out) == {"id", "key"} and "id: not compared, every value is another one" in str(report)
    assert "id" in evenkeel.profile(before, columns=["id"]).table.features


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("no feature 'agee'", {"columns": ["agee"]}),
        ("psi_limit is 0", {"psi_limit": 0.0}),
        ("psi_limit is nan", {"psi_limit": float("nan")}),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(words: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=words):
        compare(_made(1), _made(2), **asked)


def test_a_feature_of_which_nothing_can_be_told_leaves_the_whole_unknown() -> None:
    current = pl.DataFrame({"age": _made(2)["age"], "plan": [["s"]] * 3_000})
    report = compare(_made(1), current)
    assert (report.status, list(report.skipped)) == ("unknown", ["plan"])
