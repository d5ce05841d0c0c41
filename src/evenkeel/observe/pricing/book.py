"""The price book: what tokens cost on the day they were used, offline, in integer nano-units (SPEC CST-1).

Compiled from `genai-prices` with its date and version; own prices, as the configuration declares them, come
first. Tokens without a price are `unpriced`, which is a finding, and never cost 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evenkeel.kernel.money import tokens_cost_nano
from evenkeel.kernel.time import US_PER_DAY, to_us
from evenkeel.observe.events.context import Priced, Tariff, Usage
from evenkeel.observe.pricing.tiers import STANDARD_TIERS, ceiling_percent

#: Where a model without a provider is looked for, in this order: those who make models.
_MAKERS: Final = ("openai", "anthropic", "google", "mistral", "cohere", "deepseek", "x-ai", "meta", "moonshotai")
_CACHE_MAX: Final = 10_000
_EVER_US: Final = (-(2**63), 2**63)
_UNPRICED: Final = Priced(None, None, "unpriced")


@dataclass(frozen=True, slots=True)
class Rates:
    """Nano-units per million tokens, for requests of more than `above` input tokens."""

    above: int
    tokens_in: int
    tokens_out: int | None  # None: not sold, as with embeddings
    cached: int
    cache_write: int
    discounts_cached: bool


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """The rates of a model from a day on."""

    from_us: int
    record: str  # what it is called in events: book, provider, model and day
    currency: str
    rates: tuple[Rates, ...]
    provider: str = ""  # whose tiers may be dearer
    tiers: Mapping[str, PricePeriod] = field(default_factory=dict[str, "PricePeriod"])  # priced for themselves


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A price that the configuration declares, in nano-units per million tokens."""

    model: str
    tokens_in: int
    tokens_out: int
    cached: int | None = None
    currency: str = "USD"
    from_us: int = 0
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])  # rates by tier


class PriceBook:
    """Answers what usage cost."""

    def __init__(self, document: Mapping[str, Any], own: Sequence[OwnPrice] = ()) -> None:
        self.provenance: Mapping[str, str] = document["provenance"]
        self._providers: list[dict[str, Any]] = document["providers"]
        self._own = {price.model: [p for p in own if p.model == price.model] for price in own}
        self._found: dict[tuple[str | None, str | None], tuple[PricePeriod, ...]] = {}
        self._tariffs: dict[tuple[str, str, str], Tariff] = {}

    @classmethod
    def load(cls, own: Sequence[OwnPrice] = ()) -> PriceBook:
        """The book that came with this release."""
        return cls(_read_book(), own)

    def price(self, provider: str | None, model: str | None, at_us: int, usage: Usage, tier: str = "") -> Priced:
        """The cost of `usage` at the price of that day; a bound of it where a `tier` has no price of its own."""
        periods = self._periods(provider, model)
        if not periods:
            return _UNPRICED
        period = periods[-1]
        if period.from_us > at_us:
            period = _at(periods, at_us)
        return _cost(period, usage) if tier in STANDARD_TIERS else _tier_cost(period, usage, tier)

    def tariff(self, provider: str, model: str, at_us: int, tier: str) -> Tariff | None:
        """What tokens cost at most at a tier or at the standard price, whichever is dearer, nothing of them cached.

        None where several rates, prices of tiers, or none at all apply: then `price` says it, or that nobody knows.
        """
        key = (provider, model, tier)
        tariff = self._tariffs.get(key)
        if tariff is None or not tariff.from_us <= at_us < tariff.until_us:
            tariff = _tariff(self._periods(provider or None, model), at_us, tier)
            if tariff is not None and len(self._tariffs) < _CACHE_MAX:
                self._tariffs[key] = tariff
        return tariff

    def _periods(self, provider: str | None, model: str | None) -> tuple[PricePeriod, ...]:
        """Of a model, in the order of time; none where no price is known."""
        key = (provider, model)
        periods = self._found.get(key)
        if periods is None:
            periods = self._find(provider, model)
            if len(self._found) < _CACHE_MAX:
                self._found[key] = periods
        return periods

    def _find(self, provider: str | None, model: str | None) -> tuple[PricePeriod, ...]:
        if not model:
            return ()
        if model in self._own:
            own = (_own_period(price, (provider or "").lower()) for price in self._own[model])
            return tuple(sorted(own, key=lambda period: period.from_us))
        name = model.lower()
        for entry in self._candidates(provider):
            for known in entry["models"]:
                if _matches(known["match"], name):
                    return tuple(_book_period(entry["id"], known["id"], period) for period in known["periods"])
        return ()

    def _candidates(self, provider: str | None) -> list[dict[str, Any]]:
        if provider:
            name = provider.lower()
            exact = [entry for entry in self._providers if entry["id"] == name]
            return exact or [entry for entry in self._providers if _matches(entry["match"], name)]
        by_id = {entry["id"]: entry for entry in self._providers}
        return [by_id[maker] for maker in _MAKERS if maker in by_id]


