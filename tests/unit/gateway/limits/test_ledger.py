"""A worker reserves in memory, fetches what is missing, and gives back what others need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evenkeel.gateway.limits.ledger import Ledger, NeedsLease, Reservation
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period, Refusal, Want
from evenkeel.gateway.limits.periods import NEVER_US, account_of
from evenkeel.gateway.limits.recovery import open_ledger
from evenkeel.kernel.errors import ConflictError
from evenkeel.store.system import SystemClock

BOOT = b"b" * 16
CAP = Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 100)
RATE = Limit("rate", Holder.KEY, "*", Measure.REQUESTS, Period.EVER, 10_000)
ACCOUNT, OTHER = Account(CAP, "blue", 0, NEVER_US), Account(RATE, "k1", 0, NEVER_US)


def _run(folder: Path, workers: int, work: Callable[[list[Ledger]], Awaitable[None]]) -> None:
    async def main() -> None:
        ledgers = [open_ledger(folder, number, SystemClock(), BOOT)[0] for number in range(workers)]
        tending = [asyncio.create_task(ledger.tend()) for ledger in ledgers]
        try:
            await work(ledgers)
        finally:
            for task in tending:
                task.cancel()
            await asyncio.gather(*tending, return_exceptions=True)
            for ledger in ledgers:
                await ledger.close()

    asyncio.run(main())


def _state(ledger: Ledger, account: Account = ACCOUNT) -> AccountState:
    found = ledger._accounts.state(account)
    assert found is not None
    return found


async def _reserved(ledger: Ledger, *wants: Want) -> Reservation:
    found = await ledger.reserve(wants)
    assert isinstance(found, Reservation)
    return found


def test_the_second_request_needs_no_file_and_all_is_charged_in_the_end(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        wants = [Want(OTHER, 1, 1)]
        assert isinstance(ledger.try_reserve(wants), NeedsLease)
        ledger.settle(await _reserved(ledger, *wants), [1])
        second = ledger.try_reserve(wants)
        assert isinstance(second, Reservation)
        ledger.cancel(second)
        ledger.cancel(second)
        with pytest.raises(ConflictError):
            ledger.settle(second, [1])
        await ledger.give_back()
        assert _state(ledger, OTHER).charged == 1

    _run(tmp_path, 1, work)


def test_near_the_cap_a_request_gets_what_is_left_and_the_next_is_refused(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        first = await _reserved(ledger, Want(ACCOUNT, 10, 70))
        second = await _reserved(ledger, Want(ACCOUNT, 10, 70))
        assert (first.amounts, second.amounts) == ([70], [30])
        refused = await ledger.reserve([Want(OTHER, 1, 1), Want(ACCOUNT, 1, 1)])
        assert refused == Refusal(ACCOUNT, 100, 1, 1.0), "what is reserved may soon be free"
        ledger.settle(first, [70])
        ledger.settle(second, [20])
        third = await _reserved(ledger, Want(ACCOUNT, 1, 50))
        assert third.amounts == [10]
        ledger.settle(third, [10])
        await ledger.give_back()
        assert _state(ledger) == AccountState(charged=100, leased=0, unsettled=0, overrun=0)
        refused = await ledger.reserve([Want(ACCOUNT, 1, 1)])
        assert isinstance(refused, Refusal)
        assert refused.retry_after_s > 1_000_000
        assert isinstance(ledger.try_reserve([Want(ACCOUNT, 1, 1)]), Refusal), "known now without asking"

    _run(tmp_path, 1, work)


def test_what_another_worker_holds_and_does_not_need_is_given_back_in_time(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        one, other = ledgers
        one.settle(await _reserved(one, Want(ACCOUNT, 90, 90)), [0])
        found = await _reserved(other, Want(ACCOUNT, 80, 80))
        other.settle(found, [80])

    _run(tmp_path, 2, work)


def test_a_reservation_takes_more_or_nothing(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        held = await _reserved(ledger, Want(ACCOUNT, 10, 10), Want(OTHER, 1, 1))
        assert await ledger.extend(held, [50, 0]) is None
        assert held.amounts == [60, 1]
        assert isinstance(await ledger.extend(held, [50, 0]), Refusal)
        assert held.amounts == [60, 1]
        ledger.settle(held, [55, 1])
        await ledger.give_back()
        assert _state(ledger).charged == 55

    _run(tmp_path, 1, work)


def test_an_overrun_is_charged_and_recorded_and_no_more_is_let_through(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        ledger.settle(await _reserved(ledger, Want(ACCOUNT, 90, 90)), [150])
        assert isinstance(await ledger.reserve([Want(ACCOUNT, 1, 1)]), Refusal)
        await ledger.give_back()
        assert _state(ledger) == AccountState(charged=150, leased=0, unsettled=0, overrun=60)

    _run(tmp_path, 1, work)


def test_a_raised_amount_counts_at_once_and_keeps_what_was_used(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        ledger.settle(await _reserved(ledger, Want(ACCOUNT, 100, 100)), [100])
        raised = replace(ACCOUNT, limit=replace(CAP, amount=130))
        held = await _reserved(ledger, Want(raised, 1, 100))
        assert held.amounts == [30]
        ledger.settle(held, [30])

    _run(tmp_path, 1, work)


def test_a_caller_that_leaves_while_it_waits_takes_nothing(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        leaving = [asyncio.create_task(ledger.reserve([Want(ACCOUNT, 10, 10)])) for _ in range(20)]
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        assert (await _reserved(ledger, Want(ACCOUNT, 100, 100))).amounts == [100]

    _run(tmp_path, 1, work)


def test_a_minute_begins_anew(tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        (ledger,) = ledgers
        limit = replace(CAP, period=Period.MINUTE, amount=5)
        first, second = (
            account_of(limit, "blue", at_us, "UTC") for at_us in (NEVER_US // 2, NEVER_US // 2 + 60_000_000)
        )
        ledger.settle(await _reserved(ledger, Want(first, 5, 5)), [5])
        assert isinstance(await ledger.reserve([Want(first, 1, 1)]), Refusal)
        ledger.settle(await _reserved(ledger, Want(second, 5, 5)), [5])

    _run(tmp_path, 1, work)
