"""`evenkeel.fairness`: groups of a table, judged by counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import evenkeel
from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.verdicts import FairnessPolicy
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.fairness import fairness


def _made(gap: float, rows: int = 8_000) -> dict[str, Any]:
    rng = np.random.default_rng(11)
    sex, age = rng.choice(["f", "m"], rows), rng.choice(["-40", "40+"], rows)
    truth = rng.integers(0, 2, rows)
    hired = (rng.random(rows) < np.where(sex == "f", 0.4, 0.4 + gap)).astype(int)
    return {"sex": sex, "age": age, "hired": hired, "fit": truth}


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "parquet"])
def test_a_gap_is_found_whoever_holds_the_table(holder: str, tmp_path: Path) -> None:
    made = _made(0.2)
    file = tmp_path / "t.parquet"
    pl.DataFrame(made).write_parquet(file)
    data = {"lists": made, "pandas": pd.DataFrame(made), "polars": pl.DataFrame(made), "parquet": file}[holder]
    report = evenkeel.fairness(data, groups=["sex", "age"], predicted="hired", truth="fit")
    assert report.status == "breach"
    found = {(each.criterion, each.attributes): status for each, status in report.findings}
    assert found[Criterion.DEMOGRAPHIC_PARITY, ("sex",)] == "breach"
    assert found[Criterion.DEMOGRAPHIC_PARITY, ("age",)] == "ok"
    assert (Criterion.EQUALISED_ODDS, ("sex", "age")) in found
    assert report.table.total.rows == 8_000


def test_the_same_decisions_for_all_are_ok() -> None:
    report = fairness(_made(0.0), groups=["sex"], predicted="hired")
    assert report.status == "ok"
    assert not report.findings[0][0].significant


def test_too_few_rows_are_unknown_and_say_what_they_need() -> None:
    report = fairness(_made(0.05, rows=200), groups=["sex"], predicted="hired")
    assert report.status == "unknown"
    assert "needs n = " in str(report)


def test_any_answer_may_be_the_one_that_people_want() -> None:
    made = _made(0.2)
    words = {**made, "hired": np.where(made["hired"] == 1, "yes", "no")}
    told = fairness(words, groups=["sex"], predicted="hired", positive="yes")
    assert told.table == fairness(made, groups=["sex"], predicted="hired").table


def test_a_policy_decides_and_its_reason_is_shown() -> None:
    policy = FairnessPolicy((Criterion.ACCURACY,), why="it has to work for everybody")
    report = fairness(_made(0.2), groups=["sex"], predicted="hired", truth="fit", policy=policy)
    assert [found.criterion for found, _ in report.findings] == [Criterion.ACCURACY]
    assert "it has to work for everybody" in str(report)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("No groups are named", {"groups": []}),
        ("no column 'sx'", {"groups": ["sx"]}),
        ("No row answers 'maybe'", {"groups": ["sex"], "positive": "maybe"}),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(words: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=words):
        fairness(_made(0.0, rows=50), predicted="hired", **asked)
