"""Embeddings as they are sent: vectors are taken, anything else is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.embeddings import read_embeddings, refuse_reserved


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([0.1, 0.2], "embeddings is an object, not list"),
        ({"q": "0.1, 0.2"}, "embeddings.q is a list of numbers, not str"),
        ({"q": [1.0]}, "embeddings.q has 1 numbers"),
        ({"q": [0.5] * 8_193}, "embeddings.q has 8,193 numbers"),
        ({"q": [0.5, "NaN"]}, "embeddings.q holds 'NaN' at place 2"),
        ({"q": [True, 0.5]}, "embeddings.q holds True at place 1"),
        ({"q": [0.5, float("nan")]}, "embeddings.q holds nan at place 2"),
        ({"q": [10**400, 1]}, "embeddings.q holds 1000"),
        ({"q": [1.7e308, 1.7e308]}, "embeddings.q is longer than numbers go"),
        ({"q": [1e306] * 8_192}, "embeddings.q is longer than numbers go"),
        ({"": [0.5, 0.5]}, "'' is no name of an embedding"),
        ({"a\nb": [0.5, 0.5]}, "is no name of an embedding"),
        ({str(place): [0.5, 0.5] for place in range(9)}, "9 embeddings in one event"),
    ],
)
def test_what_is_no_vector_is_refused_and_says_where(given: Any, why: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_embeddings(given)
    assert why in str(refused.value)


def test_whole_numbers_are_numbers_and_nothing_is_none() -> None:
    assert read_embeddings({"q": [1, 2]}) == {"q": [1, 2]}
    assert read_embeddings(None) == {}


def test_the_names_of_what_is_made_of_embeddings_belong_to_nobody_else() -> None:
    refuse_reserved({"feature.embeddings": 1, "feature.age": 3})
    with pytest.raises(InvalidInputError, match="what is made of embeddings"):
        refuse_reserved({"feature.embedding:q/norm": 1})
