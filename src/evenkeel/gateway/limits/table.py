"""The table of limits as control publishes it, and the accounts a request falls under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, cast

import msgspec

from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import period_of, zone_of

#: Raised when a field narrows what may be used: a worker that does not know the field would allow too much.
VERSION: Final = 1
#: More would make every request slower than it has to be; limits of "*" need one row for all.
LIMITS_MAX: Final = 4_096
#: The largest amount: with its overrun it still fits 64 bits. In money: a thousand million of the currency's unit.
AMOUNT_MAX: Final = 10**18
#: Callers whose accounts are remembered. Beyond it the memory begins anew: some 20 MB at most.
_REMEMBERED_MAX: Final = 16_384
#: A limit of this name is for each holder separately.
EVERYONE: Final = "*"
_Caller = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class LimitTable:
    """All limits in force, and the zone that their days and months are of.

    A limit of "*" is for each holder separately who has no limit of its own of the same measure, period and
    currency: so a default for all can be raised for one.
    """

    limits: tuple[Limit, ...] = ()
    zone: str = "UTC"
    _named: dict[tuple[Holder, str], list[Limit]] = field(init=False, repr=False, compare=False)
    _counts_users: bool = field(init=False, repr=False, compare=False)
    _remembered: dict[_Caller, tuple[int, int, list[Account]]] = field(init=False, repr=False, compare=False)
    _periods: dict[Period, tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[tuple[Holder, str], list[Limit]] = {}
        for limit in self.limits:
            named.setdefault((limit.holder, limit.name), []).append(limit)
        object.__setattr__(self, "_named", named)
        object.__setattr__(self, "_counts_users", any(limit.holder is Holder.USER for limit in self.limits))
        object.__setattr__(self, "_remembered", {})
        object.__setattr__(self, "_periods", {})

    def accounts_for(self, key_id: str, team: str, user: str, service: str, now_us: int) -> list[Account]:
        """The accounts that a request of these holders at `now_us` falls under; an empty name has no limits.

        The list is remembered and shared until one of its periods ends: do not change it.

        >>> table = LimitTable((Limit("l1", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10),))
        >>> [account.holder for account in table.accounts_for("k1", "", "", "bot", 0)]
        ['k1']
        """
        if not self._counts_users:  # there may be very many of them, and they are all alike
            user = ""
        caller = (key_id, team, user, service)
        known = self._remembered.get(caller)
        if known is not None and known[0] <= now_us < known[1]:
            return known[2]
        holders = ((Holder.KEY, key_id), (Holder.USER, user), (Holder.TEAM, team), (Holder.SERVICE, service))
        accounts = [
            Account(limit, name, *self._period(limit.period, now_us))
            for holder, name in holders
            if name
            for limit in self._limits_of(holder, name)
        ]
        since_us = max((account.from_us for account in accounts), default=now_us)
        until_us = min((account.until_us for account in accounts), default=now_us + 60_000_000)
        if len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[caller] = (since_us, until_us, accounts)
        return accounts

    def _period(self, period: Period, now_us: int) -> tuple[int, int]:
        """What `period_of` says: an end of a day or month is not looked up in the calendar for each caller."""
        known = self._periods.get(period)
        if known is None or not known[0] <= now_us < known[1]:
            known = self._periods[period] = period_of(period, now_us, self.zone)
        return known

    def _limits_of(self, holder: Holder, name: str) -> list[Limit]:
        own = self._named.get((holder, name), []) if name != EVERYONE else []
        said = {(limit.measure, limit.period, limit.currency) for limit in own}
        common = self._named.get((holder, EVERYONE), ())
        return own + [limit for limit in common if (limit.measure, limit.period, limit.currency) not in said]


#: All of them have to be said but the currency, which only money has.
_FIELDS: Final = frozenset(each.name for each in fields(Limit)) - {"currency"}


def parse_limits(document: Mapping[str, Any]) -> LimitTable:
    """The table of a published document. Raises ValueError or TypeError that names the place and what is wrong.

    >>> parse_limits({"version": 1, "zone": "Europe/Berlin", "limits": []}).zone
    'Europe/Berlin'
    >>> parse_limits({"version": 1, "zone": "UTC", "limits": [{"id": "l1"}]})
    Traceback (most recent call last):
    ...
    ValueError: limits[0]: amount, holder, measure, name, period missing
    """
    if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
        raise TypeError("A table of limits is an object.")
    version, zone, rows = (document.get(name) for name in ("version", "zone", "limits"))
    if version != VERSION:
        raise ValueError(f"version: {version!r} is not {VERSION}, the one that is understood here")
    if not isinstance(zone, str):
        raise TypeError("zone: not a name such as Europe/Berlin")
    zone_of(zone)
    if not isinstance(rows, list):
        raise TypeError("limits: not a list")
    rows = cast("list[Any]", rows)
    if len(rows) > LIMITS_MAX:
        raise ValueError(f"limits: {len(rows)} of them; {LIMITS_MAX} are the most")
    limits = tuple(_limit(f"limits[{index}]", row) for index, row in enumerate(rows))
    seen: set[str] = set()
    for index, limit in enumerate(limits):
        if limit.id in seen:
            raise ValueError(f"limits[{index}]: the id {limit.id!r} of another limit")
        seen.add(limit.id)
    return LimitTable(limits, zone)


def limits_document(table: LimitTable) -> dict[str, Any]:
    """What control publishes: `parse_limits` of it is `table`."""
    return {
        "version": VERSION,
        "zone": table.zone,
        "limits": [_row(limit) for limit in table.limits],
    }


def _row(limit: Limit) -> dict[str, Any]:
    words = {"holder": limit.holder.value, "measure": limit.measure.value, "period": limit.period.value}
    return asdict(limit) | words


def _limit(place: str, row: object) -> Limit:
    if not isinstance(row, dict):
        raise TypeError(f"{place}: not an object")
    row = cast("dict[str, Any]", row)
    missing = _FIELDS - row.keys()
    if missing:
        raise ValueError(f"{place}: {', '.join(sorted(missing))} missing")
    try:
        limit = msgspec.convert(row, Limit)
    except msgspec.ValidationError as error:
        raise ValueError(f"{place}: {error}") from None
    for name in ("id", "name"):
        value = row[name]
        if not value or "\x1f" in value:
            raise ValueError(f"{place}.{name}: {value!r} is empty or has a control character in it")
    if not 0 <= limit.amount <= AMOUNT_MAX:
        raise ValueError(f"{place}.amount: {limit.amount} is not from 0 to {AMOUNT_MAX}")
    if bool(limit.currency) != (limit.measure is Measure.MONEY):
        raise ValueError(f"{place}.currency: {limit.currency!r}; money has a currency, nothing else has one")
    return limit
