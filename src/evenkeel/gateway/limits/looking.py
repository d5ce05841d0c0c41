"""What is used of limits, for whoever shows it: read without the lock, so that no worker ever waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evenkeel.gateway.limits.accounts import read_slots
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import SIZE, TAG_SIZE, Record, holder_in, name_of, tag_of, unpack
from evenkeel.gateway.limits.table import EVERYONE, LimitTable
from evenkeel.kernel.errors import CorruptDataError, EvenkeelError

_READ_AHEAD: Final = 128  # records at a time
_NOTHING: Final = bytes(_READ_AHEAD * SIZE)
#: A record that is being written while it is read is whole the next time.
_READS_MAX: Final = 64
_Kind = tuple[Holder, str, Measure, Period, str]


@dataclass(frozen=True, slots=True)
class Use:
    """How one account stands in the period that is now; of "*" without a holder: nobody used it so far."""

    account: Account
    state: AccountState | None  # None: not known

    @property
    def taken(self) -> int | None:
        """What nobody else can use any more: used, or set aside by a worker."""
        return None if self.state is None else self.state.charged + self.state.leased

    @property
    def taken_ratio(self) -> float | None:
        """The same as a share of the amount; above 1 after an overrun or a lowered amount."""
        return None if self.taken is None else self.taken / max(1, self.account.limit.amount)


@dataclass(frozen=True, slots=True)
class Uses:
    """All accounts of the limits in force, the largest share first, what is not known before all."""

    uses: tuple[Use, ...]
    unknown_because: str = ""  # empty: all is known


def look_at_uses(path: Path, table: LimitTable, holders: Mapping[Holder, Iterable[str]], now_us: int) -> Uses:
    """How the accounts of a table stand now. `holders`: names whose accounts are looked up, beside those that are kept.

    What cannot be read is not known, and not 0.
    """
    try:
        records, damaged = _read(path)
    except FileNotFoundError:
        return _unknown(table, now_us, "No worker of the gateway has counted anything here yet.")
    except (OSError, CorruptDataError) as error:
        return _unknown(table, now_us, f"What is used cannot be read: {error}")
    by_name = {record.name: record for record in records}
    kept: dict[bytes, list[Record]] = {}
    for record in records:
        kept.setdefault(record.whose[:TAG_SIZE], []).append(record)
    nothing = None if damaged else AccountState(0, 0, 0, 0)
    uses: list[Use] = []
    for account in _accounts(table, holders, kept, now_us):
        record = by_name.get(name_of(account))
        if record is not None:
            uses.append(Use(account, record.state))
        elif account.limit.name != EVERYONE or account.holder == EVERYONE:
            uses.append(Use(account, nothing))
    uses.sort(key=_by_share)
    why = f"{damaged} accounts are damaged: whose they are cannot be read." if damaged else ""
    return Uses(tuple(_without_needless(uses)), why)


def look_at_shared(
    read: Callable[[Sequence[Account]], Sequence[AccountState | None]],
    table: LimitTable,
    holders: Mapping[Holder, Iterable[str]],
    now_us: int,
) -> Uses:
    """The same where machines share a store: `read` is asked how accounts stand. Users are not listed in it."""
    accounts = list(_accounts(table, holders, {}, now_us))
    try:
        states = read(accounts)
    except EvenkeelError as error:
        return _unknown(table, now_us, f"What is used cannot be read: {error}")
    nothing = AccountState(0, 0, 0, 0)
    uses: list[Use] = []
    for account, state in zip(accounts, states, strict=True):
        if state != nothing or account.holder == account.limit.name:
            uses.append(Use(account, None if _is_any_user(account) else state))
    uses.sort(key=_by_share)
    is_listed = not any(map(_is_any_user, accounts))
    why = "" if is_listed else "Accounts of single users are not listed from a store that machines share."
    return Uses(tuple(_without_needless(uses)), why)


def _is_any_user(account: Account) -> bool:
    return account.limit.holder is Holder.USER and account.holder == EVERYONE


def _accounts(
    table: LimitTable, holders: Mapping[Holder, Iterable[str]], kept: Mapping[bytes, list[Record]], now_us: int
) -> Iterator[Account]:
    """Every account that there may be."""
    named = {_kind(limit, limit.name) for limit in table.limits}
    for limit in table.limits:
        everyone = account_of(limit, limit.name, now_us, table.zone)
        yield everyone
        if limit.name != EVERYONE:
            continue
        found = set(holders.get(limit.holder, ()))
        found.update(holder_in(record.whose) for record in kept.get(tag_of(limit.id), ()))
        for holder in sorted(found - {"", EVERYONE}):
            if _kind(limit, holder) not in named:  # else a limit of its own replaces this one
                yield Account(limit, holder, everyone.from_us, everyone.until_us)


def _without_needless(uses: Iterable[Use]) -> Iterator[Use]:
    """Limits of "*" stand for themselves only where nobody used them."""
    uses = list(uses)
    used = {use.account.limit.id for use in uses if use.account.holder != EVERYONE}
    return (use for use in uses if use.account.holder != EVERYONE or use.account.limit.id not in used)


def _unknown(table: LimitTable, now_us: int, why: str) -> Uses:
    accounts = (account_of(limit, limit.name, now_us, table.zone) for limit in table.limits)
    return Uses(tuple(Use(account, None) for account in accounts), why)


def _kind(limit: Limit, holder: str) -> _Kind:
    return limit.holder, holder, limit.measure, limit.period, limit.currency


def _by_share(use: Use) -> tuple[bool, float, str, str]:
    ratio = use.taken_ratio
    return ratio is not None, -(ratio or 0.0), use.account.limit.id, use.account.holder


def _read(path: Path) -> tuple[list[Record], int]:
    """(all records that are whole, how many are not). Raises OSError and CorruptDataError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        slots = read_slots(os.pread(descriptor, SIZE, 0))
        found = [_whole(descriptor, data, slot) for slot, data in _used(descriptor, slots)]
    finally:
        os.close(descriptor)
    return [record for record in found if record is not None], found.count(None)


def _used(descriptor: int, slots: int) -> Iterator[tuple[int, bytes]]:
    """Every place that was ever written, with what is there."""
    for first in range(0, slots, _READ_AHEAD):
        block = os.pread(descriptor, min(_READ_AHEAD, slots - first) * SIZE, (first + 1) * SIZE)
        if block == _NOTHING[: len(block)]:  # most are; to compare them takes a tenth of the time that `strip` takes
            continue
        for offset in range(0, len(block), SIZE):
            data = block[offset : offset + SIZE]
            if data != _NOTHING[: len(data)]:
                yield first + offset // SIZE, data


def _whole(descriptor: int, data: bytes, slot: int) -> Record | None:
    """The record of a place; None where it is damaged."""
    for _ in range(_READS_MAX):
        try:
            return unpack(data)
        except CorruptDataError:
            data = os.pread(descriptor, SIZE, (slot + 1) * SIZE)
    return None
