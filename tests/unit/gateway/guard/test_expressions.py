"""RE2 as the guard uses it."""

from __future__ import annotations

from typing import Any, cast

import pytest
import re2

from evenkeel.gateway.guard.expressions import (
    Automaton,
    ScanFailedError,
    automaton,
    compiled,
    compiled_words,
    encoded,
    find_spans,
)


def test_positions_are_bytes() -> None:
    found = compiled("b").search(encoded("äb"))
    assert found is not None
    assert found.span() == (2, 3)


@pytest.mark.parametrize("source", ["(", "a(?=b)", r"(a)\1"])
def test_what_re2_refuses_is_a_value_error(source: str) -> None:
    with pytest.raises(ValueError, match=r"\("):
        compiled(source)
    with pytest.raises(ValueError, match=r"Set"):
        automaton([source])


def test_words_stand_between_what_is_no_letter() -> None:
    words = compiled_words(["geb", "c++", "née"])
    texts = ("geb. 1984", "Geburt", "NÉE Dubois", "in C++!", "", "x")
    assert [words.search(encoded(text)) is not None for text in texts] == [True, False, True, True, False, False]


def test_one_pass_says_which_are_there() -> None:
    rows = automaton(["a.c", "[0-9]+", "x"])
    assert sorted(rows.rows_in(b"1 abc")) == [0, 1]
    assert not rows.rows_in(b"-")


def test_half_a_surrogate_pair_stays_one_character() -> None:
    assert encoded("a\ud800b") == b"a?b"


def test_patterns_that_need_more_memory_than_there_is_are_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="Set"):
        automaton(["[a-z]{100}@[a-z]{100}"], memory_bytes=4_000)


def test_an_answer_that_lacks_the_end_of_the_text_is_a_failure() -> None:
    """RE2 answers with nothing when it runs out of memory in a text, and says no more than that."""
    gave_up: Any = cast("Any", re2).Set.SearchSet()
    end = gave_up.Add(b"never there")
    gave_up.Compile()
    with pytest.raises(ScanFailedError):
        Automaton(gave_up, end).rows_in(b"a clean text")


def test_matches_of_nothing_are_found_once_each() -> None:
    assert [spans[0] for spans in find_spans(compiled("b*"), b"abb")] == [(0, 0), (1, 3), (3, 3)]
