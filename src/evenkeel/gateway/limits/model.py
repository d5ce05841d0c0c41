"""Limits: how much of what a key, user, team or service may use in which time (SPEC GW-4).

A limit in one period of time has an account. Workers take leases out of accounts, durably and before they are
needed, and reservations out of their leases, in memory. So spend never exceeds a cap, whoever dies when:
what is charged, leased and free always adds up to the cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evenkeel.kernel.facts import fact


class Measure(StrEnum):
    """What is counted, in whole units."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    MONEY = "money"  # nano-units of the limit's currency


class Holder(StrEnum):
    """Whose use is counted together."""

    KEY = "key"
    USER = "user"
    TEAM = "team"
    SERVICE = "service"


class Period(StrEnum):
    """What an amount is for."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"  # days and months in the organisation's time zone
    MONTH = "month"
    EVER = "ever"


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than `amount` in each period."""

    id: str  # stable: a changed amount keeps what was used
    holder: Holder
    name: str  # of the key, user (pseudonym), team or service; "*": each one separately
    measure: Measure
    period: Period
    amount: int
    currency: str = ""  # money only


@fact
class Account:
    """A limit in one period for one holder."""

    limit: Limit
    holder: str
    from_us: int  # first moment of the period
    until_us: int  # first moment after it

    @property
    def name(self) -> str:
        """What tells it from any other."""
        return f"{self.limit.id}\x1f{self.holder}\x1f{self.from_us}"


@fact
class Want:
    """What a request asks of one account: at most `most`, and at least `least` to be of any use."""

    account: Account
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is used up, and when there is more."""

    account: Account
    used: int
    wanted: int
    retry_after_s: float


@fact
class AccountState:
    """How an account stands: charged + leased + free = amount, but for an overrun."""

    charged: int  # spent for good
    leased: int  # given to workers, not spent yet as far as the account knows
    unsettled: int  # of `charged`: reservations of dead workers, charged in full until reconciled
    overrun: int  # of `charged`: what providers used beyond what was reserved
