"""Words are found in any script, where they stand, and in time that grows with the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.text import find_words, has_words, is_number, list_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't pay 3,500.50 € – it's free!", ["don", "t", "pay", "3,500.50", "it", "s", "free"]),
        ("L'été à Zürich", ["l", "été", "à", "zürich"]),
        ("3\u202f800 km at 9:05", ["3\u202f800", "km", "at", "9:05"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京タワー333m", ["東", "京", "タ", "ワ", "ー", "333", "m"]),
        ("مدرسةٌ كبيرة", ["مدرسةٌ", "كبيرة"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("snake_case __init__", ["snake", "case", "init"]),
        ("", []),
        ("—!?\x00\ud800", []),
    ],
)
def test_words_are_those_of_the_script(text: str, words: list[str]) -> None:
    assert list_words(text) == words


@settings(deadline=None)
@given(st.text())
def test_each_word_stands_where_it_says_and_after_the_one_before(text: str) -> None:
    end = 0
    for word in find_words(text):
        assert text[word.start : word.end] == word.text
        assert word.start >= end
        end = word.end


@settings(deadline=None)
@given(st.text())
def test_there_are_words_when_any_is_found(text: str) -> None:
    assert has_words(text) == bool(find_words(text))


def test_a_part_of_a_text_is_read_by_itself() -> None:
    assert [word.text for word in find_words("one two three", 4, 7)] == ["two"]


def test_numbers_begin_with_a_digit_of_any_script() -> None:
    assert [is_number(word) for word in ("7", "3,5", "٣", "vii")] == [True, True, True, False]
