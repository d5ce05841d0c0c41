"""Segments of tables: which one carries what has drifted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import evenkeel
from evenkeel.cli.drift import drift
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library import carrying
from evenkeel.library.documents import drift_document


def _made(seed: int, shift: float = 0.0, everywhere: float = 0.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    country: list[str | None] = [
        (["DE"] * 4 + ["ES"] * 3 + ["FR"] * 2 + [None])[int(each)] for each in rng.integers(10, size=3_000)
    ]
    age = rng.normal(40.0 + everywhere, 10.0, 3_000) + shift * np.array([each == "ES" for each in country])
    return {"country": country, "device": rng.choice([1.0, 2.0], 3_000), "age": age}


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "parquet"])
def test_the_country_that_carries_a_drift_is_told(holder: str, tmp_path: Path) -> None:
    tables: list[Any] = [_made(1), _made(2, shift=30.0)]
    if holder in ("polars", "parquet"):
        tables = [pl.DataFrame(each) for each in tables]
    if holder == "pandas":
        tables = [pd.DataFrame(each) for each in tables]
    if holder == "parquet":
        for place, each in enumerate(tables):
            each.write_parquet(tmp_path / f"{place}.parquet")
        tables = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    report = evenkeel.compare(tables[0], tables[1], segments=["device", "country"])
    assert [(each.segment, each.level) for each in report.carriers["age"]] == [("country", "ES")]
    assert "age: without country = ES nothing that matters is left" in str(report)
    assert drift_document(report)["carriers"][0]["level"] == "ES"


def test_what_changed_everywhere_is_carried_by_none() -> None:
    report = evenkeel.compare(_made(1), _made(2, everywhere=10.0), segments=["country"])
    assert (report.drifted, report.carriers) == (("age",), {})


def test_rows_without_a_level_and_numbers_are_levels_and_rare_ones_are_among_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = _made(1), _made(2)
    after["age"] = after["age"] + np.array([30.0 * (each is None) for each in after["country"]]) * 3
    after["age"] = after["age"] + 60.0 * (after["device"] == 2.0)
    report = evenkeel.compare(before, after, segments=["country", "device"])
    assert [each.level for each in report.carriers.get("age", ())] in ([], ["2"])
    monkeypatch.setattr(carrying, "LEVELS_LOOKED_AT_MAX", 1)
    assert evenkeel.compare(before, _made(2, shift=30.0), segments=["country"]).carriers == {}


def test_the_language_of_one_country_carries_that_of_all() -> None:
    rng = np.random.default_rng(7)
    things = ["parcel", "letter", "refund", "invoice"]

    def asked(spanish: bool) -> dict[str, Any]:
        rows = [("ES" if rng.uniform() < 0.4 else "UK", things[int(rng.integers(4))], n) for n in range(600)]
        texts = [
            f"¿Dónde está el paquete número {n} que he pedido, {thing}?"
            if spanish and country == "ES"
            else f"Where is the {thing} that I have ordered with number {n}?"
            for country, thing, n in rows
        ]
        return {"country": [country for country, _, _ in rows], "ask": texts}

    report = evenkeel.compare(asked(False), asked(True), segments=["country"])
    assert [each.level for each in report.carriers["ask.language"]] == ["ES"]


def test_a_kept_reference_has_no_segments_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    evenkeel.profile(_made(1)).save(tmp_path / "kept.json")
    for kept in (evenkeel.profile(_made(1)), tmp_path / "kept.json"):
        with pytest.raises(InvalidInputError, match="holds no rows of segments"):
            evenkeel.compare(kept, _made(2), segments=["country"])
    with pytest.raises(InvalidInputError, match="no column 'land'"):
        evenkeel.compare(_made(1), _made(2), segments=["land"])


def test_in_a_terminal_too(tmp_path: Path) -> None:
    for name, made in (("a", _made(1)), ("b", _made(2, shift=30.0))):
        pl.DataFrame(made).write_parquet(tmp_path / f"{name}.parquet")
    words = ["compare", str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet"), "--segment", "country", "--json"]
    found = CliRunner().invoke(drift, words, catch_exceptions=False)
    assert json.loads(found.output)["carriers"][0]["says"].startswith("without country = ES")
