"""Languages are told where they are known, and nothing is told where they are not."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from evenkeel.kernel.language.detect import CHARACTERS_MAX, LANGUAGES, detect_language


def _labelled() -> ModuleType:
    found = importlib.util.spec_from_file_location("sentences", Path(__file__).with_name("sentences.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


LABELLED = _labelled()


def _each(listed: dict[str, str]) -> Iterator[tuple[str, str]]:
    return ((language, line.strip()) for language, lines in listed.items() for line in lines.splitlines())


def test_of_sentences_of_forty_characters_most_are_told_and_hardly_one_is_wrong() -> None:
    told = [(language, detect_language(text)) for language, text in _each(LABELLED.SENTENCES)]
    wrong = [pair for pair in told if pair[1] not in (pair[0], None)]
    assert len(told) == 284
    assert len(wrong) <= 2, wrong
    assert sum(language == found for language, found in told) >= 246


@pytest.mark.parametrize("language", sorted(LABELLED.SENTENCES))
def test_a_text_of_some_sentences_is_told(language: str) -> None:
    lines = [line.strip() for line in LABELLED.SENTENCES[language].splitlines()]
    assert detect_language(" ".join(lines)) == language


def test_of_other_languages_and_of_none_hardly_anything_is_told() -> None:
    told = [(language, text) for language, text in _each(LABELLED.OTHERS) if detect_language(text) is not None]
    assert {language for language, _ in told} <= {""}
    assert len(told) <= 2, told


@pytest.mark.parametrize("text", ["", "Guten Tag", " " * 50, "\0" * 2_000, "\ud800" * 100, "ა" * 30 + "α" * 30])
def test_nothing_is_told_of_what_is_short_mixed_or_no_text(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize("text", ["দেশৰ মানুহে এই কথা জানে আৰু মানে", "דאָס איז אַ קורצער טעקסט אױף ייִדיש װי מיר רעדן"])
def test_a_letter_of_another_language_tells_that_a_script_is_not_the_usual_ones(text: str) -> None:
    assert detect_language(text) is None


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    nothing = "zuq wev " * (CHARACTERS_MAX // 8)
    assert detect_language(nothing + "and this is what we are told by all of them. " * 100) is None


def test_the_longest_text_of_the_most_telling_words_spills_into_no_other_language() -> None:
    assert detect_language("y " * CHARACTERS_MAX) is None  # Spanish, French and Welsh
    assert detect_language("ß " * CHARACTERS_MAX) is None  # one letter is no evidence of a language
    assert detect_language("が" * CHARACTERS_MAX) == "ja"
    assert detect_language("og " * 2 + "hvad efter af meget noget " * CHARACTERS_MAX) == "da"


def test_the_page_about_languages_names_each_that_is_told_and_the_figures_that_are_held_here() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "languages.md").read_text()
    assert {row.split(" ")[1] for row in page.splitlines() if row.startswith("| ") and row[4] == " "} == LANGUAGES
    told = [(language, detect_language(text)) for language, text in _each(LABELLED.SENTENCES)]
    known = [pair for pair in told if pair[1] is not None]
    right = sum(language == found for language, found in known)
    assert f"{len(told)} sentences" in page
    assert f"{len(known) / len(told):.0%}".replace("%", " %") + " are told" in page
    assert f"{right / len(known):.1%}".replace("%", " %") + f" are right (n = {len(known)}" in page
