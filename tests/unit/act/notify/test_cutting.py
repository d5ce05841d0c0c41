"""The examples; `tests/properties/test_notify_properties.py` has what holds of every text."""

from __future__ import annotations

import pytest

from evenkeel.act.notify.cutting import STEP_BACK_MAX, cut, fit, fit_key, length, mend, one_line


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("one two", 5, "one…"),  # no blank before the ellipsis
        ("👍🏽👍🏽", 8, "👍🏽👍🏽"),
        ("👍🏽👍🏽", 7, "👍🏽…"),
        ("👍🏽", 3, "…"),  # no thumb without its skin
        ("🇩🇪🇫🇷🇮🇹", 11, "🇩🇪🇫🇷…"),
        ("🇩🇪🇫🇷🇮🇹", 8, "🇩🇪…"),  # no French half beside Germany
        ("cafe\u0301s", 5, "caf…"),
        ("\u1112\u1161\u11ab\u1100", 3, "…"),
        ("한국말", 2, "한…"),
    ],
)
def test_a_text_is_cut_between_characters(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_a_flood_of_marks_is_cut_within_it() -> None:
    flood = "a" + "\u0301" * 500
    assert length(cut(flood, 100)) == 100
    assert STEP_BACK_MAX < 100


def test_half_characters_and_controls_are_mended() -> None:
    assert mend("a\ud83d") == "a\ufffd"
    assert mend("\ud83d\ude00") == "😀"  # two halves that belong together
    assert mend("a\x00\x1b[31m\x85\tb\r\nc") == "a[31m\tb\nc"
    assert one_line(" a\r\nb\u2028 c ") == "a b c"


def test_a_long_key_ends_in_a_digest_of_itself() -> None:
    one, other = fit_key("k" * 300 + "1", 255), fit_key("k" * 300 + "2", 255)
    assert one != other
    assert (len(one), one[:5]) == (255, "kkkkk")
    assert fit_key("k" * 255, 255) == "k" * 255


def test_texts_are_halved_until_the_body_fits() -> None:
    asked: list[int] = []

    def write(budget: int) -> bytes:
        asked.append(budget)
        return b"x" * budget

    assert len(fit(write, 300, 1_000)) == 250
    assert asked == [1_000, 500, 250]
