"""No cap is overspent, whoever dies when: several workers on one simulated machine (evenkeel.gateway.limits).

The machine's shared file and lease files are in memory. Every store into them may be a worker's last, and the power
may go: then of what was not synced any part is left. A provider stands for the truth of what was spent.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.lease_file import LeaseFile
from evenkeel.gateway.limits.ledger import Ledger, Reservation
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period, Want
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import SIZE, name_of
from evenkeel.gateway.limits.recovery import recover
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.testing.clock import SimClock

T = TypeVar("T")
SLOTS = 64
ENTRIES = 16
WORKERS = 3
NOON_US = 20_000 * US_PER_DAY + US_PER_DAY // 2
LIMITS = (
    Limit("money", Holder.TEAM, "*", Measure.MONEY, Period.DAY, 1_000, "USD"),
    Limit("tokens", Holder.KEY, "*", Measure.TOKENS, Period.DAY, 300),
    Limit("ever", Holder.USER, "*", Measure.REQUESTS, Period.EVER, 40),
)


class Killed(BaseException):
    """The process is no more."""


class Fuse:
    """Burns with each store; then whoever stores is dead."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.is_burnt = False

    def burn(self) -> None:
        if self.is_burnt:
            raise Killed
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.is_burnt = True
                raise Killed


class Words(list[int]):
    """A mapped lease file."""

    fuse = Fuse()

    def __setitem__(self, index: Any, value: Any) -> None:
        assert -(1 << 63) <= value < 1 << 63
        self.fuse.burn()
        super().__setitem__(index, value)


class Machine:
    """What outlives workers."""

    def __init__(self) -> None:
        self.data = bytearray((SLOTS + 1) * SIZE)
        self.durable = bytes(self.data)
        self.lock = threading.Lock()
        self.boots = 1
        self.words = [Words([0] * (8 + 10 * ENTRIES)) for _ in range(WORKERS)]

    def lose_power(self, chance: random.Random) -> None:
        """Of every sector that was not synced the old or the new is left, of lease files anything."""
        for at in range(0, len(self.data), SIZE):
            if chance.random() < 0.5:
                self.data[at : at + SIZE] = self.durable[at : at + SIZE]
        self.durable = bytes(self.data)
        self.boots += 1
        for words in self.words:
            kept = [word if chance.random() < 0.7 else 0 for word in words]

            list.__setitem__(words, slice(None), kept)


