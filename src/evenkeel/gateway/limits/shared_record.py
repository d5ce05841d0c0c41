"""An account as a store keeps it: a token of 16 bytes that is another one with each change, and the numbers.

Leases are by lessee: one life of one worker of one machine. What a lessee that was not heard of any more had leased is
charged, and stays known as its own: when it is heard of again, or its machine finds what it had used, it is put right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from evenkeel.gateway.limits.model import Account, AccountState
from evenkeel.kernel.errors import CorruptDataError, OverloadedError

TOKEN_SIZE: Final = 16
#: Workers of all machines that have a lease of one account at a time, or had one when they died.
LESSEES_MAX: Final = 1_024


@dataclass(slots=True)
class SharedRecord:
    """What is kept of one account. charged + leases <= amount + overrun, but when the amount was lowered since."""

    amount: int  # of the limit, as the last worker knew it
    charged: int = 0
    unsettled: int = 0  # of `charged`
    overrun: int = 0  # of `charged`
    wanted_until_us: int = 0  # by the store's clock
    leases: dict[str, int] = field(default_factory=dict[str, int])
    turned: set[str] = field(default_factory=set[str])  # lessees whose turn is 1
    lapsed: dict[str, int] = field(default_factory=dict[str, int])  # of `unsettled`: leases of those not heard of

    @property
    def free(self) -> int:
        """What may still be leased; below 0 after an overrun or a lowered amount."""
        return self.amount - self.charged - self.leased

    @property
    def leased(self) -> int:
        """By all."""
        return sum(self.leases.values())

    @property
    def state(self) -> AccountState:
        """How the account stands."""
        return AccountState(self.charged, self.leased, self.unsettled, self.overrun)

    def lease(self, who: str) -> int:
        """What a lessee has."""
        return self.leases.get(who, 0)

    def set_lease(self, who: str, amount: int) -> None:
        """What a lessee has from now on. Raises OverloadedError when there is no room for another lessee."""
        if amount:
            if len(self.leases) >= LESSEES_MAX and who not in self.leases:
                fact = f"{LESSEES_MAX} workers have leases of one account."
                raise OverloadedError(fact, retry_after_s=10, hint="Run fewer workers of the gateway.")
            self.leases[who] = amount
        else:
            self.leases.pop(who, None)

    def turn(self, who: str) -> int:
        """0 or 1: which of a lessee's marks was charged last."""
        return int(who in self.turned)

    def turn_over(self, who: str) -> None:
        """From now on it is the other."""
        self.turned ^= {who}

    def lapse(self, who: str) -> int:
        """Charge all that a lessee has, who was not heard of for too long: nobody knows what it used; how much."""
        lease = self.leases.pop(who, 0)
        if lease:
            self.charged += lease
            self.unsettled += lease
            self.lapsed[who] = self.lapsed.get(who, 0) + lease
            if len(self.lapsed) > LESSEES_MAX:  # the oldest: it stays charged
                del self.lapsed[next(iter(self.lapsed))]
        return lease

    def restore(self, who: str) -> None:
        """Make a lease again of what lapsed: its lessee lives, or what it had used is known after all.

        What a person has taken back since (`reconcile`) stays taken back.
        """
        back = min(self.lapsed.pop(who, 0), self.unsettled)
        if back:
            self.charged -= back
            self.unsettled -= back
            self.leases[who] = self.leases.get(who, 0) + back

    def forget(self, who: str) -> None:
        """Drop a lessee that has come to its end."""
        self.turned.discard(who)

    def pack(self, token: bytes) -> bytes:
        """Its bytes."""
        return token + msgspec.msgpack.encode(
            (
                self.amount, self.charged, self.unsettled, self.overrun, self.wanted_until_us,
                self.leases, sorted(self.turned), self.lapsed,
            )
        )  # fmt: skip


def unpack(data: bytes) -> SharedRecord:
    """The record of bytes that `pack` made. Raises CorruptDataError for anything else.

    >>> record = SharedRecord(amount=100, leases={"a/g0/1": 7})
    >>> unpack(record.pack(bytes(16))).free
    93
    """
    try:
        numbers = msgspec.msgpack.decode(
            data[TOKEN_SIZE:],
            type=tuple[int, int, int, int, int, dict[str, int], set[str], dict[str, int]],
        )
    except msgspec.MsgspecError as error:
        raise CorruptDataError("The record of a limit's account is damaged.", hint="Nothing is taken out.") from error
    return SharedRecord(*numbers)


def fresh(account: Account) -> SharedRecord:
    """Of an account that nobody used yet."""
    return SharedRecord(account.limit.amount)
