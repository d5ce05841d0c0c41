"""Two machines share one cap to the unit, whoever is killed, the store included."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from evenkeel.gateway.limits.ledger import Ledger, Reservation
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period, Refusal, Want
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.gateway.limits.shared_recovery import open_shared_ledger
from evenkeel.kernel.errors import OverloadedError
from evenkeel.store.system import SystemClock, SystemIds
from evenkeel.testing.redis_server import RedisServer

LIMIT = Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 10_000)
ACCOUNT = Account(LIMIT, "blue", 0, NEVER_US)
BOOT = b"b" * 16

#: Spends until it is refused, each use noted before the ledger hears of it, as a provider would.
WORKER = textwrap.dedent(
    """
    import asyncio, os, random, sys
    from pathlib import Path
    from evenkeel.gateway.limits.ledger import Reservation
    from evenkeel.gateway.limits.model import *
    from evenkeel.gateway.limits.periods import NEVER_US
    from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
    from evenkeel.gateway.limits.shared_recovery import open_shared_ledger
    from evenkeel.kernel.errors import OverloadedError
    from evenkeel.store.resp import parse_address
    from evenkeel.store.system import SystemClock, SystemIds

    folder, number, url, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    account = Account(Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 10_000), "blue", 0, NEVER_US)
    bill = os.open(folder.parent / "bill", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def spend(ledger):
        while True:
            try:
                held = await ledger.reserve([Want(account, 1, random.randint(1, 20))])
            except OverloadedError:
                await asyncio.sleep(0.05)
                continue
            if not isinstance(held, Reservation):
                return
            actual = random.randint(1, held.amounts[0])
            os.write(bill, b"%d\\n" % actual)
            await asyncio.sleep(random.random() * 0.02)
            ledger.settle(held, [actual])

    async def main():
        settings = SharedSettings(parse_address(url))
        ledger = open_shared_ledger(number, Machine(folder, SystemClock(), SystemIds(), b"b" * 16), settings)
        if what == "hold":
            ledger.settle(await ledger.reserve([Want(account, 100, 100)]), [60])
            await ledger.reserve([Want(account, 30, 30)])
            os._exit(9)
        tending = asyncio.create_task(ledger.tend())
        await asyncio.gather(*(spend(ledger) for _ in range(16)))
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        while True:  # what is leased is given back while the store is there, which is killed now and then
            try:
                await ledger.give_to_others()
                break
            except OverloadedError:
                await asyncio.sleep(0.05)
        await ledger.close()

    asyncio.run(main())
    """
)


def _begin(folder: Path, number: int, store: RedisServer, what: str = "spend") -> subprocess.Popen[bytes]:
    """A worker of one of two machines."""
    home = folder / f"machine{number % 2}"
    return subprocess.Popen([sys.executable, "-c", WORKER, str(home), str(number), store.url, what])


def _state(folder: Path, store: RedisServer) -> AccountState:
    folder.mkdir(exist_ok=True)
    accounts = SharedAccounts(SharedSettings(store.address), "reader@g0-0", Machine(folder, SystemClock(), SystemIds()))
    state = accounts.state(ACCOUNT)
    accounts.close()
    assert state is not None
    return state


def test_four_workers_of_two_machines_that_are_killed_and_a_store_that_is_spend_no_more_than_the_cap(
    mortal: RedisServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    workers = [_begin(tmp_path, number, mortal) for number in range(4)]
    for turn in range(6):
        number = chance.randrange(4)
        try:
            workers[number].wait(0.3 + chance.random() * 0.3)
        except subprocess.TimeoutExpired:
            workers[number].send_signal(signal.SIGKILL)
            workers[number].wait()
        workers[number] = _begin(tmp_path, number, mortal)
        if turn in (1, 3):
            mortal.stop()
            mortal.start()
    assert [worker.wait(60) for worker in workers] == [0] * 4
    spent = sum(map(int, (tmp_path / "bill").read_text().split()))
    state = _state(tmp_path / "reader", mortal)
    assert spent <= state.charged <= 10_000
    assert state.leased == state.overrun == 0
    assert state.charged >= 9_500
    assert state.charged - spent <= state.unsettled


def _run(
    homes: Sequence[Path], store: RedisServer, work: Callable[[list[Ledger]], Coroutine[Any, Any, None]],
    *, boot: bytes = BOOT, lets_pass: bool = False,
) -> None:  # fmt: skip
    async def main() -> None:
        settings = SharedSettings(store.address, lets_pass=lets_pass, timeout_s=0.3)
        ledgers = [open_shared_ledger(0, Machine(home, SystemClock(), SystemIds(), boot), settings) for home in homes]
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


async def _is_back(ledger: Ledger) -> None:
    """The worker has found that the store can be used again."""
    for _ in range(500):
        try:
            await ledger.give_back()
        except OverloadedError:
            await asyncio.sleep(0.01)
        else:
            return
    raise AssertionError("it never came back")


async def _take(ledger: Ledger, least: int, most: int | None = None) -> Reservation:
    held = await ledger.reserve([Want(ACCOUNT, least, most or least)])
    assert isinstance(held, Reservation)
    return held


def test_two_machines_share_one_cap_to_the_unit(store: RedisServer, tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        one, other = ledgers
        first, second = await _take(one, 100), await _take(other, 4_000)
        one.settle(first, [70])
        other.settle(second, [3_930])
        last = await _take(one, 6_000)  # what the other holds and does not need comes over
        refused = await other.reserve([Want(ACCOUNT, 1, 1)])
        assert isinstance(refused, Refusal)
        assert refused.used == 10_000
        one.settle(last, [6_000])

    _run([tmp_path / "a", tmp_path / "b"], store, work)
    assert _state(tmp_path / "r", store) == AccountState(10_000, 0, 0, 0)


def test_a_lease_is_there_within_milliseconds(store: RedisServer, tmp_path: Path) -> None:
    took_s: list[float] = []

    async def work(ledgers: list[Ledger]) -> None:
        for number in range(100):
            account = Account(LIMIT, f"team{number}", 0, NEVER_US)
            began_s = time.perf_counter()
            assert isinstance(await ledgers[0].reserve([Want(account, 1, 1)]), Reservation)
            took_s.append(time.perf_counter() - began_s)

    _run([tmp_path / "a"], store, work)
    assert sorted(took_s)[50] < 0.02, f"{sorted(took_s)[50] * 1e3:.1f} ms in the middle; two ways over the network"


def test_what_was_reserved_is_charged_by_who_comes_next_on_that_machine(store: RedisServer, tmp_path: Path) -> None:
    assert _begin(tmp_path, 0, store, "hold").wait(60) == 9

    async def work(ledgers: list[Ledger]) -> None:
        ledgers[0].cancel(await _take(ledgers[0], 9_910))
        assert await ledgers[0].reconcile(ACCOUNT, 1_000) == 30

    _run([tmp_path / "machine0"], store, work)
    assert _state(tmp_path / "r", store) == AccountState(60, 0, 0, 0)


def test_after_another_boot_it_is_left_to_the_stores_clock(store: RedisServer, tmp_path: Path) -> None:
    assert _begin(tmp_path, 0, store, "hold").wait(60) == 9

    async def work(ledgers: list[Ledger]) -> None:
        await _take(ledgers[0], 1)
        refused = await ledgers[0].reserve([Want(ACCOUNT, 9_900, 9_900)])
        assert isinstance(refused, Refusal), "156 are leased by who may live"

    _run([tmp_path / "machine0"], store, work, boot=b"c" * 16)
    assert len(list((tmp_path / "machine0").glob("*.leases"))) == 1, "the old one says nothing"


def test_a_worker_begins_without_the_store_and_is_itself_when_it_comes(mortal: RedisServer, tmp_path: Path) -> None:
    assert _begin(tmp_path, 0, mortal, "hold").wait(60) == 9
    mortal.stop()

    async def work(ledgers: list[Ledger]) -> None:
        with pytest.raises(OverloadedError, match="cannot be used"):
            await ledgers[0].reserve([Want(ACCOUNT, 1, 1)])
        await asyncio.to_thread(mortal.start)
        await _is_back(ledgers[0])
        ledgers[0].settle(await _take(ledgers[0], 9_910), [10])

    _run([tmp_path / "machine0"], mortal, work)
    assert _state(tmp_path / "r", mortal) == AccountState(100, 0, 30, 0)


def test_closed_goes_on_with_what_is_leased_and_no_further(mortal: RedisServer, tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        await _take(ledgers[0], 1)
        mortal.stop()
        assert isinstance(ledgers[0].try_reserve([Want(ACCOUNT, 100, 100)]), Reservation)
        with pytest.raises(OverloadedError, match=r"store of limits, .* cannot be used"):
            await ledgers[0].reserve([Want(ACCOUNT, 1_000, 1_000)])
        await asyncio.to_thread(mortal.start)
        await _is_back(ledgers[0])
        await _take(ledgers[0], 1_000)

    _run([tmp_path / "a"], mortal, work)


def test_open_lets_pass_and_charges_it_when_the_store_is_back(mortal: RedisServer, tmp_path: Path) -> None:
    async def work(ledgers: list[Ledger]) -> None:
        ledger = ledgers[0]
        ledger.settle(await _take(ledger, 9_000), [9_000])
        mortal.stop()
        held = [await _take(ledger, 1, 700) for _ in range(4)]
        assert [each.amounts for each in held] == [[700]] * 4
        assert ledger.passed == 4
        for each in held:
            ledger.settle(each, [600])
        await asyncio.to_thread(mortal.start)
        await _is_back(ledgers[0])
        refused = await ledger.reserve([Want(ACCOUNT, 1, 1)])
        assert isinstance(refused, Refusal), "it is counted again, and used up"

    _run([tmp_path / "a"], mortal, work, lets_pass=True)
    state = _state(tmp_path / "r", mortal)
    assert (state.charged, state.leased) == (9_000 + 4 * 600, 0)
    assert state.charged <= 10_000 + state.overrun
