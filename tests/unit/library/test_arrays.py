"""Arrays that numpy saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import evenkeel
from evenkeel.kernel.errors import InvalidInputError


def test_a_saved_array_of_vectors_is_a_column_that_is_called_as_its_file(tmp_path: Path) -> None:
    np.save(tmp_path / "question.npy", np.random.default_rng(1).normal(size=(50, 8)))
    made = evenkeel.profile(tmp_path / "question.npy")
    assert list(made.table.embeddings) == list(made.table.sketches) == ["question"]
    assert made.table.named == {"embedding:question"}


def test_a_saved_array_of_numbers_is_a_column_of_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "age.npy", np.arange(50.0))
    assert list(evenkeel.profile(tmp_path / "age.npy", columns=["age"]).table.features) == ["age"]


def test_what_is_no_array_of_numbers_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    for name in ("text", "objects", "cube", "gone"):
        with pytest.raises(InvalidInputError):
            evenkeel.profile(tmp_path / f"{name}.npy")
