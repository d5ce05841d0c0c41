"""One worker's lease out of one account: whole numbers in memory, and the same in its lease file.

leased - (used - charged) = free. What is settled stays part of the lease until the account has charged it.
"""

from __future__ import annotations

from typing import Final

from evenkeel.gateway.limits.changing import Answer, Change
from evenkeel.gateway.limits.lease_file import OVERRUN, SETTLED, USED, LeaseFile
from evenkeel.gateway.limits.model import Account
from evenkeel.kernel.errors import EvenkeelError

#: A use that nobody can have had; keeps all sums within 64 bits.
ACTUAL_MAX: Final = 10**15
#: Below this share of the last chunk, the next one is fetched before anyone has to wait for it.
_LOW_SHARE: Final = 4


class Lease:
    """What a worker holds of an account. All but `answered` and `prepare` is on the path of every request."""

    __slots__ = (
        "account", "at", "charged", "checked_at_s", "failure", "file", "free", "is_low", "is_over", "is_unsure",
        "leased", "low", "name", "open", "others", "overrun", "recent", "settled", "taken", "turn", "used", "waiting",
        "wanted", "words",
    )  # fmt: skip

    def __init__(self, account: Account, name: bytes, file: LeaseFile) -> None:
        """A lease of nothing yet. Raises OverloadedError when the file has no room."""
        self.account = account
        self.name = name
        self.file = file
        self.words = file.words
        self.at = file.add(name)  # before anything is leased: a lease without an entry is charged whole
        self.leased = self.used = self.settled = self.overrun = self.free = 0
        self.turn = 0
        self.charged = 0  # of the account, as it was when last looked at
        self.others = 0  # leased by other workers, then
        self.checked_at_s = float("-inf")
        self.failure: EvenkeelError | None = None  # why nothing can be leased
        self.waiting = 0  # requests that wait for more of it: nobody else takes what they wait for
        self.wanted = 0  # by the last that had to wait
        self.low = 0
        self.is_low = False  # the next chunk is being fetched
        self.open = 0  # reservations
        self.is_over = False  # the entry was given up
        self.is_unsure = False  # a change failed: it may have been done or not
        self.taken = self.recent = 0  # since the last look at what is needed, and between the two before

    @property
    def reserved(self) -> int:
        """Taken by requests that are not settled yet."""
        return self.used - self.settled

    def take(self, amount: int) -> None:
        """Reserve `amount`, which is free."""
        self.open += 1
        self.grow(amount)

    def grow(self, amount: int) -> None:
        """Add `amount`, which is free, to a reservation."""
        self.free -= amount
        self.used += amount
        self.taken += amount
        self.words[self.at + USED] = self.used

    def take_uncovered(self, amount: int) -> None:
        """Reserve `amount` while nothing can be leased: what is not free is beyond every lease, and said to be."""
        short = amount - max(0, self.free)
        if short > 0:
            self.overrun += short
            self.words[self.at + OVERRUN] = self.overrun
        self.take(amount)

    def untake(self, amount: int) -> None:
        """Undo `take`: nothing was used."""
        self.used -= amount
        self.words[self.at + USED] = self.used
        self.free += amount
        self.open -= 1
        self.taken = max(0, self.taken - amount)

    def settle(self, reserved: int, actual: int) -> None:
        """Of what was reserved, `actual` was used."""
        self.open -= 1
        over = actual - reserved
        words, at = self.words, self.at
        if over > 0:
            self.overrun += over
            words[at + OVERRUN] = self.overrun
        if over:
            self.used += over
            words[at + USED] = self.used
            self.free -= over
        self.settled += actual
        words[at + SETTLED] = self.settled

    def prepare(self, *, back: int = 0, least: int = 0, most: int = 0, ahead: int = 0) -> Change:
        """The change that tells the account of all that was settled, and asks for more or gives back."""
        assert not self.is_over
        base, base_overrun = self.file.read_mark(self.at, self.turn)
        settled, overrun = self.settled - base, self.overrun - base_overrun
        turns = bool(settled or overrun)
        if turns:
            self.file.write_mark(self.at, 1 - self.turn, self.settled, self.overrun)
        back = max(0, min(back, self.free))
        self.leased -= back
        self.free -= back
        # What is reserved beyond the lease, because another request used more than it had reserved.
        cover = max(0, self.reserved - max(0, self.leased - settled))
        return Change(self.account, self.name, settled, overrun, turns, back, cover, least, most, ahead)

    def answered(self, change: Change, answer: Answer | EvenkeelError, now_s: float) -> None:
        """Take in how the account stands after a change."""
        self.is_unsure = False
        if isinstance(answer, EvenkeelError):
            self.failure = answer
            return
        self.failure = None
        self.checked_at_s = now_s
        base, _ = self.file.read_mark(self.at, answer.turn)
        self.turn = answer.turn
        self.leased = answer.leased
        self.free = answer.leased - (self.used - base)
        self.charged, self.others = answer.charged, answer.others
        if answer.granted:
            # Near the cap, where no more is given than was asked for, nothing is fetched ahead.
            self.low = answer.granted // _LOW_SHARE if answer.granted > 2 * max(change.most, change.ahead) else 0

    def release(self) -> bool:
        """Give up the entry if there is nothing in it any more; whether it was."""
        if self.is_over or self.waiting or self.open or self.leased or self.is_unsure or self.is_low:
            return False
        base, base_overrun = self.file.read_mark(self.at, self.turn)
        if self.used != base or self.settled != base or self.overrun != base_overrun:
            return False
        self.file.remove(self.at)
        self.is_over = True
        return True
