"""A column of embeddings as the numbers that a running service keeps of such vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evenkeel.kernel.embedding import sketch_embedding
from evenkeel.kernel.profile.sketches import profile_sketches, sketch_rows


@pytest.mark.parametrize("size", [2, 3, 17, 384, 1_536])
@pytest.mark.parametrize("of", [np.float32, np.float64])
def test_many_vectors_at_once_become_what_each_becomes_at_the_door(size: int, of: type[np.floating[Any]]) -> None:
    vectors = np.random.default_rng(size).normal(size=(40, size)).astype(of)
    found = sketch_rows(vectors)
    for row, vector in enumerate(vectors.tolist()):
        assert {end: numbers[row] for end, numbers in found.items()} == sketch_embedding(vector)


def test_vectors_that_are_very_long_or_have_no_length_are_as_at_the_door() -> None:
    vectors = np.array([[0.0, 0.0, 0.0], [1e200, -3e199, 2e200], [1e-300, 2e-300, 0.0]])
    found = sketch_rows(vectors)
    for row, vector in enumerate(vectors.tolist()):
        there = {end: None if math.isnan(numbers[row]) else numbers[row] for end, numbers in found.items()}
        assert there == sketch_embedding(vector)


def test_a_vector_without_a_direction_is_missing_among_the_sums() -> None:
    found = sketch_rows(np.array([[0.0, 0.0], [3.0, 4.0]]))
    made = profile_sketches({end: each.tolist() for end, each in found.items()})
    assert (made["1"].counts.n, made["1"].counts.apart.missing) == (2, 1)
    assert made["norm"].counts.apart.missing == 0


def test_how_a_vector_was_written_does_not_change_its_length() -> None:
    vectors = np.random.default_rng(2).normal(size=(200, 384))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for of in (np.float32, np.float64):
        assert set(sketch_rows(vectors.astype(of))["norm"].tolist()) == {1.0}
