"""What an attempt cost: exactly, at most, or not known; never 0 for tokens without a price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.metering.cost import compute_cost, has_other_price, price_attempt
from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.observe.events.context import Priced, Usage
from evenkeel.observe.pricing.book import OwnPrice, PriceBook

DAY_US = 1_760_000_000_000_000
BOOK = PriceBook.load([OwnPrice("house", tokens_in=1_000_000_000, tokens_out=2_000_000_000)])  # $1 and $2 a million
USED = Usage(tokens_in=1_000, tokens_cached=0, tokens_cache_write=0, tokens_out=100)


def cost(metered: Metered, provider: str = "", asked: str = "house") -> Priced:
    return compute_cost(BOOK, provider, asked, DAY_US, metered)


def test_a_figure_of_the_provider_gives_an_exact_cost() -> None:
    priced = cost(Metered(USED, UsageSource.PROVIDER))
    assert (priced.cost_nano, priced.currency, priced.basis) == (1_200_000, "USD", "exact")


@pytest.mark.parametrize("source", [UsageSource.COUNTED, UsageSource.UPPER_BOUND])
def test_a_bound_of_the_usage_gives_a_bound_of_the_cost(source: UsageSource) -> None:
    assert cost(Metered(USED, source)).basis == "upper_bound"


def test_the_name_in_the_answer_is_looked_up_before_the_one_that_was_asked_for() -> None:
    assert cost(Metered(USED, UsageSource.PROVIDER, model="house"), asked="gpt-4o").cost_nano == 1_200_000
    assert cost(Metered(USED, UsageSource.PROVIDER, model="my-deployment")).cost_nano == 1_200_000


def test_tokens_without_a_price_cost_not_0() -> None:
    priced = cost(Metered(USED, UsageSource.PROVIDER, model="nobody-knows"), asked="me-neither")
    assert (priced.cost_nano, priced.basis, priced.finding) == (None, "unpriced", "unpriced_model")


def test_an_output_that_nothing_bounds_has_no_cost() -> None:
    assert cost(Metered(Usage(tokens_in=10), UsageSource.UPPER_BOUND)).basis == "unpriced"


def test_nothing_used_has_no_price_to_look_up() -> None:
    assert cost(Metered.nothing()) == Priced(None, None, None)


def test_what_is_cached_for_an_hour_costs_twice_the_input() -> None:
    """https://docs.claude.com/en/docs/build-with-claude/prompt-caching#pricing"""
    model, provider = "claude-sonnet-4-5", "anthropic"
    short = Metered(Usage(1_000, 0, 1_000, 0), UsageSource.PROVIDER)
    hour = Metered(Usage(1_000, 0, 1_000, 0), UsageSource.PROVIDER, tokens_cache_write_1h=1_000)
    plain = Metered(Usage(1_000, 0, 0, 0), UsageSource.PROVIDER)
    of_plain = cost(plain, provider, model).cost_nano or 0
    assert of_plain == 3_000_000
    assert cost(short, provider, model).cost_nano == of_plain * 5 // 4
    assert cost(hour, provider, model).cost_nano == of_plain * 2


def test_a_cheaper_tier_makes_a_bound_and_a_dearer_one_is_named() -> None:
    assert cost(Metered(USED, UsageSource.PROVIDER, tier="batch")).basis == "upper_bound"
    assert cost(Metered(USED, UsageSource.PROVIDER, tier="default")).basis == "exact"
    assert [has_other_price(Metered(USED, UsageSource.PROVIDER, tier=tier)) for tier in ("flex", "priority")] == [
        False,
        True,
    ]


def test_an_attempt_is_priced_once_and_a_changed_one_anew() -> None:
    attempt = Attempt("eu", "1", "", "house", 0, DAY_US, None, 200, metered=Metered(USED, UsageSource.PROVIDER))
    priced = price_attempt(attempt, BOOK)
    assert priced.cost_nano == 1_200_000
    assert price_attempt(attempt, PriceBook.load([OwnPrice("house", 1, 1)])) is priced
    assert replace(attempt, error="incomplete").priced is None
