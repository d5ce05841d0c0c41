"""What a worker asks before each request, and tells after it (SPEC GW-4, ADR 0007).

`try_reserve` and `settle` touch memory only. `reserve` waits where a lease has to be fetched: a sync of the disk, and
up to 150 ms where others hold what is needed. `tend` has to run all the time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from evenkeel.gateway.limits.book import AccountBook
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.lease import ACTUAL_MAX, Lease
from evenkeel.gateway.limits.lease_file import LeaseFile
from evenkeel.gateway.limits.leasing import Desk, give_all, is_used_up, refusal_of
from evenkeel.gateway.limits.model import Account, Refusal, Want
from evenkeel.gateway.limits.record import WORKERS_MAX, name_of
from evenkeel.gateway.limits.remaining import Remaining
from evenkeel.kernel.errors import ConflictError, EvenkeelError, InvalidInputError
from evenkeel.kernel.ports import Clock

log = logging.getLogger(__name__)

#: How long a request near a cap waits for what other workers hold and do not need.
WAIT_S: Final = 0.15
#: How often it gives back what it did not need lately, and tells the accounts what was spent.
_GIVE_BACK_EVERY_S: Final = 1.0
#: While accounts cannot be used, the log says so this often.
_SAY_EVERY_S: Final = 10.0
#: For how long it is believed that an account is used up: amounts may be raised, and use be reconciled.
_SURE_FOR_S: Final = 1.0


class NeedsLease:
    """Not known without asking the accounts: `await reserve`."""

    __slots__ = ()


NEEDS_LEASE: Final = NeedsLease()


class Reservation:
    """What a request may use, one amount for each of its wants. It ends with `settle` or `cancel`."""

    __slots__ = ("amounts", "is_open", "leases")

    def __init__(self, leases: list[Lease], amounts: list[int]) -> None:
        self.leases = leases
        self.amounts = amounts
        self.is_open = True


class Ledger:
    """The limits as one worker keeps them. To be used on one event loop; `wait_s` is for tests."""

    def __init__(
        self, worker: int, accounts: AccountBook, lease_file: LeaseFile, clock: Clock, *, wait_s: float = WAIT_S
    ) -> None:
        """A ledger that holds nothing; a predecessor's leases have to be recovered before (`recovery`)."""
        if not 0 <= worker < WORKERS_MAX:
            fact = f"{worker} is no number of a worker."
            raise InvalidInputError(fact, hint=f"A machine has up to {WORKERS_MAX}, from 0.", worker=worker)
        self._accounts = accounts
        self._file = lease_file
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="limits")
        self._leases: dict[tuple[str, str, int], Lease] = {}
        self._desk = Desk(worker, accounts, clock, self._thread, wait_s)
        self._remaining = Remaining(self._leases, accounts, clock, self._thread)
        self._calls = -1  # not known yet

    def try_reserve(self, wants: Sequence[Want]) -> Reservation | Refusal | NeedsLease:
        """Reserve the `most` of every want, of different accounts each, out of what is leased; no I/O."""
        leases: list[Lease] = []
        for want in wants:
            account, most = want.account, want.most
            lease = self._leases.get((account.limit.id, account.holder, account.from_us))
            if lease is None or lease.free < most or lease.waiting:
                for taken, before in zip(leases, wants, strict=False):
                    taken.untake(before.most)
                return NEEDS_LEASE if lease is None else self._known(lease, want)
            lease.account = account  # its limit may have another amount by now
            lease.take(most)
            if lease.free < lease.low and not lease.is_low:
                self._desk.fetch_ahead(lease)
            leases.append(lease)
        return Reservation(leases, [want.most for want in wants])

    async def reserve(self, wants: Sequence[Want]) -> Reservation | Refusal:
        """Reserve something from `least` to `most` of every want, or nothing at all.

        Raises OverloadedError or CorruptDataError when the accounts cannot be used: nothing may be sent then.
        """
        found = self.try_reserve(wants)
        if not isinstance(found, NeedsLease):
            return found
        leases = [self._lease(want.account) for want in wants]
        amounts = await self._desk.wait(wants, leases)
        return amounts if isinstance(amounts, Refusal) else Reservation(leases, amounts)

    def try_extend(self, reservation: Reservation, more: Sequence[int]) -> bool:
        """Add `more` to each amount of a reservation if all of it is leased; no I/O."""
        pairs = list(zip(reservation.leases, more, strict=True))
        if not reservation.is_open or any(lease.free < amount or lease.waiting for lease, amount in pairs):
            return False
        for lease, amount in pairs:
            lease.grow(amount)
            if lease.free < lease.low and not lease.is_low:
                self._desk.fetch_ahead(lease)
        _add(reservation, more)
        return True

    async def extend(self, reservation: Reservation, more: Sequence[int]) -> Refusal | None:
        """Add `more` to each amount of a reservation, or to none: then why. Raises as `reserve` does."""
        if self.try_extend(reservation, more):
            return None
        wants = [Want(lease.account, amount, amount) for lease, amount in zip(reservation.leases, more, strict=True)]
        amounts = await self._desk.wait(wants, reservation.leases)
        if isinstance(amounts, Refusal):
            return amounts
        if not reservation.is_open:  # settled meanwhile
            for lease, amount in zip(reservation.leases, amounts, strict=True):
                lease.untake(amount)
            raise ConflictError("A reservation was extended after its end.")
        for lease in reservation.leases:
            lease.open -= 1  # it is still one
        _add(reservation, amounts)
        return None

    def settle(self, reservation: Reservation, actuals: Sequence[int]) -> None:
        """Say what was used in truth; the rest is free again, and more than was reserved is an overrun.

        Raises ConflictError when the reservation has ended before.
        """
        if not reservation.is_open:
            raise ConflictError("A reservation was settled twice.")
        reservation.is_open = False
        for lease, reserved, actual in zip(reservation.leases, reservation.amounts, actuals, strict=True):
            lease.settle(reserved, min(max(0, actual), ACTUAL_MAX))
            if lease.free < 0 and not lease.is_low:  # the account has to know at once
                self._desk.fetch_ahead(lease)

    def cancel(self, reservation: Reservation) -> None:
        """End a reservation of which nothing was used for certain: nothing was sent. Harmless after the end."""
        if reservation.is_open:
            reservation.is_open = False
            for lease, amount in zip(reservation.leases, reservation.amounts, strict=True):
                lease.untake(amount)

    async def give_back(self) -> None:
        """Tell the accounts what was spent, and return what was not needed lately. Raises OverloadedError."""
        now_us = self._clock.now_us()

        def plan() -> list[tuple[Lease, Change]]:
            changes: list[tuple[Lease, Change]] = []
            for lease in self._leases.values():
                need = 0 if now_us >= lease.account.until_us else max(lease.taken, lease.recent)
                lease.recent, lease.taken = lease.taken, 0
                change = lease.prepare(back=0 if lease.waiting else lease.free - need)
                if change.turns or change.back or change.cover:
                    changes.append((lease, change))
            return changes

        await self._desk.operate(plan)
        self._forget()

    async def give_to_others(self) -> None:
        """Return all that is free of the accounts that another worker is short of now. Raises OverloadedError."""
        names = {lease.name: lease for lease in self._leases.values() if lease.free > 0}
        job = self._accounts.wanted, names, self._clock.now_us()
        wanted = await asyncio.get_running_loop().run_in_executor(self._thread, *job)
        await self._desk.operate(lambda: give_all(names[name] for name in wanted))

    async def tend(self) -> None:
        """Give back in time, until cancelled."""
        given_at_s = self._clock.monotonic_s()
        said_at_s = float("-inf")
        while True:
            await asyncio.sleep(self._accounts.look_every_s)
            try:
                calls = await self._look_for_calls()
                if calls != self._calls:
                    self._calls = calls
                    await self.give_to_others()
                if self._clock.monotonic_s() - given_at_s >= _GIVE_BACK_EVERY_S:
                    given_at_s = self._clock.monotonic_s()
                    await self.give_back()
            except (OSError, EvenkeelError) as error:
                if self._clock.monotonic_s() - said_at_s >= _SAY_EVERY_S:
                    said_at_s = self._clock.monotonic_s()
                    log.warning("Leases cannot be given back now: %s", error)

    async def _look_for_calls(self) -> int:
        """What `AccountBook.calls` says; to wake a thread for a read of memory would cost a hundred times the read."""
        if self._accounts.calls_at_hand:
            return self._accounts.calls()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._accounts.calls)

    async def reconcile(self, account: Account, amount: int) -> int:
        """Take back up to `amount` of what was charged for dead workers, as a person found; what was taken."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._accounts.reconcile, account, amount)

    async def close(self) -> None:
        """Give everything back that is not reserved, and release both files. Raises OverloadedError."""
        try:
            await self._desk.stop()
            await self._desk.operate(lambda: give_all(self._leases.values()))
        finally:
            self._thread.shutdown()
            self._file.close()
            self._accounts.close()

    async def least_ratio(self, accounts: Sequence[Account]) -> float | None:
        """What is left of the account of which least is (`remaining`); None without accounts, or where not known."""
        return await self._remaining.least_ratio(accounts)

    @property
    def passed(self) -> int:
        """Requests that passed uncounted, because the accounts could not be used (`AccountBook.lets_pass`)."""
        return self._desk.passed

    def _lease(self, account: Account) -> Lease:
        key = (account.limit.id, account.holder, account.from_us)
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = Lease(account, name_of(account), self._file)
        return lease

    def _known(self, lease: Lease, want: Want) -> Refusal | NeedsLease:
        """What is known without asking of a want that what is leased does not serve."""
        is_fresh = self._clock.monotonic_s() - lease.checked_at_s < _SURE_FOR_S
        if is_fresh and not lease.waiting and is_used_up(lease, want.account, want.least):
            return refusal_of(lease, want, self._clock.now_us())
        return NEEDS_LEASE

    def _forget(self) -> None:
        """Drop leases of nothing: their entries are for others."""
        for key, lease in list(self._leases.items()):
            if not (lease.taken or lease.recent) and lease.release():
                del self._leases[key]


def _add(reservation: Reservation, more: Sequence[int]) -> None:
    reservation.amounts = [amount + extra for amount, extra in zip(reservation.amounts, more, strict=True)]
