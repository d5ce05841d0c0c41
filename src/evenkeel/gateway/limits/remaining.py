"""What is left of accounts, as one worker knows it: what others have leased counts as used.

So it is never more than what is left in truth, and less by what others hold and do not need (up to a 64th of what is
free each, `changing`), until they give it back. Where nothing is leased, or not looked at lately, the account is read:
at most once in a while, whatever it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import Final

from evenkeel.gateway.limits.book import AccountBook
from evenkeel.gateway.limits.lease import Lease
from evenkeel.gateway.limits.model import Account
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.ports import Clock

#: For how long it is believed how an account stood. Leases in use tell their accounts every second (`ledger`).
KNOWN_FOR_S: Final = 2.0
#: Accounts whose reading is remembered. Beyond it the memory begins anew.
_REMEMBERED_MAX: Final = 4_096
#: What tells an account within a ledger: limit, holder, first moment.
Key = tuple[str, str, int]


class Remaining:
    """Tells what is left. To be used on the ledger's event loop."""

    def __init__(self, leases: Mapping[Key, Lease], accounts: AccountBook, clock: Clock, thread: Executor) -> None:
        self._leases = leases
        self._accounts = accounts
        self._clock = clock
        self._thread = thread
        self._read: dict[Key, tuple[float, int | None]] = {}  # (when, what others have used or leased)

    async def least_ratio(self, accounts: Iterable[Account]) -> float | None:
        """What is left of the account of which least is, 0 to 1; None without accounts, or where one is not known."""
        least: float | None = None
        for account in accounts:
            ratio = await self._ratio(account)
            if ratio is None:
                return None
            least = ratio if least is None else min(least, ratio)
        return least

    async def _ratio(self, account: Account) -> float | None:
        key = (account.limit.id, account.holder, account.from_us)
        lease, now_s = self._leases.get(key), self._clock.monotonic_s()
        if lease is not None and now_s - lease.checked_at_s < KNOWN_FOR_S:
            used = lease.charged + lease.others + lease.leased - lease.free
        else:
            taken = await self._taken(key, account, now_s)
            if taken is None:
                return None
            used = taken if lease is None else taken - max(0, lease.free)
        amount = account.limit.amount
        return max(0, amount - used) / amount if amount else 0.0

    async def _taken(self, key: Key, account: Account, now_s: float) -> int | None:
        """What is charged or leased, by anybody; None where that cannot be read."""
        known = self._read.get(key)
        if known is not None and now_s - known[0] < KNOWN_FOR_S:
            return known[1]
        try:
            state = await asyncio.get_running_loop().run_in_executor(self._thread, self._accounts.state, account)
            taken = 0 if state is None else state.charged + state.leased
        except (OSError, EvenkeelError):
            taken = None  # whoever reserves out of it says what is wrong
        if len(self._read) >= _REMEMBERED_MAX:
            self._read.clear()
        self._read[key] = (now_s, taken)
        return taken
