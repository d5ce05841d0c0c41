"""Numbers, names and quotations are looked up by what they are, not by how they are written."""

from __future__ import annotations

import pytest

from evenkeel.observe.evaluators.checks import (
    Check,
    check_names,
    check_numbers,
    check_quotes,
    has_quotes,
    index_known,
)  # fmt: skip
from evenkeel.observe.evaluators.text import find_words, list_words


def missing_numbers(answer: str, context: str, language: str = "en") -> list[str]:
    found = check_numbers(find_words(answer), index_known([list_words(context)], language), answer)
    return [answer[start:end] for start, end in found.missing]


@pytest.mark.parametrize(
    ("answer", "context", "missing"),
    [
        ("It costs 1,000 euros", "for 1.000 €", []),
        ("It costs 1000 euros", "for 1\u202f000 €", []),
        ("It costs 3 800 euros", "3 euros, or 800", []),
        ("about 3,800 km", "3, 800 km", []),
        ("2 million users", "2,000,000 users", []),
        ("2,000,000 users", "two million users", []),
        ("1.5 million", "1,500,000", []),
        ("3.50 euros", "3.5 euros", []),
        ("3,5 Prozent", "3.5 %", []),
        ("3 of them", "three of them", []),
        ("in 1987", "in 1978", ["1987"]),
        ("1.8 million", "1.7 million", ["1.8"]),
        ("2 billion", "2 million", []),  # the figure is there: scales are not compared
        ("9:30 and 9:45", "from 9:30", ["9:45"]),
        ("1. first\n", "nothing", []),
        ("* 4 pieces", "5 pieces", ["4"]),
    ],
)
def test_numbers_are_compared_by_value(answer: str, context: str, missing: list[str]) -> None:
    assert missing_numbers(answer, context) == missing


def names(answer: str, context: str, language: str | None = "en") -> tuple[int, list[str]]:
    found = check_names(find_words(answer), index_known([list_words(context)], language), language)
    return found.count, [answer[start:end] for start, end in found.missing]


def test_names_are_words_with_a_capital_inside_a_sentence() -> None:
    assert names("The tour of Ada Lovelace began in Paris", "ada lovelace") == (2, ["Paris"])
    assert names("Ada Lovelace began the tour", "Ada Byron") == (1, ["Ada Lovelace"])
    assert names("Tours begin at nine and I agree", "") == (0, [])
    assert names("How To Reset Your Password", "") == (0, [])
    assert names("Der Kunde wohnt in Bonn", "", "de") == (0, [])
    assert names("", "") == (0, [])


def test_quotations_are_there_word_by_word() -> None:
    known = index_known([list_words("He said: we shall, see what happens. End")], "en")
    text = 'Er sagte „We shall see“ und «never see that», "to" it is.'
    found = check_quotes(text, 0, len(text), known)
    assert found.count == 2
    assert [text[start:end] for start, end in found.missing] == ["never see that"]
    assert has_quotes(text)
    assert not has_quotes("a 6'2\" man")


def test_a_quotation_does_not_go_on_from_one_context_into_the_next() -> None:
    known = index_known([["we", "shall"], ["see", "it"]], "en")
    assert check_quotes('"we shall see"', 0, 14, known).missing == ((1, 13),)


def test_the_share_that_is_missing_is_none_of_nothing() -> None:
    assert Check(0, ()).missing_ratio == 0.0
    assert Check(4, ((0, 1),)).missing_ratio == 0.25
