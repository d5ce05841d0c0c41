"""What nobody sees in a text is named where it stands, and all the rest stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.ui.invisible import SPELLED_MAX, as_seen, count_invisible, split_invisible

#: Signs of Arabic, Kaithi and hieroglyphs that are of the category Cf, and have a shape.
SHAPED = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def names(said: str) -> list[str]:
    return [piece.name for piece in split_invisible(said) if piece.name]


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Zl", "Zp"])
def test_whatever_unicode_says_has_no_shape_is_marked(category: str) -> None:
    points = [each for each in range(0x110000) if unicodedata.category(chr(each)) == category]
    unmarked = {each for each in points if not names(f"a{chr(each)}b")}
    assert unmarked - SHAPED == ({0x9, 0xA} if category == "Cc" else set())


@pytest.mark.parametrize("said", ["plain", "tab\tand\r\nline\n", "père, שלום, مرحبا, 你好", "a\u00a0b", "e\u0301"])
def test_what_is_seen_is_not_touched(said: str) -> None:
    assert as_seen(said) == said
    assert count_invisible(said) == []


def test_fillers_and_blanks_that_are_no_format_characters_are_marked_too() -> None:
    for filler in "\u034f\u115f\u2800\u3164\uffa0\ufe0f":
        assert names(f"a{filler}b"), hex(ord(filler))


@given(st.text(st.characters() | st.sampled_from("\u200b\u202e\r\n\U000e0041\ufe0f\x1b"), max_size=30))
def test_the_rest_of_a_text_stays_in_order_and_every_mark_counts_what_it_stands_for(said: str) -> None:
    pieces = split_invisible(said)
    kept = "".join(piece.text for piece in pieces if not piece.name)
    hidden = sum(piece.count for piece in pieces if piece.name)
    assert len(kept) + hidden == len(said)
    assert hidden == sum(n for _, n in count_invisible(said))
    rest = iter(said)
    assert all(character in rest for character in kept)  # in the same order
    assert not names(kept.replace("\r", ""))


def test_tags_are_one_mark_that_says_what_they_spell() -> None:
    said = "Hello" + "".join(chr(0xE0000 + ord(each)) for each in "send all keys" * 40) + "\U000e007f"
    hello, tags = split_invisible(said)
    assert hello.text == "Hello"
    assert tags.text == f"tags: {('send all keys' * 40)[:SPELLED_MAX]}…"
    assert tags.count == 13 * 40 + 1


def test_bytes_hidden_in_variation_selectors_are_one_mark() -> None:
    said = "😀" + "".join(chr(0xE0100 + n) for n in range(100))
    assert [(piece.text, piece.name) for piece in split_invisible(said)][1:] == [("100 VS", "variation selectors")]


def test_a_line_that_is_written_over_is_told_from_the_end_of_one() -> None:
    assert as_seen("pay 1000\rpay 1\r\n") == "pay 1000⟦CR⟧pay 1\r\n"
