"""What the doors need from the rest of the house to turn what arrives into events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from evenkeel.kernel.facts import fact
from evenkeel.kernel.money import tokens_cost_nano

#: Longest text kept of one attribute, in characters; the rest is cut, with a finding.
TEXT_MAX = 4_096
#: Content that is looked at in memory, in characters of one attribute: whole conversations, as JSON, with what was
#: retrieved for them. It is kept nowhere at that length.
CONTENT_MAX = 262_144
#: Attributes kept of one event that no column holds, and how long they may be together, as JSON.
ATTRIBUTES_MAX = 256
ATTRIBUTES_TEXT_MAX = 16 * TEXT_MAX
#: Beyond these a number is a mistake, not a measurement; and sums of it would overflow what counts it.
TOKENS_MAX = 1_000_000_000  # of one call: the largest context windows hold ten million
STATUS_MAX = 999
WEIGHT_MAX = 1_000_000.0  # one of a million is kept
DURATION_S_MAX = 400 * 86_400.0  # as far back as an event may lie
DURATION_S_MIN = 1e-9  # no clock tells less; it is 0
COST_NANO_MAX = 100_000 * 1_000_000_000  # of one event, its weight included


def clean_name(text: str, length_max: int) -> str:
    """A name of a service, environment or version as pages and databases can hold it.

    >>> clean_name(" bot\\x00 ", 200), clean_name("b" * 9, 3)
    ('bot�', 'bbb')
    """
    name = text.strip()[:length_max]
    return name if name.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in name)


@fact
class Usage:
    """What an attempt used up, in tokens; None where the source does not say."""

    tokens_in: int | None = None  # cached and cache-written ones included
    tokens_cached: int | None = None
    tokens_cache_write: int | None = None
    tokens_out: int | None = None


@fact
class Priced:
    """What usage cost. `cost_nano` is None when no price is known: never 0."""

    cost_nano: int | None
    currency: str | None
    basis: str | None  # exact | upper_bound | declared | unpriced
    price: str | None = None  # the price record

    @property
    def finding(self) -> str | None:
        """What is wrong with the price, or None."""
        if self.basis != "unpriced":
            return None
        return "bad_cost" if self.price else "unpriced_model"

    def bounded(self, weight: float) -> Priced:
        """The same, or without its cost when that cannot be: events of this `weight` never cost so much."""
        if self.cost_nano is None or self.cost_nano * weight <= COST_NANO_MAX:
            return self
        return Priced(None, None, "unpriced", self.price or "declared")


@fact
class Tariff:
    """What tokens cost at most in a span of time, where no part of them has a price of its own."""

    currency: str
    nano_in: int  # nano-units per million tokens, as with all prices
    nano_out: int
    percent: int  # of that, as a tier of service may be dearer
    from_us: int
    until_us: int

    def cost_nano(self, tokens_in: int, tokens_out: int) -> int:
        """What so many may cost, nothing of it cached.

        >>> Tariff("USD", 2_000_000_000, 8_000_000_000, 250, 0, 1).cost_nano(100, 10)
        700000
        """
        standard = tokens_cost_nano(1, tokens_in * self.nano_in + tokens_out * self.nano_out)
        return standard if self.percent == 100 else -(-standard * self.percent // 100)


class Pricing(Protocol):
    """Where prices come from (`observe.pricing`)."""

    def tariff(self, provider: str, model: str, at_us: int, tier: str) -> Tariff | None:
        """What tokens cost at most at a tier or at the standard price; None where that is not so simple."""
        ...

    def price(self, provider: str | None, model: str | None, at_us: int, usage: Usage, tier: str = "") -> Priced:
        """The cost of `usage` at the price of that day, or what it is at most at a `tier` without a price."""
        ...


class Pseudonyms(Protocol):
    """How people's ids become numbers (`observe.privacy`)."""

    def of(self, identity: str) -> int:
        """The 64-bit pseudonym of an id."""
        ...


def allow_all(environment: str, service: str) -> bool:
    """Any sender for any service."""
    del environment, service
    return True


@dataclass(frozen=True, slots=True)
class EventContext:
    """What one request at a door is read with."""

    now_us: int
    pricing: Pricing
    pseudonyms: Pseudonyms
    content_services: frozenset[str] = frozenset()
    allows: Callable[[str, str], bool] = allow_all  # (environment, service): whether the sender may speak for it
