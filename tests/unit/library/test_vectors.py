"""Columns of vectors, whoever holds them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import evenkeel
from evenkeel.kernel.embedding import feature_of, sketch_embedding
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.table import table_from_json, table_to_json
from evenkeel.library.documents import drift_document
from evenkeel.library.profiling import Reference, profile
from evenkeel.library.vectors import read_vectors


def _made(seed: int, shift: float = 0.0, rows: int = 600) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"vector": rng.normal(shift, 1.0, size=(rows, 16)).astype(np.float32), "age": rng.normal(size=rows)}


@pytest.mark.parametrize("holder", ["array", "lists", "pandas", "polars", "fixed", "parquet", "json"])
def test_vectors_that_moved_are_found_whoever_holds_them(holder: str, tmp_path: Path) -> None:
    def held(made: dict[str, Any], name: str) -> Any:
        listed = {"vector": made["vector"].tolist(), "age": made["age"]}
        if holder in ("array", "lists"):
            return made if holder == "array" else listed
        if holder == "pandas":
            return pd.DataFrame(listed)
        frame = pl.DataFrame(listed)
        if holder == "fixed":
            return frame.with_columns(pl.col("vector").cast(pl.Array(pl.Float32, 16)))
        if holder == "parquet":
            frame.write_parquet(tmp_path / f"{name}.parquet")
        else:
            frame.write_ndjson(tmp_path / f"{name}.jsonl")
        return frame if holder == "polars" else tmp_path / f"{name}.{'parquet' if holder == 'parquet' else 'jsonl'}"

    before = held(_made(1), "before")
    report = evenkeel.compare(before, held(_made(2, shift=1.0), "after"), segments=())
    assert (report.status, report.drifted, report.added) == ("breach", ("vector",), ())
    assert "its vectors" in str(report)
    assert drift_document(report)["findings"][-1]["kind"] == "embedding"
    assert evenkeel.compare(before, held(_made(3), "same")).status == "ok"


def test_a_reference_of_vectors_is_kept_and_shown(tmp_path: Path) -> None:
    made = profile(_made(1))
    made.save(tmp_path / "kept.json")
    again = Reference.load(tmp_path / "kept.json")
    assert again == made
    assert "vectors of 16 numbers; 8 directions hold" in str(made)
    assert evenkeel.compare(again, _made(2), columns=["vector"]).status == "ok"
    assert evenkeel.compare(again, {"age": _made(2)["age"]}).gone == ("vector",)
    spoiled = json.loads((tmp_path / "kept.json").read_text())
    del spoiled["embeddings"]["vector"]["reach"]
    (tmp_path / "kept.json").write_text(json.dumps(spoiled))
    with pytest.raises(Exception, match="make it again"):
        Reference.load(tmp_path / "kept.json")


def test_what_is_no_vector_is_set_apart() -> None:
    read = read_vectors([[1, 2], None, [3], "ab", [4, float("inf")], float("nan"), [[1], [2]], ["a", "b"]], 2)
    assert (read.vectors.tolist(), read.missing, read.mistyped) == ([[1.0, 2.0]], 2, 5)
    made = profile(_made(1))
    shorter = {**_made(2), "vector": _made(2)["vector"][:, :8]}
    assert "cannot be read" in str(evenkeel.compare(made, shorter)) or "no value" in str(
        evenkeel.compare(made, shorter)
    )


def test_too_few_vectors_are_named_and_lists_of_words_are_none() -> None:
    made = profile({"vector": [[0.1, 0.2]] * 5, "tags": [["a"]] * 5, "age": [1.0] * 5})
    assert "no reference of embeddings" in made.table.skipped["vector"]
    assert "tags" not in made.table.embeddings


@pytest.mark.parametrize("of", [np.float32, np.float64])
def test_a_reference_agrees_with_what_the_door_makes_of_the_same_vectors(of: type[np.floating[Any]]) -> None:
    vectors = _made(1)["vector"].astype(of)
    table = profile({"question": vectors}).table
    made = [sketch_embedding(vector) for vector in vectors.tolist()]
    assert set(table.sent) == {feature_of("question", end) for end in made[0]}
    for end, reference in table.sketches["question"].items():
        counted = count_values([each[end] for each in made], reference.grid)
        assert counted == reference.counts


def test_rows_that_a_service_would_not_send_are_not_in_its_reference() -> None:
    vectors: list[Any] = _made(1)["vector"].tolist()
    spoiled = [*vectors, None, [1.0, float("nan")], "text", [0.1] * 8]
    sketches = profile({"question": spoiled}).table.sketches["question"]
    assert sketches["norm"].counts.n == len(vectors) + 1
    assert sketches["size"].counts.n == len(vectors) + 1


def test_the_numbers_of_a_service_are_kept_with_the_reference_and_are_part_of_its_version() -> None:
    table = profile(_made(1)).table
    again = table_from_json(table_to_json(table))
    assert again == table
    assert replace(table, sketches={}).version != table.version
    assert table.named == {"age", "embedding:vector"}
