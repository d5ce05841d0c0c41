"""Money as integer nano-units of a currency.

A cheap embedding call costs 0.2 millionths of a dollar; in cents, or even micro-dollars, it would
become 0 and a month of them would vanish. 2**63 nano-dollars are 9.2 thousand million dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

NANO_PER_UNIT = 1_000_000_000


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount.

    >>> Money.from_decimal(Decimal("96.79"), "USD") + Money(1, "USD")
    Money(nano=96790000001, currency='USD')
    """

    nano: int
    currency: str

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Round half-even to a whole nano-unit."""
        return cls(int((amount * NANO_PER_UNIT).to_integral_value(ROUND_HALF_EVEN)), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in units of the currency."""
        return Decimal(self.nano) / NANO_PER_UNIT

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            msg = f"cannot add {other.currency} to {self.currency}; convert one of them first"
            raise ValueError(msg)
        return Money(self.nano + other.nano, self.currency)


def tokens_cost_nano(tokens: int, nano_per_million: int) -> int:
    """Cost of `tokens` at a price per million tokens, in nano-units, rounded half up.

    >>> tokens_cost_nano(1, 20_000_000)  # one token at 0.02 USD per million
    20
    """
    return (tokens * nano_per_million + 500_000) // 1_000_000
