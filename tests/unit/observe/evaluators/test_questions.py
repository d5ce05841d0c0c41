"""A question becomes a few hashes: the same for alike ones, exact through JSON, and none of them a word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.observe.evaluators.questions import HASHES_MAX, read_signature, sign_question


@given(st.text(max_size=300))
def test_numbers_are_exact_through_json_and_bounded(text: str) -> None:
    made = sign_question(text)
    again = json.loads(json.dumps({name: float(value) for name, value in made.items()}))
    assert read_signature(again) == read_signature(made)
    assert len(read_signature(made)) <= min(HASHES_MAX, made["words"])


def test_alike_questions_share_hashes_and_others_do_not() -> None:
    one, two, other = (
        read_signature(sign_question(text))
        for text in ("How do I reset my password?", "My password: resetting it?", "Where is my invoice from May?")
    )
    assert len(one & two) >= 2
    assert not one & other


def test_frequent_words_alone_say_nothing() -> None:
    assert sign_question("What is it about?").keys() <= {"words", "a"}
    assert sign_question("") == {"words": 0}


@pytest.mark.parametrize("numbers", [{}, {"a": "x"}, {"a": -1}, {"a": 2.0**60}, {"a": float("nan")}])
def test_what_is_no_signature_is_an_empty_one(numbers: dict[str, object]) -> None:
    assert read_signature(numbers) == frozenset()
