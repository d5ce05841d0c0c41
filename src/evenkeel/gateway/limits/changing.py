"""What a worker does to an account, wherever that is kept: values in, a changed record out.

A record is kept in a file of the machine (`accounts`) or in a store that machines share (`shared_accounts`). Both
call this on a record that nobody else changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from evenkeel.gateway.limits.model import Account, Period
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE

#: A lease is this share of what is left, or what a request needs: little is stranded, and near the cap nothing.
_CHUNK_SHARE: Final = 64
#: How long others are asked to give back; asked anew with each try.
WANTED_US: Final = 500_000
#: What is charged and overrun counts up to here: a provider that says it used more is not believed.
_COUNT_MAX: Final = 1 << 62

_Who = TypeVar("_Who", contravariant=True)


class Changeable(Protocol[_Who]):
    """A record of an account whose leases are somebody's each."""

    charged: int
    unsettled: int
    overrun: int
    wanted_until_us: int

    @property
    def free(self) -> int:
        """What may still be leased."""
        ...

    @property
    def leased(self) -> int:
        """By all."""
        ...

    def lease(self, who: _Who, /) -> int:
        """What one has leased."""
        ...

    def set_lease(self, who: _Who, amount: int, /) -> None:
        """What one has leased from now on."""
        ...

    def turn(self, who: _Who, /) -> int:
        """0 or 1: which of one's marks was charged last (`lease_file`)."""
        ...

    def turn_over(self, who: _Who, /) -> None:
        """From now on it is the other."""
        ...


Who = TypeVar("Who")


@dataclass(frozen=True, slots=True)
class Change:
    """What a worker does to one account, all of it at once."""

    account: Account
    name: bytes  # `name_of` it
    settled: int = 0  # spent since the last time, taken out of the lease
    overrun: int = 0  # of it
    turns: bool = False  # whether a mark was made for `settled` and `overrun`
    back: int = 0  # of the lease, not needed
    cover: int = 0  # already used beyond the lease: leased whatever the amount says
    least: int = 0  # to lease, or nothing
    most: int = 0  # to lease
    ahead: int = 0  # lease some ahead of need, if there is plenty of it: chunks of at least this


@dataclass(frozen=True, slots=True)
class Answer:
    """How the account stands for a worker afterwards."""

    granted: int
    leased: int  # the worker's own lease
    others: int  # leased by all others
    charged: int
    turn: int


@dataclass(frozen=True, slots=True)
class Used:
    """What a dead worker had used of one account, by its lease file: see `lease_file.Entry`."""

    used: int  # settled and reserved
    settled: int
    overrun: int
    marks: tuple[tuple[int, int], tuple[int, int]]  # (used, overrun) charged when the turn is 0, and 1


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a dead worker's leases, in the units of their accounts."""

    accounts: int = 0
    charged: int = 0
    unsettled: int = 0  # of `charged`
    freed: int = 0

    def and_(self, other: Recovered) -> Recovered:
        """Both together."""
        return Recovered(
            self.accounts + other.accounts, self.charged + other.charged, self.unsettled + other.unsettled,
            self.freed + other.freed,
        )  # fmt: skip


def apply(record: Changeable[Who], who: Who, change: Change, now_us: int) -> Answer:
    """Do to a record what a worker asks."""
    lease = record.lease(who)
    record.charged = min(_COUNT_MAX, record.charged + change.settled)
    record.overrun = min(_COUNT_MAX, record.overrun + change.overrun)
    lease = max(0, lease - change.settled)  # what it was short of was covered by nothing: it is an overrun
    lease -= min(lease, change.back)
    lease += change.cover
    record.set_lease(who, lease)
    if change.turns:
        record.turn_over(who)
    granted = _grant(record.free, change)
    if granted < change.least:
        record.wanted_until_us = now_us + WANTED_US
    record.set_lease(who, lease + granted)
    others = record.leased - lease - granted
    return Answer(granted, lease + granted, others, record.charged, record.turn(who))


def recover(record: Changeable[Who], who: Who, known: Used | None, mark: Callable[[int], None]) -> Recovered:
    """Charge what a dead worker had spent and reserved of one account, and free the rest of its lease.

    `mark(turn)` notes for which turn all that it used counts as charged, before it is. Where nothing is `known` its
    whole lease is charged.
    """
    lease, turn = record.lease(who), record.turn(who)
    if lease == 0 and known is None:
        return Recovered()
    if known is not None and _is_sound(known, lease, turn):
        base_used, base_overrun = known.marks[turn]
        charged, overrun = known.used - base_used, known.overrun - base_overrun
        unsettled = min(charged, known.used - known.settled)
        mark(1 - turn)
        record.turn_over(who)
    else:
        charged = unsettled = lease
        overrun = 0
    if lease == charged == overrun == 0:
        return Recovered()
    record.charged += charged
    record.unsettled += unsettled
    record.overrun += overrun
    record.set_lease(who, 0)
    return Recovered(1, charged, unsettled, max(0, lease - charged))


def reconcile(record: Changeable[Any], amount: int) -> int:
    """Take back up to `amount` of what was charged for dead workers and was not used in truth; what was taken."""
    taken = max(0, min(amount, record.unsettled))
    record.charged -= taken
    record.unsettled -= taken
    return taken


def grace_us(account: Account) -> int:
    """How long an account is kept after its period: long enough to be looked up, and for a clock to step back."""
    is_short = account.limit.period in (Period.MINUTE, Period.HOUR)
    return 2 * US_PER_MINUTE if is_short else US_PER_DAY


def _grant(free: int, change: Change) -> int:
    chunk = max(0, free // _CHUNK_SHARE)
    if change.most <= 0:
        return chunk if 0 < change.ahead <= chunk else 0
    return min(free, max(change.most, chunk)) if free >= max(1, change.least) else 0


def _is_sound(known: Used, lease: int, turn: int) -> bool:
    """Whether a lease file can be believed: nothing was used that was neither leased nor an overrun."""
    base_used, base_overrun = known.marks[turn]
    charged, overrun = known.used - base_used, known.overrun - base_overrun
    return 0 <= charged <= lease + max(0, overrun) and overrun >= 0 and 0 <= known.settled <= known.used
