"""What an attempt cost: its usage at the price of that day, and how much the figure is worth (SPEC GW-8, CST-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from evenkeel.gateway.metering.anthropic import tier_of
from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.observe.events.context import Priced, Pricing, Usage
from evenkeel.observe.pricing.tiers import CHEAPER_TIERS, STANDARD_TIERS

_UNPRICED: Final = Priced(None, None, "unpriced")
_FREE: Final = Priced(None, None, None)


def compute_cost(pricing: Pricing, provider: str, asked: str, at_us: int, metered: Metered) -> Priced:
    """The cost of an attempt in whole nano-units; None where tokens were used and no price is known: never 0.

    `asked` is the model as it was asked for; the name that the answer gives is looked up first. A usage that is a
    bound gives a cost that is one, and so does a tier without a price of its own; one that may cost anything has none.
    """
    usage = metered.usage
    if metered.source is UsageSource.NONE or (usage.tokens_in is None and usage.tokens_out is None):
        return _FREE
    if is_unbounded(metered):
        return _UNPRICED
    billed = _billed(metered)
    priced = _UNPRICED
    if metered.model:
        priced = pricing.price(provider or None, metered.model, at_us, billed, metered.tier)
    if priced.cost_nano is None and asked and asked != metered.model:
        priced = pricing.price(provider or None, asked, at_us, billed, metered.tier)
    if priced.basis == "exact" and metered.source is not UsageSource.PROVIDER:
        priced = replace(priced, basis="upper_bound")
    return priced.bounded(1.0)


def price_attempt(attempt: Attempt, pricing: Pricing) -> Priced:
    """What an attempt cost at the price of the moment when it ended; asked once, as limits and records both need it."""
    if attempt.priced is None:
        attempt.priced = compute_cost(pricing, attempt.provider, attempt.model_asked, attempt.ended_us, attempt.metered)
    return attempt.priced


def price_instead(attempt: Attempt, model: str, pricing: Pricing) -> Priced:
    """What an attempt had cost with another model that used the same: an estimate, as it may use more or less."""
    metered = replace(attempt.metered, model="")
    return compute_cost(pricing, attempt.provider, model, attempt.ended_us, metered)


def is_unbounded(metered: Metered) -> bool:
    """Whether more may have been written than anybody knows."""
    return metered.source is UsageSource.UPPER_BOUND and metered.usage.tokens_out is None


def has_other_price(metered: Metered, priced: Priced) -> bool:
    """Whether the tier may be dearer than the standard price, and nobody declared what it costs."""
    is_known = metered.tier in STANDARD_TIERS or metered.tier in CHEAPER_TIERS
    return not is_known and priced.basis in ("upper_bound", "unpriced") and "#" not in (priced.price or "")


def dearest_tier(provider: str, document: Mapping[str, Any]) -> str:
    """What a request may be billed by at most: what it asks for, and `auto` for what its provider may choose.

    >>> dearest_tier("openai", {}), dearest_tier("openai", {"service_tier": "flex"})
    ('auto', 'flex')
    >>> dearest_tier("anthropic", {"speed": "fast"}), dearest_tier("anthropic", {"inference_geo": "global"})
    ('fast auto', '')
    """
    if provider == "anthropic":
        return tier_of("", document.get("speed"), document.get("inference_geo") or "auto")
    asked = document.get("service_tier")
    return asked if isinstance(asked, str) and asked else "auto"


def _billed(metered: Metered) -> Usage:
    """The usage as prices know it: what is cached for an hour costs twice the input, not the price of a write.

    https://docs.claude.com/en/docs/build-with-claude/prompt-caching#pricing
    """
    usage = metered.usage
    hour = min(metered.tokens_cache_write_1h or 0, usage.tokens_cache_write or 0)
    if not hour or usage.tokens_in is None:
        return usage
    return replace(usage, tokens_in=usage.tokens_in + hour, tokens_cache_write=(usage.tokens_cache_write or 0) - hour)
