"""Texts of rows: read in the shapes that files have them, and refused where they are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.imports.texts import read_embedding, read_texts


@pytest.mark.parametrize(
    ("given", "contexts"),
    [
        (["a", "b"], ("a", "b")),
        ('["a", "b"]', ("a", "b")),
        ("one text", ("one text",)),
        ("[1] is no list", ("[1] is no list",)),
        (None, ()),
        ([""], ()),
    ],
)
def test_contexts_are_a_list_a_list_as_json_or_one_text(given: Any, contexts: tuple[str, ...]) -> None:
    found = read_texts({"answer": "x", "contexts": given})
    assert found is not None
    assert found.contexts == contexts


@pytest.mark.parametrize("row", [{"answer": 3}, {"prompt": ["a"]}, {"contexts": [1]}, {"contexts": "[1]"}], ids=str)
def test_what_is_no_text_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="text"):
        read_texts(row)


def test_a_row_without_texts_has_no_exchange() -> None:
    assert read_texts({"at": json.dumps(1)}) is None


@pytest.mark.parametrize("given", [[3, 4.0], "[3, 4.0]"])
def test_a_vector_is_a_list_or_a_list_as_json_and_becomes_numbers(given: Any) -> None:
    assert read_embedding({"embedding": given}, "question")["feature.embedding:question/norm"] == 5.0
    assert read_embedding({}, "question") == {}


def test_what_is_no_vector_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"embeddings\.question is a list"):
        read_embedding({"embedding": "3, 4"}, "question")
