"""What is left of an account is told by what a worker knows, and others have no more than they may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from evenkeel.gateway.limits.ledger import Ledger, Reservation
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period, Want
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.record import SIZE
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME, open_ledger
from evenkeel.testing.clock import SimClock

BOOT = b"b" * 16


def account(name: str, amount: int) -> Account:
    return Account(Limit(name, Holder.TEAM, "*", Measure.MONEY, Period.EVER, amount, "USD"), "blue", 0, NEVER_US)


WIDE, TIGHT = account("wide", 10_000), account("tight", 1_000)


def run(folder: Path, work: Callable[[Ledger, Ledger, SimClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = SimClock()
        one, two = (open_ledger(folder, number, clock, BOOT)[0] for number in range(2))
        try:
            await work(one, two, clock)
        finally:
            await one.close()
            await two.close()

    asyncio.run(main())


async def use(ledger: Ledger, account: Account, amount: int) -> None:
    found = await ledger.reserve([Want(account, amount, amount)])
    assert isinstance(found, Reservation)
    ledger.settle(found, [amount])


def test_all_is_left_where_nobody_used_any_and_nothing_is_known_without_accounts(tmp_path: Path) -> None:
    async def work(ledger: Ledger, _: Ledger, __: SimClock) -> None:
        assert await ledger.least_ratio([]) is None
        assert await ledger.least_ratio([WIDE, TIGHT]) == 1.0
        assert await ledger.least_ratio([WIDE, account("none", 0)]) == 0.0

    run(tmp_path, work)


def test_the_account_of_which_least_is_left_decides_and_own_use_is_known_at_once(tmp_path: Path) -> None:
    async def work(ledger: Ledger, _: Ledger, __: SimClock) -> None:
        await use(ledger, WIDE, 500)
        await use(ledger, TIGHT, 100)
        assert await ledger.least_ratio([WIDE, TIGHT]) == pytest.approx(0.9)
        await use(ledger, TIGHT, 600)
        assert await ledger.least_ratio([WIDE, TIGHT]) == pytest.approx(0.3)

    run(tmp_path, work)


def test_what_others_used_is_seen_and_what_they_hold_counts_as_used(tmp_path: Path) -> None:
    async def work(one: Ledger, two: Ledger, clock: SimClock) -> None:
        await use(one, TIGHT, 300)
        left = await two.least_ratio([TIGHT])
        assert left is not None
        assert 0.7 - 1 / 64 <= left <= 0.7
        await use(one, TIGHT, 200)
        assert await two.least_ratio([TIGHT]) == left, "it is read once in a while only"
        clock.advance(5)
        again = await two.least_ratio([TIGHT])
        assert again is not None
        assert 0.5 - 1 / 64 <= again <= 0.5

    run(tmp_path, work)


def test_a_lease_that_was_not_looked_at_lately_is_read_anew(tmp_path: Path) -> None:
    async def work(one: Ledger, two: Ledger, clock: SimClock) -> None:
        await use(one, TIGHT, 100)
        await use(two, TIGHT, 500)
        clock.advance(5)
        left = await one.least_ratio([TIGHT])
        assert left is not None
        assert 0.4 - 1 / 64 <= left <= 0.4

    run(tmp_path, work)


def test_accounts_that_cannot_be_read_are_not_known(tmp_path: Path) -> None:
    async def work(ledger: Ledger, other: Ledger, clock: SimClock) -> None:
        await use(other, TIGHT, 100)
        path = tmp_path / ACCOUNTS_NAME
        whole = path.read_bytes()
        (first,) = (at for at in range(SIZE, len(whole), SIZE) if whole[at : at + SIZE].strip(b"\0"))
        path.write_bytes(whole[:first] + b"\xff" * SIZE + whole[first + SIZE :])
        assert await ledger.least_ratio([TIGHT]) is None
        path.write_bytes(whole)
        clock.advance(5)
        assert await ledger.least_ratio([TIGHT]) is not None

    run(tmp_path, work)
