"""Words, endings and letters are of languages that are known."""

from __future__ import annotations

from evenkeel.kernel.language.detect import LANGUAGES
from evenkeel.kernel.language.words import ENDINGS, LETTERS, NEIGHBOURS, WORDS


def test_tables_name_languages_that_are_told_or_kept_apart() -> None:
    assert {*WORDS, *ENDINGS} <= LANGUAGES | NEIGHBOURS
    assert {language for names in LETTERS.values() for language in names.split()} <= LANGUAGES | NEIGHBOURS
    assert all(len(ending) == 3 for endings in ENDINGS.values() for ending in endings.split())
    assert all(len(letter) == 1 for letter in LETTERS)
