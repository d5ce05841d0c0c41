"""RE2 as the guard uses it."""

from __future__ import annotations

import pytest

from evenkeel.gateway.guard.expressions import automaton, compiled, compiled_words, encoded


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
    assert sorted(rows.Match(b"1 abc") or ()) == [0, 1]
    assert not rows.Match(b"-")


def test_half_a_surrogate_pair_stays_one_character() -> None:
    assert encoded("a\ud800b") == b"a?b"
