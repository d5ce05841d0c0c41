"""The tables of words are of languages that are told, and can be used as they are compared."""

from __future__ import annotations

from evenkeel.kernel.language.detect import LANGUAGES
from evenkeel.observe.evaluators.text import list_words
from evenkeel.observe.evaluators.words import frequent_words, load_words


def test_tables_are_of_languages_that_are_told() -> None:
    words = load_words()
    for table in (words.abbreviations, words.negations, words.numbers, words.endings):
        assert table.keys() <= LANGUAGES


def test_words_are_single_words_in_small_letters() -> None:
    words = load_words()
    for language, listed in [*words.negations.items(), *words.numbers.items()]:
        for word in listed:
            assert list_words(word) == [word], language


def test_frequent_words_are_of_a_known_language_only() -> None:
    assert {"der", "nicht"} <= frequent_words("de")
    assert frequent_words("xx") == frequent_words(None) == frozenset()
