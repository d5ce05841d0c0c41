"""A column of embeddings as counts along frozen directions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.embedding import (
    DIRECTIONS,
    count_embeddings,
    embedding_from_json,
    merge_embeddings,
    profile_embeddings,
)


def _vectors(seed: int, rows: int = 400, length: int = 48) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    scale = 1.0 / np.sqrt(np.arange(1, length + 1))
    return (np.random.default_rng(seed).normal(size=(rows, length)) * scale).astype(np.float32)


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    made = profile_embeddings(_vectors(1), np.random.default_rng(1).permutation(400))
    window = _vectors(2)
    parts = count_embeddings(window[:150], made, missing=2), count_embeddings(window[150:], made, mistyped=1)
    whole, merged = count_embeddings(window, made, missing=2, mistyped=1), merge_embeddings(*parts)
    assert merged.features == whole.features
    assert (merged.n, whole.n, merged.rows) == (403, 403, 400)
    assert merged.total == pytest.approx(whole.total, abs=1e-3)


def test_a_profile_takes_tens_of_kilobytes_and_outlives_its_process() -> None:
    made = profile_embeddings(_vectors(1, length=384), np.random.default_rng(1).permutation(400), missing=3)
    text = json.dumps(made.document)
    assert len(text) < 80_000
    again = embedding_from_json(json.loads(text))
    assert again == made
    window = _vectors(2, length=384)
    assert count_embeddings(window, again).features == count_embeddings(window, made).features


def test_an_outlier_is_not_the_mean_and_constant_numbers_are_no_trouble() -> None:
    vectors = _vectors(1)
    vectors[:, 3] = 0.25
    made = profile_embeddings(vectors, np.arange(400))
    far = np.concatenate([vectors, np.full((1, 48), 1e6, dtype=np.float32)])
    moved = count_embeddings(far, made).total - count_embeddings(vectors, made).total
    assert float(np.linalg.norm(moved)) <= made.frame.reach * 1.01
    assert len(made.features) == DIRECTIONS + 2


@pytest.mark.parametrize("shape", [(19, 8), (30, 1), (30, 9_000)])
def test_too_few_and_what_are_no_embeddings_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(InvalidInputError, match="no reference of embeddings"):
        profile_embeddings(np.zeros(shape, dtype=np.float32), np.arange(shape[0]))
