"""The price book: dated, exact to the nano-unit, and never 0 for what has no price (SPEC CST-1)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.time import US_PER_DAY, to_us
from evenkeel.observe.events.context import COST_NANO_MAX, Priced, Usage
from evenkeel.observe.pricing.book import OwnPrice, PriceBook

BOOK = PriceBook.load()
DOCUMENT: dict[str, Any] = json.loads(files("evenkeel.observe.pricing").joinpath("price_book.json").read_bytes())


def at(day: str) -> int:
    return to_us(datetime.fromisoformat(day).replace(tzinfo=UTC))


NOW_US = at("2026-09-01")


def test_the_book_says_where_it_comes_from_and_when() -> None:
    assert set(BOOK.provenance) == {"source", "version", "compiled", "unit"}
    assert date.fromisoformat(BOOK.provenance["compiled"]) >= date(2026, 1, 1)
    assert BOOK.provenance["unit"] == "nano-USD per million tokens"


def test_a_call_costs_what_the_provider_publishes() -> None:
    priced = BOOK.price("openai", "gpt-4o", NOW_US, Usage(1_000_000, 0, None, 1_000_000))
    assert (priced.cost_nano, priced.currency, priced.basis) == (12_500_000_000, "USD", "exact")
    assert priced.price == "openai/gpt-4o@always"


def test_cached_tokens_cost_less_and_when_nobody_says_how_many_it_is_an_upper_bound() -> None:
    known = BOOK.price("openai", "gpt-4o", NOW_US, Usage(1_000, 400, None, 0))
    unknown = BOOK.price("openai", "gpt-4o", NOW_US, Usage(1_000, None, None, 0))
    assert (known.cost_nano, known.basis) == (600 * 2_500 + 400 * 1_250, "exact")
    assert (unknown.cost_nano, unknown.basis) == (1_000 * 2_500, "upper_bound")


def test_tokens_written_to_the_cache_cost_what_that_costs() -> None:
    priced = BOOK.price("anthropic", "claude-sonnet-4-5", NOW_US, Usage(1_000, 100, 200, 0))
    assert priced.cost_nano == 700 * 3_000 + 100 * 300 + 200 * 3_750


def test_more_cached_tokens_than_there_are_never_make_a_negative_cost() -> None:
    priced = BOOK.price("openai", "gpt-4o", NOW_US, Usage(10, 10**9, 10**9, 0))
    assert priced.cost_nano == 10 * 1_250


def test_the_price_is_that_of_the_day() -> None:
    use = Usage(1_000_000, 0, None, 0)
    before, since = (BOOK.price("openai", "o3", at(day), use) for day in ("2025-06-09", "2025-06-10"))
    assert (before.cost_nano, before.price) == (10_000_000_000, "openai/o3@always")
    assert (since.cost_nano, since.price) == (2_000_000_000, "openai/o3@2025-06-10")
    assert BOOK.price("openai", "o3", 0, use).cost_nano == before.cost_nano


def test_long_requests_are_priced_by_their_tier() -> None:
    below, above = (
        BOOK.price("anthropic", "claude-sonnet-4-5", NOW_US, Usage(n, 0, 0, 0)).cost_nano for n in (200_000, 200_001)
    )
    assert (below, above) == (200_000 * 3_000, 200_001 * 6_000)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "GPT-4o"),
        (None, "gpt-4o-2024-08-06"),
        ("OpenAI", "gpt-4o"),
    ],
)
def test_names_as_instrumentations_write_them_find_the_same_price(provider: str | None, model: str) -> None:
    assert BOOK.price(provider, model, NOW_US, Usage(1_000_000, 0, None, 0)).cost_nano == 2_500_000_000


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "house-llm-7"), (None, None), ("openai", ""), ("nobody", "gpt-4o"), (None, "x" * 256)],
)
def test_what_has_no_price_is_a_finding_and_never_free(provider: str | None, model: str | None) -> None:
    priced = BOOK.price(provider, model, NOW_US, Usage(5, 0, None, 5))
    assert (priced.cost_nano, priced.basis, priced.finding) == (None, "unpriced", "unpriced_model")


def test_output_of_a_model_that_sells_none_is_a_finding_and_never_free() -> None:
    embedding = "text-embedding-3-small"
    assert BOOK.price("openai", embedding, NOW_US, Usage(1_000, 0, None, 0)).cost_nano == 20_000
    priced = BOOK.price("azure", embedding, NOW_US, Usage(1_000, 0, None, 50))
    assert (priced.cost_nano, priced.finding) == (None, "unpriced_model")


def test_a_single_cheap_token_is_not_rounded_to_nothing() -> None:
    assert BOOK.price("openai", "text-embedding-3-small", NOW_US, Usage(1, 0, None, None)).cost_nano == 20


class TestOwnPrices:
    def test_they_come_first_whoever_the_provider_is(self) -> None:
        book = PriceBook.load([OwnPrice("gpt-4o", 1_000_000_000, 2_000_000_000, currency="EUR")])
        priced = book.price("azure", "gpt-4o", NOW_US, Usage(10, None, None, 10))
        assert (priced.cost_nano, priced.currency, priced.basis) == (30_000, "EUR", "exact")
        assert priced.price == "own/gpt-4o@always"

    def test_they_are_dated_too(self) -> None:
        prices = [OwnPrice("m", 2_000_000, 0, from_us=at("2026-02-01")), OwnPrice("m", 1_000_000, 0)]
        book = PriceBook.load(prices)
        days = [book.price(None, "m", at(day), Usage(1, 0, None, 0)) for day in ("2026-01-31", "2026-02-01")]
        assert [priced.cost_nano for priced in days] == [1, 2]
        assert days[1].price == f"own/m@{at('2026-02-01') // US_PER_DAY}"

    def test_a_discount_for_cached_tokens_is_theirs_to_give(self) -> None:
        book = PriceBook.load([OwnPrice("m", 2_000_000, 0, cached=1_000_000)])
        assert book.price(None, "m", NOW_US, Usage(10, 10, None, 0)).cost_nano == 10
        assert book.price(None, "m", NOW_US, Usage(10, None, None, 0)).basis == "upper_bound"

    def test_a_price_of_zero_is_a_price(self) -> None:
        priced = PriceBook.load([OwnPrice("m", 0, 0)]).price(None, "m", NOW_US, Usage(10, 0, None, 10))
        assert (priced.cost_nano, priced.basis) == (0, "exact")


@given(
    tokens=st.tuples(*[st.integers(0, 10**9)] * 4),
    prices=st.tuples(*[st.integers(0, 10**12)] * 3),
)
def test_a_cost_is_exact_to_half_a_nano_unit(tokens: tuple[int, ...], prices: tuple[int, ...]) -> None:
    price_in, price_out, price_cached = prices
    fresh, cached, out, _ = tokens
    book = PriceBook.load([OwnPrice("m", price_in, price_out, price_cached)])
    cost = book.price(None, "m", NOW_US, Usage(fresh + cached, cached, None, out)).cost_nano
    true = (Decimal(fresh) * price_in + Decimal(cached) * price_cached + Decimal(out) * price_out) / 1_000_000
    assert cost is not None
    assert abs(cost - true) <= Decimal("0.5")


@given(weight=st.floats(1, 1e6), cost=st.integers(0, 2**80))
def test_a_bounded_cost_never_overflows_what_counts_it(weight: float, cost: int) -> None:
    bounded = Priced(cost, "USD", "exact", "p").bounded(weight)
    if bounded.cost_nano is None:
        assert cost * weight > COST_NANO_MAX
        assert (bounded.basis, bounded.finding) == ("unpriced", "bad_cost")
    else:
        assert bounded.cost_nano * weight <= COST_NANO_MAX < 2**63 // 10_000


def test_every_price_in_the_book_is_found_by_a_name_it_claims() -> None:
    """Each exact name of the makers' models, asked with its provider, is priced and by a record of that provider."""
    asked = 0
    for provider in DOCUMENT["providers"]:
        for model in provider["models"]:
            clauses = [model["match"], *(model["match"] or {}).get("or", [])]
            for name in [clause["eq"] for clause in clauses if clause and "eq" in clause]:
                priced = BOOK.price(provider["id"], name, NOW_US, Usage(1_000, 0, None, 0))
                asked += 1
                assert priced.cost_nano is not None, (provider["id"], name)
                assert (priced.price or "").startswith(provider["id"] + "/")
    assert asked > 500


