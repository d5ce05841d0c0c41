"""Whoever is killed when: his successor charges what was spent and reserved, and frees the rest."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period, Want
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME, Recovered, open_ledger
from evenkeel.store.system import SystemClock

ACCOUNT = Account(Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 10_000), "blue", 0, NEVER_US)

#: Spends until it is refused, each use noted before the ledger hears of it, as a provider would.
WORKER = textwrap.dedent(
    """
    import asyncio, os, random, sys
    from pathlib import Path
    from evenkeel.gateway.limits.ledger import Reservation
    from evenkeel.gateway.limits.model import *
    from evenkeel.gateway.limits.periods import NEVER_US
    from evenkeel.gateway.limits.recovery import open_ledger
    from evenkeel.store.system import SystemClock

    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    account = Account(Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 10_000), "blue", 0, NEVER_US)
    bill = os.open(folder / "bill", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def spend(ledger):
        while True:
            held = await ledger.reserve([Want(account, 1, random.randint(1, 20))])
            if not isinstance(held, Reservation):
                return
            actual = random.randint(1, held.amounts[0])
            os.write(bill, b"%d\\n" % actual)
            await asyncio.sleep(random.random() * 0.02)
            ledger.settle(held, [actual])

    async def main():
        ledger, _ = open_ledger(folder, number, SystemClock(), b"b" * 16)
        tending = asyncio.create_task(ledger.tend())
        await asyncio.gather(*(spend(ledger) for _ in range(16)))
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await ledger.close()

    asyncio.run(main())
    """
)


def test_four_processes_that_are_killed_at_random_spend_no_more_than_the_cap_and_nearly_all_of_it(
    tmp_path: Path,
) -> None:
    def begin(number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path), str(number)])

    chance = random.Random(7)
    workers = [begin(number) for number in range(4)]
    for _ in range(6):
        number = chance.randrange(4)
        try:
            workers[number].wait(0.3 + chance.random() * 0.3)
        except subprocess.TimeoutExpired:
            workers[number].send_signal(signal.SIGKILL)
            workers[number].wait()
        workers[number] = begin(number)
    assert [worker.wait(60) for worker in workers] == [0] * 4
    spent = sum(map(int, (tmp_path / "bill").read_text().split()))
    accounts = Accounts.open(tmp_path / ACCOUNTS_NAME)
    state = accounts.state(ACCOUNT)
    accounts.close()
    assert state is not None
    assert spent <= state.charged <= 10_000
    assert state.leased == state.overrun == 0
    assert state.charged >= 9_500
    assert state.charged - spent <= state.unsettled


def _child(folder: Path, script: str) -> None:
    """Run a script with a ledger, then die without a word."""
    pid = os.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", textwrap.dedent(script), str(folder)])
    os.waitpid(pid, 0)


HELD = """
    import asyncio, os, sys
    from pathlib import Path
    from evenkeel.gateway.limits.model import *
    from evenkeel.gateway.limits.periods import NEVER_US
    from evenkeel.gateway.limits.recovery import open_ledger
    from evenkeel.store.system import SystemClock
    account = Account(Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 10_000), "blue", 0, NEVER_US)

    async def main():
        ledger, _ = open_ledger(Path(sys.argv[1]), 0, SystemClock(), b"b" * 16)
        ledger.settle(await ledger.reserve([Want(account, 100, 100)]), [60])
        await ledger.reserve([Want(account, 30, 30)])
        os._exit(9)

    asyncio.run(main())
"""


def _recovered(folder: Path, boot: bytes, worker: int = 0) -> Recovered:
    async def main() -> Recovered:
        ledger, recovered = open_ledger(folder, worker, SystemClock(), boot)
        state = ledger._accounts.state(ACCOUNT)
        assert state is not None
        assert state.leased == 0
        if state.unsettled == 30:
            assert await ledger.reconcile(ACCOUNT, 1_000) == 30
            found = await ledger.reserve([Want(ACCOUNT, 9_940, 10_000)])
            assert found.amounts == [9_940]  # type: ignore[union-attr]
            ledger.cancel(found)  # type: ignore[arg-type]
        await ledger.close()
        return recovered

    return asyncio.run(main())


def test_what_was_reserved_is_charged_until_a_person_reconciles_it(tmp_path: Path) -> None:
    _child(tmp_path, HELD)
    assert _recovered(tmp_path, b"b" * 16) == Recovered(accounts=1, charged=90, unsettled=30, freed=66)
    assert _recovered(tmp_path, b"b" * 16) == Recovered()


def test_after_another_boot_all_that_was_leased_is_charged(tmp_path: Path) -> None:
    _child(tmp_path, HELD)
    assert _recovered(tmp_path, b"c" * 16) == Recovered(accounts=1, charged=156, unsettled=156, freed=0)


def test_a_worker_that_never_comes_back_is_recovered_by_another(tmp_path: Path) -> None:
    _child(tmp_path, HELD)
    assert _recovered(tmp_path, b"b" * 16, worker=3) == Recovered(), "its own"
