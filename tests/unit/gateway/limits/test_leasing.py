"""Those who wait are served together, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

from evenkeel.gateway.limits.ledger import Reservation
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period, Want
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.recovery import open_ledger
from evenkeel.store.system import SystemClock

ACCOUNT = Account(Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 100), "blue", 0, NEVER_US)


def test_many_at_once_get_exactly_what_there_is(tmp_path: Path) -> None:
    async def main() -> None:
        ledger, _ = open_ledger(tmp_path, 0, SystemClock(), b"b" * 16)
        found = await asyncio.gather(*(ledger.reserve([Want(ACCOUNT, 7, 7)]) for _ in range(40)))
        assert sum(isinstance(each, Reservation) for each in found) == 14
        await ledger.close()

    asyncio.run(main())
