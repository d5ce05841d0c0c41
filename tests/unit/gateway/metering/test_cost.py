"""What an attempt cost: exactly, at most, or not known; never 0 for tokens without a price."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.metering.cost import compute_cost, dearest_tier, has_other_price, price_attempt
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


def of_tier(tier: str, provider: str = "openai", asked: str = "gpt-5.5", book: PriceBook = BOOK) -> Priced:
    return compute_cost(book, provider, asked, DAY_US, Metered(USED, UsageSource.PROVIDER, tier=tier))


def test_a_tier_without_a_price_of_its_own_costs_a_bound_that_its_provider_documents() -> None:
    standard = of_tier("default")
    assert standard.cost_nano is not None
    assert standard.basis == "exact"
    for tier, factor in (("batch", 1), ("flex", 1), ("priority", 2.5), ("auto", 2.5)):
        priced = of_tier(tier)
        assert (priced.cost_nano, priced.basis) == (standard.cost_nano * factor, "upper_bound"), tier
    us = of_tier("fast us", "anthropic", "claude-opus-4-6")
    assert us.cost_nano == (of_tier("", "anthropic", "claude-opus-4-6").cost_nano or 0) * 6.6


@pytest.mark.parametrize(
    ("provider", "model", "tier"),
    [
        ("openai", "gpt-5.5", "scale"),
        ("openai", "gpt-5.5", "a-new-one"),
        ("anthropic", "claude-opus-4-6", "priority"),
        ("anthropic", "claude-opus-4-6", "eu"),
        ("", "house", "priority"),
    ],
)
def test_a_tier_that_may_cost_anything_is_unpriced_and_a_finding(provider: str, model: str, tier: str) -> None:
    priced = of_tier(tier, provider, model)
    assert (priced.cost_nano, priced.basis) == (None, "unpriced")
    assert has_other_price(Metered(USED, UsageSource.PROVIDER, tier=tier), priced)


def test_a_declared_price_of_a_tier_is_exact_and_no_finding() -> None:
    rates = {"tokens_in": 3_000_000_000, "tokens_out": 6_000_000_000}
    book = PriceBook.load([OwnPrice("house", 1_000_000_000, 2_000_000_000, tiers={"priority": rates})])
    priced = of_tier("priority", "", "house", book)
    assert (priced.cost_nano, priced.basis, priced.price) == (3_600_000, "exact", "own/house@always#priority")
    assert not has_other_price(Metered(USED, UsageSource.PROVIDER, tier="priority"), priced)
    assert of_tier("default", "", "house", book).cost_nano == 1_200_000
    assert of_tier("auto", "", "house", book).cost_nano == 3_600_000
    assert of_tier("flex", "", "house", book).cost_nano == 1_200_000


#: USD per million tokens, in and out: what providers publish, standard and of each tier.
PUBLISHED = {
    ("openai", "gpt-5.5", "priority"): (12.5, 75.0),
    ("openai", "gpt-5", "priority"): (2.5, 20.0),
    ("openai", "gpt-5.4", "priority"): (5.0, 30.0),
    ("openai", "gpt-4o", "priority"): (4.25, 17.0),
    ("openai", "gpt-4.1", "priority"): (3.5, 14.0),
    ("openai", "gpt-5.5", "flex"): (2.5, 15.0),
    ("openai", "gpt-5.5", "batch"): (2.5, 15.0),
    ("openai", "gpt-5.5", "default"): (5.0, 30.0),
    ("anthropic", "claude-opus-4-6", "us"): (5.5, 27.5),
    ("anthropic", "claude-opus-4-6", "fast"): (30.0, 150.0),
    ("anthropic", "claude-opus-5", "fast"): (10.0, 50.0),
    ("anthropic", "claude-opus-4-6", "batch"): (2.5, 12.5),
    ("anthropic", "claude-opus-4-6", "batch us"): (2.75, 13.75),
}


@given(
    known=st.sampled_from(sorted(PUBLISHED.items())),
    tokens_in=st.integers(0, 200_000),
    tokens_out=st.integers(0, 100_000),
    source=st.sampled_from([UsageSource.PROVIDER, UsageSource.COUNTED, UsageSource.UPPER_BOUND]),
)
def test_no_tier_is_settled_below_what_it_costs(
    known: tuple[tuple[str, str, str], tuple[float, float]], tokens_in: int, tokens_out: int, source: UsageSource
) -> None:
    (provider, model, tier), (price_in, price_out) = known
    metered = Metered(Usage(tokens_in, 0, 0, tokens_out), source, tier=tier)
    priced = compute_cost(BOOK, provider, model, 1_780_000_000_000_000, metered)
    true = tokens_in * price_in * 1_000 + tokens_out * price_out * 1_000
    assert priced.cost_nano is not None
    assert priced.cost_nano >= true - 1
    if priced.basis == "exact":
        assert priced.cost_nano == pytest.approx(true, abs=1)


def test_what_a_request_may_be_billed_by_is_what_it_asks_for_or_its_provider_chooses() -> None:
    assert dearest_tier("openai", {"service_tier": None}) == "auto"
    assert dearest_tier("openai", {"service_tier": 7}) == "auto"
    assert dearest_tier("openai", {"service_tier": "default"}) == "default"
    assert dearest_tier("anthropic", {}) == "auto"
    assert dearest_tier("anthropic", {"speed": "fast", "inference_geo": "us"}) == "fast us"


def test_an_attempt_is_priced_once_and_a_changed_one_anew() -> None:
    attempt = Attempt("eu", "1", "", "house", 0, DAY_US, None, 200, metered=Metered(USED, UsageSource.PROVIDER))
    priced = price_attempt(attempt, BOOK)
    assert priced.cost_nano == 1_200_000
    assert price_attempt(attempt, PriceBook.load([OwnPrice("house", 1, 1)])) is priced
    assert replace(attempt, error="incomplete").priced is None
