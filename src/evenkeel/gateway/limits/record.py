"""An account as 512 bytes: the size of a sector, so that a disk writes all of it or none.

Name (BLAKE2b-128), amounts, the lease of each worker, whose it is, and a checksum over all of it. Whole numbers of 64
bits, little-endian. A record of zeros was never used.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Final

from evenkeel.gateway.limits.model import Account, AccountState
from evenkeel.kernel.errors import CorruptDataError

SIZE: Final = 512
#: Workers of one machine. With more a record would not fit a sector.
WORKERS_MAX: Final = 48
_LAYOUT: Final = struct.Struct(f"<16s8qQ{WORKERS_MAX}q32s")
_CHECKSUM_SIZE: Final = 8
TAG_SIZE: Final = 8
#: A key's id, a user's pseudonym and most names of teams and services.
_HOLDER_SIZE: Final = 24
_EMPTY: Final = bytes(SIZE)
assert _LAYOUT.size + _CHECKSUM_SIZE == SIZE


@dataclass(slots=True)
class Record:
    """What is kept of one account. charged + leases <= amount + overrun, but when the amount was lowered since."""

    name: bytes  # `name_of` the account
    amount: int  # of the limit, as the last worker knew it
    charged: int = 0
    unsettled: int = 0  # of `charged`
    overrun: int = 0  # of `charged`
    until_us: int = 0  # end of the period
    grace_us: int = 0  # how long after it the record is still kept
    wanted_until_us: int = 0  # until then a worker is short of it: the others give back what they do not need
    version: int = 0  # grows with each change
    turns: int = 0  # a bit of each worker: which of its two marks was charged last (`lease_file`)
    leases: list[int] = field(default_factory=lambda: [0] * WORKERS_MAX)
    whose: bytes = b""  # `whose_of` the account, for people; empty: written before that was kept

    @property
    def free(self) -> int:
        """What may still be leased; below 0 after an overrun or a lowered amount."""
        return self.amount - self.charged - sum(self.leases)

    @property
    def leased(self) -> int:
        """By all workers."""
        return sum(self.leases)

    def lease(self, worker: int) -> int:
        """What a worker has leased."""
        return self.leases[worker]

    def set_lease(self, worker: int, amount: int) -> None:
        """What a worker has leased from now on."""
        self.leases[worker] = amount

    @property
    def state(self) -> AccountState:
        """How the account stands."""
        return AccountState(self.charged, sum(self.leases), self.unsettled, self.overrun)

    def turn(self, worker: int) -> int:
        """0 or 1: which mark of the worker's was charged last."""
        return self.turns >> worker & 1

    def turn_over(self, worker: int) -> None:
        """From now on it is the other."""
        self.turns ^= 1 << worker

    def pack(self) -> bytes:
        """Its bytes. Raises struct.error when a number does not fit 64 bits."""
        body = _LAYOUT.pack(
            self.name, self.amount, self.charged, self.unsettled, self.overrun, self.until_us, self.grace_us,
            self.wanted_until_us, self.version, self.turns, *self.leases, self.whose,
        )  # fmt: skip
        return body + _checksum(body)


def unpack(data: bytes) -> Record | None:
    """The record of 512 bytes, None where none was ever. Raises CorruptDataError for anything but what was packed.

    >>> record = Record(b"n" * 16, amount=100, charged=7)
    >>> unpack(record.pack()).free
    93
    """
    if data == _EMPTY:
        return None
    body, checksum = data[: _LAYOUT.size], data[_LAYOUT.size :]
    if _checksum(body) != checksum:
        raise CorruptDataError("The record of a limit's account is damaged.", hint="Nothing is taken out of it.")
    name, *numbers, whose = _LAYOUT.unpack(body)
    amount, charged, unsettled, overrun, until_us, grace_us, wanted_until_us, version, turns = numbers[:9]
    return Record(
        name, amount, charged, unsettled, overrun, until_us, grace_us, wanted_until_us, version, turns, numbers[9:],
        whose.rstrip(b"\0"),
    )  # fmt: skip


def name_of(account: Account) -> bytes:
    """16 bytes that stand for an account."""
    return hashlib.blake2b(account.name.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def whose_of(account: Account) -> bytes:
    """The limit's tag and the holder's name as people read it, which is left out where it is too long.

    It finds nothing: `name_of` does. Whoever lists accounts learns from it which name to look up.
    """
    holder = account.holder.encode("utf-8", "surrogatepass")
    return tag_of(account.limit.id) + (holder if len(holder) <= _HOLDER_SIZE else b"")


def tag_of(limit_id: str) -> bytes:
    """8 bytes that stand for a limit; never zeros at the end, for those are taken off."""
    return hashlib.blake2b(limit_id.encode("utf-8", "surrogatepass"), digest_size=TAG_SIZE - 1).digest() + b"\1"


def holder_in(whose: bytes) -> str:
    """The holder's name in `whose_of` an account; empty where it is not kept.

    >>> from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
    >>> limit = Limit("each-key", Holder.KEY, "*", Measure.REQUESTS, Period.DAY, 1)
    >>> holder_in(whose_of(Account(limit, "k1", 0, 1))), holder_in(whose_of(Account(limit, "k" * 25, 0, 1)))
    ('k1', '')
    """
    return whose[TAG_SIZE:].decode("utf-8", "replace")


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM_SIZE).digest()
