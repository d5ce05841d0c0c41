"""What is kept of an embedding: few numbers, the same wherever they are made."""

from __future__ import annotations

import math
import random

import pytest

from evenkeel.kernel.embedding import DIRECTIONS, LENGTH_MAX, as_attributes, sketch_embedding, split_feature


def test_the_numbers_of_a_vector_are_the_same_in_every_process() -> None:
    found = sketch_embedding([float(place) for place in range(1, 385)])
    assert (found["size"], found["norm"]) == (384, 4352.9)
    assert [found["1"], found["16"]] == [-0.88676, -0.58811]


def test_how_long_a_vector_is_changes_nothing_but_its_norm() -> None:
    rng = random.Random(1)
    vector = [rng.gauss(0, 1) for _ in range(100)]
    plain, doubled = sketch_embedding(vector), sketch_embedding([2 * each for each in vector])
    assert doubled["norm"] == pytest.approx(2 * float(plain["norm"] or 0), rel=1e-4)
    assert {**doubled, "norm": 0} == {**plain, "norm": 0}


def test_sums_of_vectors_without_a_preferred_direction_are_near_one() -> None:
    rng = random.Random(2)
    made = [sketch_embedding([rng.gauss(0, 1) for _ in range(384)]) for _ in range(300)]
    squares = [float(each[str(place)] or 0) ** 2 for each in made for place in range(1, DIRECTIONS + 1)]
    assert sum(squares) / len(squares) == pytest.approx(1.0, abs=0.1)


def test_a_vector_of_nothing_has_no_direction_and_a_long_one_has_sixteen() -> None:
    assert sketch_embedding([0.0, 0.0]) == {"size": 2, "norm": 0.0, "1": None, "2": None}
    longest = sketch_embedding([1.0] * LENGTH_MAX)
    assert len(longest) == DIRECTIONS + 2
    assert all(each is not None and math.isfinite(each) for each in longest.values())


def test_no_number_of_the_vector_is_among_the_attributes() -> None:
    assert as_attributes({"q": [3.0, 4.0]}, "feature.").keys() == {f"feature.embedding:q/{end}" for end in
                                                                  ("1", "2", "norm", "size")}  # fmt: skip
    assert split_feature("embedding:a/b/norm") == ("embedding:a/b", "norm")
    assert split_feature("embedding:") == ("embedding:", "")