@cache
def _read_book() -> Mapping[str, Any]:
    return json.loads(files("evenkeel.observe.pricing").joinpath("price_book.json").read_bytes())


def _matches(clause: Any, text: str) -> bool:
    """Whether a match rule of the book fits `text`, which is in lower case."""
    if clause is None:
        return False
    ((kind, value),) = clause.items()
    match kind:
        case "or":
            return any(_matches(part, text) for part in value)
        case "and":
            return all(_matches(part, text) for part in value)
        case "re":
            return re.search(value, text) is not None
        case "eq":
            return text == value.lower()
        case "starts":
            return text.startswith(value.lower())
        case "ends":
            return text.endswith(value.lower())
        case _:
            return value.lower() in text


def _book_period(provider: str, model: str, period: Mapping[str, Any]) -> PricePeriod:
    from_us = 0
    if period["from"]:
        from_us = to_us(datetime.fromisoformat(period["from"]).replace(tzinfo=UTC))
    rates = tuple(
        Rates(
            above=row["above"],
            tokens_in=row.get("in", 0),
            tokens_out=row.get("out"),
            cached=row.get("cached", row.get("in", 0)),
            cache_write=row.get("write", row.get("in", 0)),
            discounts_cached=row.get("cached", row.get("in", 0)) < row.get("in", 0),
        )
        for row in period["rates"]
    )
    return PricePeriod(from_us, f"{provider}/{model}@{period['from'] or 'always'}", "USD", rates, provider)


def _own_period(price: OwnPrice, provider: str) -> PricePeriod:
    record = f"own/{price.model}@{price.from_us // US_PER_DAY or 'always'}"
    rates = _own_rates(price.tokens_in, price.tokens_out, price.cached)
    tiers = {
        tier: PricePeriod(price.from_us, f"{record}#{tier}", price.currency, (_own_rates(**given),))
        for tier, given in price.tiers.items()
    }
    return PricePeriod(price.from_us, record, price.currency, (rates,), provider, tiers)


def _own_rates(tokens_in: int, tokens_out: int, cached: int | None = None) -> Rates:
    of_cached = tokens_in if cached is None else cached
    return Rates(0, tokens_in, tokens_out, of_cached, tokens_in, of_cached < tokens_in)


def _at(periods: Sequence[PricePeriod], at_us: int) -> PricePeriod:
    return next((period for period in reversed(periods) if period.from_us <= at_us), periods[0])


def _tariff(periods: Sequence[PricePeriod], at_us: int, tier: str) -> Tariff | None:
    if not periods:
        return None
    period = _at(periods, at_us)
    rates = period.rates[0]
    percent = 100 if tier in STANDARD_TIERS else ceiling_percent(period.provider, tier)
    if len(period.rates) > 1 or period.tiers or rates.tokens_out is None or percent is None:
        return None
    from_us = _EVER_US[0] if period is periods[0] else period.from_us
    until_us = min((each.from_us for each in periods if each.from_us > max(at_us, period.from_us)), default=_EVER_US[1])
    return Tariff(period.currency, rates.tokens_in, rates.tokens_out, percent, from_us, until_us)


def _tier_cost(period: PricePeriod, usage: Usage, tier: str) -> Priced:
    """By the tier's own price; otherwise no more than its provider says, or nothing where it does not say."""
    own = period.tiers.get(tier)
    if own is not None:
        return _cost(own, usage)
    standard = _cost(period, usage)
    if period.tiers and tier == "auto":  # whoever declares prices of tiers has told all that may be chosen
        priced = (standard, *(_cost(each, usage) for each in period.tiers.values()))
        dearest = max(priced, key=lambda each: each.cost_nano or 0)
        return replace(dearest, basis="upper_bound")
    percent = ceiling_percent(period.provider, tier)
    if percent is None or standard.cost_nano is None:
        return _UNPRICED
    return Priced(-(-standard.cost_nano * percent // 100), standard.currency, "upper_bound", standard.price)


def _cost(period: PricePeriod, usage: Usage) -> Priced:
    tokens_in = usage.tokens_in or 0
    rates = period.rates[0]
    if len(period.rates) > 1:
        rates = next((rates for rates in reversed(period.rates) if tokens_in > rates.above), rates)
    if usage.tokens_out and rates.tokens_out is None:  # what is not sold is not free
        return Priced(None, None, "unpriced")
    # One division for the sum: rounding each part would lose up to half a nano-unit four times.
    sum_nano = tokens_in * rates.tokens_in + (usage.tokens_out or 0) * (rates.tokens_out or 0)
    if usage.tokens_cached or usage.tokens_cache_write:
        cached = min(usage.tokens_cached or 0, tokens_in)
        written = min(usage.tokens_cache_write or 0, tokens_in - cached)
        sum_nano += cached * (rates.cached - rates.tokens_in) + written * (rates.cache_write - rates.tokens_in)
    basis = "upper_bound" if usage.tokens_cached is None and rates.discounts_cached and tokens_in else "exact"
    return Priced(tokens_cost_nano(1, sum_nano), period.currency, basis, period.record)
