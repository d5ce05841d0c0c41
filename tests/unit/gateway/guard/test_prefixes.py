"""Prefixes of patterns: exactly the beginnings of what matches, for each construct that patterns use."""

from __future__ import annotations

import itertools

import pytest
import re2

from evenkeel.gateway.guard.prefixes import derive_prefixes, longest_chars

PATTERNS = {
    r"abc": "abc",
    r"\bab{2,3}": "ab",
    r"(?:ab|c){1,2}d": "abcd",
    r"a?b*c+": "abc",
    r"(?:a(?:b|c)?){2}": "abc",
    r"(?i:ab)[^a]{2}": "abB",
    r"a\b b": "ab ",
    r"(?:a b|a){1,3}b": "ab ",
}


def beginnings(pattern: str, letters: str) -> set[str]:
    """Of all texts of up to six letters that match: what they begin with, counted by trying."""
    whole = re2.compile(pattern)
    texts = ("".join(each) for n in range(7) for each in itertools.product(letters, repeat=n))
    return {text[:end] for text in texts if whole.fullmatch(text) for end in range(len(text) + 1)}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_all_beginnings_of_matches_are_prefixes_and_nothing_else_is(pattern: str) -> None:
    letters = PATTERNS[pattern]
    prefix = re2.compile(derive_prefixes(pattern))
    true = beginnings(pattern, letters)
    tried = {"".join(each) for n in range(5) for each in itertools.product(letters, repeat=n)}
    found = {text for text in tried if prefix.fullmatch(text)}
    assert {text for text in true if len(text) <= 4} <= found
    # A place between characters may yet turn out to be none: `a\bb` can begin no match, and is no prefix.
    assert found - true <= {"", "ab"} if "\\b" in pattern else found <= true


@pytest.mark.parametrize("pattern", ["^a", "a$", "(?=a)", "(a", "a)", "*a", r"\A", r"\1"])
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"nothing|closed"):
        derive_prefixes(pattern)


def test_the_length_of_the_longest_match_is_known() -> None:
    assert longest_chars(r"\b(?:ab|cde){2}\d{1,3}[x-z]?") == 10
    assert longest_chars("a{2,}") is None
    assert longest_chars("(?:a+|b)c") is None
