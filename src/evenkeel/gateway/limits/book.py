"""Where accounts are kept: in a file of the machine, or in a store that machines share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from evenkeel.gateway.limits.changing import Answer, Change
from evenkeel.gateway.limits.model import Account, AccountState
from evenkeel.kernel.errors import EvenkeelError


class AccountBook(Protocol):
    """All accounts. Its methods block, for a sync or an answer of the network; a worker calls them in a thread."""

    @property
    def look_every_s(self) -> float:
        """How often a worker may look whether another is short of something."""
        ...

    @property
    def calls_at_hand(self) -> bool:
        """Whether `calls` is answered out of the memory of this machine: it needs no thread."""
        ...

    @property
    def lets_pass(self) -> bool:
        """Whether requests pass uncounted while it cannot be used; they are counted when it can."""
        ...

    def apply(
        self, worker: int, changes: Sequence[Change], now_us: int, *, syncs: bool = False
    ) -> list[Answer | EvenkeelError]:
        """Do `changes` in order; the answers, when all that was leased outlives a crash of the worker.

        Raises OSError and OverloadedError; then some changes may have been done and others not, none by half.
        """
        ...

    def calls(self) -> int:
        """A number that grows whenever a worker is short of something that others may have leased."""
        ...

    def wanted(self, names: Iterable[bytes], now_us: int) -> list[bytes]:
        """Which of these accounts a worker is short of now."""
        ...

    def reconcile(self, account: Account, amount: int) -> int:
        """Take back up to `amount` of what was charged for dead workers and was not used in truth; what was taken."""
        ...

    def state(self, account: Account) -> AccountState | None:
        """How an account stands; None when nobody used it. Raises CorruptDataError."""
        ...

    def close(self) -> None:
        """Release it."""
        ...
