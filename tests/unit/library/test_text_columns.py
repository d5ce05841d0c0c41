"""Which columns hold texts."""

from __future__ import annotations

from evenkeel.kernel.profile.column import read_column
from evenkeel.library.text_columns import is_text


def test_texts_of_a_script_without_blanks_are_told_by_their_signs() -> None:
    assert is_text(read_column([f"パスワードを忘れてしまったのでもう一度送ってください。{n}" for n in range(40)]))


def test_a_few_texts_are_levels() -> None:
    assert not is_text(read_column([f"How do I change the address of order {n}?" for n in range(10)]))


def test_numbers_are_no_texts() -> None:
    assert not is_text(read_column(list(range(100))))
