"""Money: exact, in one currency, and never too small to be seen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.money import NANO_PER_UNIT, Money, tokens_cost_nano

AMOUNTS = st.integers(-(10**18), 10**18)


def test_two_ten_millionths_of_a_dollar_are_not_nothing() -> None:
    assert Money.from_decimal(Decimal("0.0000002"), "USD") == Money(200, "USD")
    assert Money(200, "USD").amount == Decimal("0.0000002")


@pytest.mark.parametrize(
    ("amount", "nano"),
    [
        ("0.0000000005", 0),
        ("0.0000000015", 2),
        ("0.0000000025", 2),
        ("-0.0000000015", -2),
        ("1.2345678905", 1_234_567_890),
        ("9223372036.854775807", 2**63 - 1),
    ],
)
def test_halves_of_a_nano_unit_go_to_the_even_one(amount: str, nano: int) -> None:
    assert Money.from_decimal(Decimal(amount), "USD").nano == nano


def test_currencies_are_not_added_to_each_other() -> None:
    with pytest.raises(ValueError, match="cannot add EUR to USD"):
        Money(1, "USD") + Money(1, "EUR")


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS)
def test_sums_are_exact_and_in_any_order(first: int, second: int) -> None:
    total = Money(first, "USD") + Money(second, "USD")
    assert total == Money(second, "USD") + Money(first, "USD")
    assert total.amount == Decimal(first + second) / NANO_PER_UNIT
    assert Money.from_decimal(total.amount, "USD") == total


@pytest.mark.parametrize(
    ("tokens", "usd_per_million", "nano"),
    [
        (1, "0.02", 20),
        (1, "0.0004", 0),  # 0.4 nano-dollars
        (1, "0.0005", 1),  # half a nano-dollar is rounded up
        (1_000, "2.50", 2_500_000),
        (0, "10", 0),
        (19_366_000_000, "10", 193_660_000_000_000),
    ],
)
def test_tokens_cost_what_the_price_list_says(tokens: int, usd_per_million: str, nano: int) -> None:
    assert tokens_cost_nano(tokens, int(Decimal(usd_per_million) * NANO_PER_UNIT)) == nano


@settings(deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 10**15))
def test_the_cost_is_the_exact_product_rounded_half_up(tokens: int, nano_per_million: int) -> None:
    exact = (Decimal(tokens) * nano_per_million / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP)
    assert tokens_cost_nano(tokens, nano_per_million) == exact
