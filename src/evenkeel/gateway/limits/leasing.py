"""How a worker gets leases: those who wait are served together, one lock and one sync for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Final

from evenkeel.gateway.limits.book import AccountBook
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.lease import Lease
from evenkeel.gateway.limits.model import Account, Period, Refusal, Want
from evenkeel.kernel.errors import EvenkeelError, OverloadedError
from evenkeel.kernel.ports import Clock

#: Requests of one worker that wait for a lease at a time. Beyond it they are told to come again.
WAITERS_MAX: Final = 4_096
#: How often those who are short ask again while others give back.
_RETRY_S: Final = 0.01
#: Changes under one lock: some milliseconds at most, so that no other worker waits longer.
_CHANGES_MAX: Final = 256
#: A refusal never says to wait longer than this.
_RETRY_AFTER_S_MAX: Final = 31 * 86_400.0
#: What is short only because others have it reserved may be free a moment later.
_SETTLES_WITHIN_S: Final = 1.0

Plan = Callable[[], "list[tuple[Lease, Change]]"]


class Waiter:
    """A request that waits for leases."""

    __slots__ = ("amounts", "deadline_s", "future", "is_asked", "leases", "wants")

    def __init__(self, wants: Sequence[Want], leases: list[Lease], deadline_s: float) -> None:
        self.wants = wants
        self.leases = leases
        self.deadline_s = deadline_s
        self.is_asked = False  # the accounts were asked since it came
        self.amounts: list[int] = []  # taken for it, when it is served
        self.future: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()


class Desk:
    """Gets leases for those who wait. All but the thread's work happens on the loop's thread."""

    def __init__(self, worker: int, accounts: AccountBook, clock: Clock, thread: Executor, wait_s: float) -> None:
        self._worker = worker
        self._accounts = accounts
        self._clock = clock
        self._thread = thread
        self._wait_s = wait_s
        self.passed = 0  # requests that nothing was leased for: see `_let_pass`
        self._waiters: list[Waiter] = []
        self._ahead: set[Lease] = set()
        self._unsure: set[Lease] = set()
        self._operating = asyncio.Lock()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def wait(self, wants: Sequence[Want], leases: list[Lease]) -> list[int] | Refusal:
        """The amounts taken out of `leases`, one for each want, or why not.

        Raises OverloadedError or CorruptDataError when the accounts cannot be used. When the caller is cancelled
        nothing stays taken.
        """
        if len(self._waiters) >= WAITERS_MAX:
            fact = f"{WAITERS_MAX} requests wait for their share of a limit already."
            raise OverloadedError(fact, retry_after_s=1, hint="Send it again.")
        waiter = Waiter(wants, leases, self._clock.monotonic_s() + self._wait_s)
        for lease, want in zip(leases, wants, strict=True):
            lease.account = want.account  # its limit may have another amount by now
            lease.waiting += 1
            lease.wanted = want.most
        self._waiters.append(waiter)
        self._wake()
        try:
            refusal = await waiter.future
        except asyncio.CancelledError:
            _untake(waiter)
            raise
        return waiter.amounts if refusal is None else refusal

    def fetch_ahead(self, lease: Lease) -> None:
        """Get the next chunk of a lease before it runs dry; without a running loop nothing happens."""
        lease.is_low = True
        self._ahead.add(lease)
        with contextlib.suppress(RuntimeError):
            self._wake()

    async def operate(self, plan: Plan) -> None:
        """Do the changes of `plan`, which is called when no other change is under way. Raises OverloadedError."""
        async with self._operating:
            if self._unsure:
                again = [(lease, Change(lease.account, lease.name)) for lease in self._unsure]
                await self._apply(again, syncs=True)
            await self._apply(plan(), syncs=False)

    async def stop(self) -> None:
        """End what is under way; those who still wait are cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _wake(self) -> None:
        self._came.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._serve())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever ended it: nobody waits for ever."""
        if task is not self._task:
            return  # another serves already: somebody came between its end and this call
        error = None if task.cancelled() else task.exception()
        left, self._waiters = self._waiters, []
        for waiter in left:
            self._leave(waiter)
            if not waiter.future.done():
                stopping = OverloadedError("This worker stops.", retry_after_s=1, hint="Send it again.")
                waiter.future.set_exception(error or stopping)

    async def _serve(self) -> None:
        while self._waiters or self._ahead:
            self._came.clear()
            try:
                await self.operate(self._plan)
            except OverloadedError as error:
                if self._accounts.lets_pass:
                    self._let_pass()
                else:
                    self._fail(list(self._waiters), error)
            except EvenkeelError as error:
                self._fail(list(self._waiters), error)
            refused = self._hand_out()
            if refused:
                await self._return(refused)
            if any(waiter.is_asked for waiter in self._waiters) and not self._came.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), _RETRY_S)

    def _plan(self) -> list[tuple[Lease, Change]]:
        needs: dict[Lease, tuple[int, int]] = dict.fromkeys(self._ahead, (0, 0))
        ahead, self._ahead = self._ahead, set()
        for waiter in self._waiters:
            waiter.is_asked = True
            for lease, want in zip(waiter.leases, waiter.wants, strict=True):
                least, most = needs.get(lease, (0, 0))
                needs[lease] = (min(least, want.least) if most else want.least, most + want.most)
        return [
            (
                lease,
                lease.prepare(
                    least=max(0, least - lease.free),
                    most=max(0, most - lease.free),
                    ahead=lease.wanted if lease in ahead else 0,
                ),
            )
            for lease, (least, most) in needs.items()
        ]

    async def _apply(self, pairs: Sequence[tuple[Lease, Change]], *, syncs: bool) -> None:
        # Until the answer is here nobody knows whether they were done, even if we are cancelled.
        for lease, _ in pairs:
            lease.is_unsure = True
            self._unsure.add(lease)
        for first in range(0, len(pairs), _CHANGES_MAX):
            batch = pairs[first : first + _CHANGES_MAX]
            changes = [change for _, change in batch]
            job = partial(self._accounts.apply, self._worker, changes, self._clock.now_us(), syncs=syncs)
            try:
                answers = await asyncio.get_running_loop().run_in_executor(self._thread, job)
            except OSError as error:
                fact = f"The accounts of limits cannot be written: {error.strerror or error}."
                raise OverloadedError(fact, retry_after_s=5, hint="See the disk of the gateway.") from error
            finally:
                for lease, _ in batch:
                    lease.is_low = False
            for (lease, change), answer in zip(batch, answers, strict=True):
                lease.answered(change, answer, self._clock.monotonic_s())
                self._unsure.discard(lease)

    def _hand_out(self) -> list[Lease]:
        """Serve those who can be, in order; the leases of those who are refused."""
        refused: list[Lease] = []
        for waiter in list(self._waiters):
            failure = next((lease.failure for lease in waiter.leases if lease.failure is not None), None)
            if waiter.future.done():
                self._settle_with(waiter)
                continue
            if failure is not None:
                self._fail([waiter], failure)
                continue
            short = _take(waiter)
            refusal = None if short is None else self._refusal(waiter, short)
            if short is not None and refusal is None:
                continue
            refused.extend(() if refusal is None else waiter.leases)
            self._settle_with(waiter)
            waiter.future.set_result(refusal)
        return [lease for lease in refused if not lease.waiting]

    def _refusal(self, waiter: Waiter, short: int) -> Refusal | None:
        """Why a waiter that is short of its `short`-th want is refused; None while it is worth waiting."""
        lease, want = waiter.leases[short], waiter.wants[short]
        if not waiter.is_asked:
            return None
        is_sure = lease.charged + want.least > want.account.limit.amount or not lease.others
        if not is_sure and self._clock.monotonic_s() < waiter.deadline_s:
            return None
        return refusal_of(lease, want, self._clock.now_us())

    async def _return(self, leases: Iterable[Lease]) -> None:
        """Give back what was leased for those who were refused by another account."""
        idle = [lease for lease in dict.fromkeys(leases) if lease.free > 0 and lease.taken == 0]
        if idle:
            with contextlib.suppress(EvenkeelError):  # the next look finds it again
                await self.operate(lambda: give_all(idle))

    def _let_pass(self) -> None:
        """Give those who wait what they want, though the accounts cannot be used: they hear of it when they can."""
        for waiter in list(self._waiters):
            self._settle_with(waiter)
            if waiter.future.done():
                continue
            for lease, want in zip(waiter.leases, waiter.wants, strict=True):
                lease.take_uncovered(want.most)
                waiter.amounts.append(want.most)
            self.passed += 1
            waiter.future.set_result(None)

    def _fail(self, waiters: Iterable[Waiter], error: EvenkeelError) -> None:
        for waiter in waiters:
            self._settle_with(waiter)
            if not waiter.future.done():
                waiter.future.set_exception(error)

    def _settle_with(self, waiter: Waiter) -> None:
        self._waiters.remove(waiter)
        self._leave(waiter)

    def _leave(self, waiter: Waiter) -> None:
        for lease in waiter.leases:
            lease.waiting -= 1


def give_all(leases: Iterable[Lease]) -> list[tuple[Lease, Change]]:
    """The changes that return all that is free of `leases`, but of those that ended meanwhile."""
    return [(lease, lease.prepare(back=lease.free)) for lease in leases if not lease.is_over]


def refusal_of(lease: Lease, want: Want, now_us: int) -> Refusal:
    """Why there is not enough left, and when it is worth trying again."""
    account = want.account
    used = lease.charged + lease.others + lease.leased - max(0, lease.free)
    left_s = (account.until_us - now_us) / 1_000_000
    if lease.charged + lease.settled + want.least <= account.limit.amount and account.limit.period is not Period.MINUTE:
        left_s = min(left_s, _SETTLES_WITHIN_S)
    return Refusal(account, used, want.least, min(_RETRY_AFTER_S_MAX, max(0.0, left_s)))


def is_used_up(lease: Lease, account: Account, least: int) -> bool:
    """Whether not even `least` is left, whatever others give back."""
    return lease.free < least and lease.charged + least > account.limit.amount


def _take(waiter: Waiter) -> int | None:
    """Take all that a waiter wants, or nothing: then which of its wants is short."""
    for index, (lease, want) in enumerate(zip(waiter.leases, waiter.wants, strict=True)):
        amount = min(want.most, lease.free)
        if amount < want.least:
            _untake(waiter)
            return index
        lease.take(amount)
        waiter.amounts.append(amount)
    return None


def _untake(waiter: Waiter) -> None:
    for lease, amount in zip(waiter.leases, waiter.amounts, strict=False):
        lease.untake(amount)
    waiter.amounts.clear()