@dataclass
class View:
    """The shared file as one worker has it."""

    machine: Machine
    fuse: Fuse

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self.machine.data[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        self.fuse.burn()
        self.machine.data[offset : offset + len(data)] = data

    def sync(self) -> None:
        self.fuse.burn()
        self.machine.durable = bytes(self.machine.data)

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        with self.machine.lock:
            yield

    def close(self) -> None:
        pass


@dataclass
class Truth:
    """What a provider knows of one account."""

    spent: int = 0
    overrun: int = 0
    reserved: int = 0


@dataclass
class Worker:
    ledger: Ledger
    fuse: Fuse
    open: list[tuple[Reservation, list[Account]]] = field(default_factory=list)


class Ledgers(RuleBasedStateMachine):
    """Any order of events."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = SimClock(NOON_US)
        self.machine = Machine()
        self.workers: list[Worker | None] = [None] * WORKERS
        self.truth: dict[bytes, Truth] = {}
        self.accounts: dict[bytes, Account] = {}
        self.deaths = 0
        for number in range(WORKERS):
            self.begin(number)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        for number in range(WORKERS):
            if self.workers[number] is None:
                self.begin(number)
        for worker in self.alive():
            worker.fuse.left = None
            for reservation, accounts in worker.open:
                self.settled(reservation, accounts, [amount // 2 for amount in reservation.amounts])
                worker.ledger.settle(reservation, [amount // 2 for amount in reservation.amounts])
            self.run(worker.ledger.close())
        for name, truth in self.truth.items():
            state = self.reader().state(self.accounts[name])
            if state is None:
                assert truth.spent == 0 or self.is_over(self.accounts[name])
                continue
            assert state.leased == 0, "a lease leaked"
            if self.clock.now_us() >= self.accounts[name].until_us + US_PER_DAY:
                continue  # a request that was open for another day: its record may have been given away
            # What a provider used beyond a reservation in the second before the power went is not known any more.
            assert state.charged >= truth.spent - (truth.overrun if self.machine.boots > 1 else 0)
            if not self.deaths:
                assert state.charged == truth.spent
                assert (state.unsettled, state.overrun) == (0, truth.overrun)
        self.loop.close()

    # --- what the checks look at
    def reader(self) -> Accounts:
        return Accounts(View(self.machine, Fuse()), slots=SLOTS)

    def alive(self) -> list[Worker]:
        return [worker for worker in self.workers if worker is not None]

    def is_over(self, account: Account) -> bool:
        return self.clock.now_us() >= account.until_us

    @invariant()
    def no_cap_is_overspent(self) -> None:
        for name, truth in self.truth.items():
            account = self.accounts[name]
            assert truth.spent + truth.reserved <= account.limit.amount + truth.overrun
            state = self.reader().state(account)
            if state is not None:
                assert state.charged + state.leased <= account.limit.amount + state.overrun
                assert 0 <= state.unsettled <= state.charged

    # --- what workers do
    def begin(self, number: int) -> None:
        fuse = Fuse()
        words = self.machine.words[number]
        words.fuse = fuse
        accounts = Accounts(View(self.machine, fuse), slots=SLOTS)
        lease_file = LeaseFile(words, bytes([self.machine.boots]) * 16)
        recover(number, accounts, lease_file)
        self.workers[number] = Worker(Ledger(number, accounts, lease_file, self.clock, wait_s=0.0), fuse)

    def die(self, number: int, share: float) -> None:
        """Of what was reserved, the provider used some."""
        worker = self.workers[number]
        if worker is None:
            return
        self.deaths += 1
        worker.fuse.is_burnt = True
        for reservation, accounts in worker.open:
            self.settled(reservation, accounts, [int(amount * share) for amount in reservation.amounts])
        worker.ledger._thread.shutdown()
        self.workers[number] = None

    def settled(self, reservation: Reservation, accounts: list[Account], actuals: list[int]) -> None:
        for account, reserved, actual in zip(accounts, reservation.amounts, actuals, strict=True):
            truth = self.truth[name_of(account)]
            truth.reserved -= reserved
            truth.spent += actual
            truth.overrun += max(0, actual - reserved)

    def wants(self, which: set[int], most: int, least: int) -> list[Want]:
        accounts = [account_of(LIMITS[index], "x", self.clock.now_us(), "UTC") for index in sorted(which)]
        for account in accounts:
            self.truth.setdefault(name_of(account), Truth())
            self.accounts[name_of(account)] = account
        return [Want(account, min(least, most), most) for account in accounts]

    number = st.integers(0, WORKERS - 1)
    fuses = st.one_of(st.none(), st.none(), st.none(), st.none(), st.none(), st.integers(0, 12))
    shares = st.floats(0, 1)

    @contextlib.contextmanager
    def perhaps_killed(self, number: int, fuse: int | None, share: float) -> Generator[Worker]:
        if self.workers[number] is None:
            self.begin(number)
        worker = self.workers[number]
        assert worker is not None
        try:
            worker.fuse.left = fuse
            yield worker
        except Killed:
            self.die(number, share)
        finally:
            worker.fuse.left = None
            if worker.fuse.is_burnt and self.workers[number] is worker:  # it died in the background
                self.die(number, share)

    @rule(
        number=number, which=st.sets(st.integers(0, 2), min_size=1), most=st.integers(0, 60), least=st.integers(0, 60),
        fuse=fuses, share=shares,
    )  # fmt: skip
    def reserve(self, number: int, which: set[int], most: int, least: int, fuse: int | None, share: float) -> None:
        wants = self.wants(which, most, least)
        with self.perhaps_killed(number, fuse, share) as worker:
            found = self.run(worker.ledger.reserve(wants))
            if isinstance(found, Reservation):
                for want, amount in zip(wants, found.amounts, strict=True):
                    assert want.least <= amount <= want.most
                    self.truth[name_of(want.account)].reserved += amount
                worker.open.append((found, [want.account for want in wants]))

    @rule(number=number, more=st.integers(0, 30), fuse=fuses, share=shares)
    def extend(self, number: int, more: int, fuse: int | None, share: float) -> None:
        with self.perhaps_killed(number, fuse, share) as worker:
            if not worker.open:
                return
            reservation, accounts = worker.open[-1]
            if self.run(worker.ledger.extend(reservation, [more] * len(accounts))) is None:
                for account in accounts:
                    self.truth[name_of(account)].reserved += more

    @rule(number=number, ratio=st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.5]), fuse=fuses, share=shares)
    def settle(self, number: int, ratio: float, fuse: int | None, share: float) -> None:
        with self.perhaps_killed(number, fuse, share) as worker:
            if not worker.open:
                return
            reservation, accounts = worker.open.pop(0)
            actuals = [int(amount * ratio) for amount in reservation.amounts]
            self.settled(reservation, accounts, actuals)
            try:
                worker.ledger.settle(reservation, actuals)
            except Killed:  # nobody here ever hears of what was used beyond its reservation
                for account, amount, actual in zip(accounts, reservation.amounts, actuals, strict=True):
                    over = max(0, actual - amount)
                    self.truth[name_of(account)].spent -= over
                    self.truth[name_of(account)].overrun -= over
                raise

    @rule(number=number)
    def cancel(self, number: int) -> None:
        worker = self.workers[number]
        if worker is not None and worker.open:
            reservation, accounts = worker.open.pop()
            worker.ledger.cancel(reservation)
            for account, amount in zip(accounts, reservation.amounts, strict=True):
                self.truth[name_of(account)].reserved -= amount

    @rule(number=number, to_others=st.booleans(), fuse=fuses, share=shares)
    def give_back(self, number: int, to_others: bool, fuse: int | None, share: float) -> None:
        with self.perhaps_killed(number, fuse, share) as worker:
            self.run(worker.ledger.give_to_others() if to_others else worker.ledger.give_back())

    # --- what happens to them
    @rule(number=number, share=shares)
    def kill(self, number: int, share: float) -> None:
        self.die(number, share)

    @rule(number=number, cut=st.integers(0, 8), is_cut=st.booleans())
    def restart(self, number: int, cut: int, is_cut: bool) -> None:
        """Recovery may be killed as well; it is begun again."""
        if self.workers[number] is not None:
            return
        if is_cut:
            fuse = Fuse()
            fuse.left = cut
            words = self.machine.words[number]
            words.fuse = fuse
            with contextlib.suppress(Killed):
                accounts = Accounts(View(self.machine, fuse), slots=SLOTS)
                recover(number, accounts, LeaseFile(words, bytes([self.machine.boots]) * 16))
        self.begin(number)

    @precondition(lambda self: self.machine.boots < 3)
    @rule(seed=st.integers(0, 1 << 16), share=shares)
    def lose_power(self, seed: int, share: float) -> None:
        for number in range(WORKERS):
            self.die(number, share)
        self.machine.lose_power(random.Random(seed))

    @rule(hours=st.sampled_from([0.001, 1, 13, 49]))
    def time_goes_on(self, hours: float) -> None:
        self.clock.advance(hours * 3_600)
        held = {account.name for worker in self.alive() for _, accounts in worker.open for account in accounts}
        for name, account in list(self.accounts.items()):
            if account.name in held:
                continue
            if self.clock.now_us() > account.until_us + 2 * US_PER_DAY and self.truth[name].reserved == 0:
                del self.truth[name], self.accounts[name]  # its record may be another's by now


Ledgers.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNoCapIsOverspent = Ledgers.TestCase
