"""How limits of use are configured, and where machines keep their accounts of them together (SPEC GW-4)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.org.config.fields import Section
from evenkeel.org.config.references import REFERENCE

#: What workers keep to (`gateway.limits.table`, which this floor cannot import; a test compares them).
LIMITS_MAX: Final = 4_096
#: Of the smallest units: a thousand million of a currency, or so many tokens.
AMOUNT_MAX: Final = 10**18
#: What `store.resp.parse_address` reads; here without what opens a connection.
_STORE: Final = re.compile(
    r"(?:redis|valkey)s?://(?:[^\s:@/?#]*(?::(?P<password>[^\s@/?#]*))?@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:@/?#\[\]]+)(?::(?P<port>[0-9]{1,5}))?/?(?:[0-9]{1,5}/?)?"
)
_PORT_END: Final = 65_536

Measure = Literal["requests", "tokens", "money"]


def _amount(value: object) -> object:
    """A number as it is written: through a float, 0.1 would be another one."""
    if isinstance(value, bool):
        msg = f"{value!r} is no number"
        raise ValueError(msg)  # noqa: TRY004 pydantic takes ValueErrors
    return str(value) if isinstance(value, float) else value


def whole_units(amount: Decimal | str, measure: Measure) -> int:
    """An amount in what is counted: requests, tokens, or nano-units of a currency. Raises ValueError.

    >>> whole_units("12.50", "money"), whole_units("1000", "tokens")
    (12500000000, 1000)
    """
    try:
        exact = Decimal(amount) * (NANO_PER_UNIT if measure == "money" else 1)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or not 0 < exact <= AMOUNT_MAX or exact != exact.to_integral_value():
        allowed = "a multiple of 0.000000001, up to 1000000000" if measure == "money" else f"1 to {AMOUNT_MAX}, whole"
        msg = f"{str(amount)[:40]} cannot be counted in {measure}; write {allowed}"
        raise ValueError(msg)
    return int(exact)


class LimitConfig(Section):
    """No more than an amount in each period."""

    holder: Literal["key", "user", "team", "service"] = Field(
        description="Whose use is counted together.", examples=["team"]
    )
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")] = Field(
        default="*",
        description="Of the key (its id), user (as callers name it), team or service; *: each one separately.",
        examples=["care"],
    )
    measure: Measure = Field(description="What is counted.", examples=["money"])
    period: Literal["minute", "hour", "day", "month", "ever"] = Field(
        description="What the amount is for; days and months on the organisation's clock.", examples=["month"]
    )
    amount: Annotated[Decimal, BeforeValidator(_amount)] = Field(
        gt=0, description="How much: requests, tokens, or money of the currency.", examples=[500]
    )
    currency: Annotated[str, Field(pattern="^$|^[A-Z]{3}$")] = Field(
        default="", description="ISO 4217; of money only.", examples=["EUR"]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.currency) != (self.measure == "money"):
            msg = "money needs a currency, e.g. EUR" if self.measure == "money" else f"{self.measure} have no currency"
            raise ValueError(msg)
        self.units()
        return self

    def units(self) -> int:
        """The amount in what is counted; money in nano-units."""
        return whole_units(self.amount, self.measure)


def _store_url(value: str) -> str:
    """A store's address as it may stand in a file that many can read."""
    if REFERENCE.fullmatch(value):
        return value
    found = _STORE.fullmatch(value)
    if found is None or not 0 < int(found["port"] or 1) < _PORT_END:
        msg = "not the address of a Redis or Valkey; write e.g. redis://cache.internal:6379/0"
        raise ValueError(msg)
    if found["password"]:
        msg = "it holds a password; write env:NAME or file:PATH, which leads to the whole address"
        raise ValueError(msg)
    return value


StoreUrl = Annotated[str, AfterValidator(_store_url)]


class StoreConfig(Section):
    """A Redis or Valkey in which several machines keep their accounts of limits together."""

    url: StoreUrl = Field(
        description="Its address; with a password, where the address is: env:NAME or file:PATH.",
        examples=["redis://cache.internal:6379/0"],
    )
    when_lost: Literal["closed", "open"] = Field(
        default="closed",
        description="While it cannot be used: refuse requests that fall under a limit, or let them pass uncounted.",
        examples=["open"],
    )
