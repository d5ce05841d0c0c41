"""What an attempt cost: its usage at the price of that day, and how much the figure is worth (SPEC GW-8, CST-1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.observe.events.context import Priced, Pricing, Usage

_UNPRICED: Final = Priced(None, None, "unpriced")
_FREE: Final = Priced(None, None, None)
#: Tiers whose price is that of the book, or less (half of it for batch and flex).
_STANDARD_TIERS: Final = frozenset(("", "auto", "default", "standard"))
_CHEAPER_TIERS: Final = frozenset(("batch", "flex"))


def compute_cost(pricing: Pricing, provider: str, asked: str, at_us: int, metered: Metered) -> Priced:
    """The cost of an attempt in whole nano-units; None where tokens were used and no price is known: never 0.

    `asked` is the model as it was asked for; the name that the answer gives is looked up first. A usage that is a
    bound gives a cost that is one, and so does a tier that is cheaper than the book knows.
    """
    usage = metered.usage
    if metered.source is UsageSource.NONE or (usage.tokens_in is None and usage.tokens_out is None):
        return _FREE
    if is_unbounded(metered):
        return _UNPRICED
    billed = _billed(metered)
    names = dict.fromkeys(name for name in (metered.model, asked) if name)
    priced = _UNPRICED
    for name in names:
        priced = pricing.price(provider or None, name, at_us, billed)
        if priced.cost_nano is not None:
            break
    is_bound = metered.source is not UsageSource.PROVIDER or metered.tier in _CHEAPER_TIERS
    if priced.basis == "exact" and is_bound:
        priced = replace(priced, basis="upper_bound")
    return priced.bounded(1.0)


def price_attempt(attempt: Attempt, pricing: Pricing) -> Priced:
    """What an attempt cost at the price of the moment when it ended; asked once, as limits and records both need it."""
    if attempt.priced is None:
        attempt.priced = compute_cost(pricing, attempt.provider, attempt.model_asked, attempt.ended_us, attempt.metered)
    return attempt.priced


def is_unbounded(metered: Metered) -> bool:
    """Whether more may have been written than anybody knows."""
    return metered.source is UsageSource.UPPER_BOUND and metered.usage.tokens_out is None


def has_other_price(metered: Metered) -> bool:
    """Whether the tier is one that the book has no price of, and may be dearer."""
    return metered.tier not in _STANDARD_TIERS and metered.tier not in _CHEAPER_TIERS


def _billed(metered: Metered) -> Usage:
    """The usage as prices know it: what is cached for an hour costs twice the input, not the price of a write.

    https://docs.claude.com/en/docs/build-with-claude/prompt-caching#pricing
    """
    usage = metered.usage
    hour = min(metered.tokens_cache_write_1h or 0, usage.tokens_cache_write or 0)
    if not hour or usage.tokens_in is None:
        return usage
    return replace(usage, tokens_in=usage.tokens_in + hour, tokens_cache_write=(usage.tokens_cache_write or 0) - hour)
