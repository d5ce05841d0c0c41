"""What tiers cost at most: known per provider, multiplied where several apply, and unknown rather than guessed."""

from __future__ import annotations

import pytest

from evenkeel.observe.pricing.tiers import CHEAPER_TIERS, STANDARD_TIERS, ceiling_percent


@pytest.mark.parametrize("provider", ["openai", "anthropic", "nobody", ""])
def test_standard_and_cheaper_tiers_never_cost_more_than_the_book_says(provider: str) -> None:
    assert {ceiling_percent(provider, tier) for tier in STANDARD_TIERS | CHEAPER_TIERS} == {100}


@pytest.mark.parametrize(
    ("provider", "tier", "percent"),
    [
        ("openai", "auto", 250),
        ("azure", "priority", 250),
        ("anthropic", "batch us", 110),
        ("anthropic", "fast us", 660),
        ("groq", "auto", 100),
        ("openai", "scale", None),
        ("groq", "performance", None),
        ("anthropic", "fast eu", None),
    ],
)
def test_dearer_tiers_cost_what_is_published_or_nobody_knows(provider: str, tier: str, percent: int | None) -> None:
    assert ceiling_percent(provider, tier) == percent