MODELS = [(entry["id"], known["id"]) for entry in DOCUMENT["providers"] for known in entry["models"]]
TIERS = ["", "default", "auto", "flex", "priority", "us", "fast auto", "no such"]
OWN = PriceBook.load(
    [
        OwnPrice("ours", 1_000_000_000, 3_000_000_000),
        OwnPrice("ours", 2_000_000_000, 3_000_000_000, from_us=NOW_US),
        OwnPrice("tiered", 1_000_000_000, 3_000_000_000, tiers={"fast": {"tokens_in": 5, "tokens_out": 6}}),
    ]
)


def dearest(book: PriceBook, provider: str, model: str, at_us: int, tokens: tuple[int, int], tier: str) -> Any:
    """At most, by asking for each price that may be charged."""
    usage = Usage(tokens[0], 0, 0, tokens[1])
    told = [book.price(provider or None, model, at_us, usage, each) for each in {tier, ""}]
    costs = [each.cost_nano for each in told]
    return None if None in costs else (max(cost for cost in costs if cost is not None), told[0].currency)


@given(
    st.sampled_from([*MODELS, ("", "ours"), ("openai", "ours"), ("", "tiered"), ("", "nobody's")]),
    st.sampled_from([0, at("2025-01-01"), NOW_US - 1, NOW_US, at("2030-01-01")]),
    st.tuples(st.integers(0, 2_000_000), st.integers(0, 2_000_000)),
    st.sampled_from(TIERS),
)
def test_a_tariff_says_what_the_dearest_of_the_prices_says_or_nothing(
    whose: tuple[str, str], at_us: int, tokens: tuple[int, int], tier: str
) -> None:
    provider, model = whose
    for _ in range(2):  # made, and remembered
        tariff = OWN.tariff(provider, model, at_us, tier)
        if tariff is not None:
            told = tariff.cost_nano(*tokens), tariff.currency
            assert told == dearest(OWN, provider, model, at_us, tokens, tier)
            assert tariff.from_us <= at_us < tariff.until_us


def test_a_tariff_ends_when_the_price_changes() -> None:
    before, after = (OWN.tariff("", "ours", moment, "") for moment in (NOW_US - 1, NOW_US))
    assert before is not None
    assert after is not None
    assert (before.nano_in, before.until_us) == (1_000_000_000, NOW_US)
    assert (after.nano_in, after.from_us) == (2_000_000_000, NOW_US)


def test_most_models_have_a_tariff_and_those_with_steps_or_prices_of_tiers_have_none() -> None:
    simple = sum(BOOK.tariff(provider, model, NOW_US, "") is not None for provider, model in MODELS)
    assert simple > 0.7 * len(MODELS)
    assert OWN.tariff("", "tiered", NOW_US, "auto") is None
