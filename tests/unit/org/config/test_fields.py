"""Shares and times as people write them."""

from __future__ import annotations

import pytest

from evenkeel.org.config.fields import parse_quantity, unit_of


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.1 %", 0.001, "ratio"), ("99.9%", 0.999, "ratio"), ("500 ms", 0.5, "s"), ("2s", 2.0, "s"),
        ("5 min", 300.0, "s"), (" 1m ", 60.0, "s"), ("0.25", 0.25, ""), (0.999, 0.999, ""), (3, 3.0, ""),
    ],
)  # fmt: skip
def test_quantities_carry_their_unit(text: object, value: float, unit: str) -> None:
    assert (parse_quantity(text), unit_of(text)) == (value, unit)


@pytest.mark.parametrize("text", ["", "%", "1 h", "-1 %", "1,5 s", "1e3", True, None, [], "١ %", "1 s s", 10**400])
def test_what_is_neither_a_share_nor_a_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is neither a share nor a time; write e\.g\. 0\.1 %"):
        parse_quantity(text)
