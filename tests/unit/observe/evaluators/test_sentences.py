"""Sentences end where their language ends them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.sentences import SENTENCES_MAX, split_sentences


def said(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rains. It pours! Does it? Yes…", ["It rains.", "It pours!", "Does it?", "Yes…"]),
        ("Dr. A. Li paid 3.50 €, e.g. in cash. Fine.", ["Dr. A. Li paid 3.50 €, e.g. in cash.", "Fine."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("See evenkeel.example.org for more.", ["See evenkeel.example.org for more."]),
        ("In 2019. The end.", ["In 2019.", "The end."]),
        ("- one\n- two\n\nThree", ["- one", "- two", "Three"]),
        ("A line that\ngoes on.", ["A line that\ngoes on."]),
        ("東京です。京都です！", ["東京です。", "京都です！"]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("هل هذا جيد؟ نعم.", ["هل هذا جيد؟", "نعم."]),
        ("  \n . ! ", []),
        ("", []),
    ],
)
def test_sentences_end_where_they_do(text: str, sentences: list[str]) -> None:
    assert said(text, "en") == sentences


def test_an_ordinal_ends_no_sentence_where_it_is_written_with_a_full_stop() -> None:
    assert said("Am 3. Mai beginnt es. Dann nicht.", "de") == ["Am 3. Mai beginnt es.", "Dann nicht."]
    assert said("He was 23. He left.", "en") == ["He was 23.", "He left."]


def test_more_sentences_than_the_limit_end_in_one_long_one() -> None:
    text = "So it is. " * (SENTENCES_MAX + 10)
    found = split_sentences(text)
    assert len(found) == SENTENCES_MAX
    assert found[-1][1] == len(text.rstrip())


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab. !?\n。\"'1")))
def test_sentences_are_in_order_and_no_word_is_lost(text: str) -> None:
    found = split_sentences(text)
    assert all(start < end for start, end in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    assert "".join("".join(text[start:end] for start, end in found).split()).count("a") == text.count("a")
