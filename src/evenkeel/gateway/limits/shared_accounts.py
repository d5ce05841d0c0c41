"""The accounts of several machines, in a Redis or Valkey that they share (SPEC GW-4, ADR 0007).

A record is read, changed here by the same rules as in a machine's own file, and written if nobody else wrote it
meanwhile; else it is changed anew. Who has leases is a lessee: one life of one worker. It says regularly that it lives;
when it was not heard of for its life's time, all that it had leased is charged. It may still use that, since it is
charged, and when it is heard of again its leases are leases again.

The store may come to know less than it was told: it was emptied, replaced, or restarted from an older copy. Then of
accounts whose periods had begun nobody knows what was used, and nothing is leased out of them (`when_lost: closed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from evenkeel.gateway.limits import changing
from evenkeel.gateway.limits.changing import WANTED_US, Answer, Change, Recovered, Used, grace_us
from evenkeel.gateway.limits.model import Account, AccountState
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.shared_link import Link, Machine, SharedSettings
from evenkeel.gateway.limits.shared_record import TOKEN_SIZE, SharedRecord, fresh, unpack
from evenkeel.gateway.limits.shared_scripts import account_key
from evenkeel.kernel.errors import CorruptDataError, EvenkeelError, OverloadedError
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.resp import Part

#: A look is an answer of the network, for all workers of all machines.
_LOOK_EVERY_S: Final = 0.04
#: A record that so many others wrote in between is given up for now.
_TRIES_MAX: Final = 256
_AT_A_TIME: Final = 64
_READ_AT_ONCE: Final = 500
#: Records that are remembered as they were written last: who writes next need not read them.
_SEEN_MAX: Final = 4_096
#: What is known of a lessee that lapsed, until its machine must have found what it used: longer than any month.
_KEEP_S: Final = 40 * 86_400.0


@dataclass(frozen=True, slots=True)
class _Draft:
    """A record as it is to be written."""

    record: SharedRecord
    is_held: bool | None  # by us, afterwards; None: as it was
    calls: bool = False
    over_in_ms: int | None = None  # None: as it was


_Make = Callable[[int, SharedRecord | None], _Draft | None]


class SharedAccounts:
    """All accounts of all machines, as one lessee has them. Its methods block, for an answer of the network."""

    def __init__(
        self, settings: SharedSettings,
        lessee: str,
        machine: Machine, *,
        joined: Callable[[SharedAccounts], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.lessee = lessee
        self.lets_pass = settings.lets_pass
        self.look_every_s = _LOOK_EVERY_S
        self.calls_at_hand = False
        self._link = Link(settings, lessee, machine, joined=self._join)
        self._joined = joined
        self._ids = machine.ids
        self._seen: dict[str, bytes] = {}

    def close(self) -> None:
        """Leave the store. What is leased still is recovered by who comes next on this machine."""
        self._link.close()

    def state(self, account: Account) -> AccountState | None:
        """How an account stands; None when nobody used it. Raises CorruptDataError and OverloadedError."""
        with self._link.asking():
            (data,) = self._link.read([account_key(name_of(account))])
        return unpack(data).state if data else None

    def states(self, accounts: Sequence[Account]) -> list[AccountState | None]:
        """How accounts stand, in their order; None where one is damaged. Raises OverloadedError."""
        found: list[AccountState | None] = []
        with self._link.asking():
            for first in range(0, len(accounts), _READ_AT_ONCE):
                keys = [account_key(name_of(account)) for account in accounts[first : first + _READ_AT_ONCE]]
                found += map(_state_in, self._link.read(keys))
        return found

    @property
    def lost_at_us(self) -> int:
        """Periods that had begun by then are not known; 0: nothing was lost. As of the last answer of the store."""
        return self._link.lost_at_us

    def accept_loss(self) -> int:
        """Count on from what the store knows, though it has lost something; when that was, 0 where nothing was."""
        with self._link.asking():
            lost_at_us = self._link.lost_at_us
            if lost_at_us:
                self._link.forgive()
        return lost_at_us

    def calls(self) -> int:
        """A number that grows whenever a worker is short; on the way it is seen who was not heard of for too long."""
        with self._link.asking():
            looked = self._link.look()
            for lessee in looked.over:
                self._lapse(lessee)
        return looked.calls

    def wanted(self, names: Iterable[bytes], now_us: int) -> list[bytes]:
        """Which of these accounts a worker is short of now."""
        asked = list(names)
        with self._link.asking():
            found = self._link.read([account_key(name) for name in asked])
        now_us += self._link.ahead_us
        wanted: list[bytes] = []
        for name, data in zip(asked, found, strict=True):
            try:
                until_us = unpack(data).wanted_until_us if data else 0
            except CorruptDataError:
                continue
            if now_us < until_us <= now_us + 2 * WANTED_US:  # the clocks agree within the way to the store
                wanted.append(name)
        return wanted

    def apply(
        self,
        worker: int,  # noqa: ARG002 a lessee is one already
        changes: Sequence[Change],
        now_us: int,
        *,
        syncs: bool = False,  # noqa: ARG002
    ) -> list[Answer | EvenkeelError]:
        """Do `changes` in order; the answers. Raises OverloadedError when the store is lost: see `book`."""
        answers: dict[int, Answer | EvenkeelError] = {}

        def make(index: int, record: SharedRecord | None) -> _Draft | None:
            change = changes[index]
            account = change.account
            if self._is_unknown(account) and (change.most or change.ahead):
                answers[index] = self._unknown_error()
                return None
            record = record or fresh(account)
            record.amount = account.limit.amount
            record.restore(self.lessee)
            try:
                answer = changing.apply(record, self.lessee, change, now_us + self._link.ahead_us)
            except OverloadedError as error:
                answers[index] = error
                return None
            answers[index] = answer
            is_short = answer.granted < change.least and answer.others > 0
            return _Draft(record, answer.leased > 0, is_short, _over_in_ms(account, record, now_us))

        with self._link.asking():
            damaged = self._write([account_key(change.name) for change in changes], make)
        return [damaged.get(index) or answers[index] for index in range(len(changes))]

    def reconcile(self, account: Account, amount: int) -> int:
        """Take back up to `amount` of what was charged for dead workers and was not used in truth; what was taken."""
        taken = 0

        def make(_: int, record: SharedRecord | None) -> _Draft | None:
            nonlocal taken
            taken = 0 if record is None else changing.reconcile(record, amount)
            return None if record is None or not taken else _Draft(record, None)

        with self._link.asking():
            self._write([account_key(name_of(account))], make, is_read=False)
        return taken

    def recover(self, lessee: str, used: Mapping[bytes, Used], mark: Callable[[bytes, int], None]) -> Recovered:
        """Charge what a dead lessee of this machine had spent and reserved, and free the rest of its leases.

        `mark` as in `Accounts.recover`. An account that `used` does not name is charged its whole lease.
        """
        known = {account_key(name): (name, each) for name, each in used.items()}
        keys = sorted({*known, *self._link.held(lessee)})
        found: dict[int, Recovered] = {}

        def make(index: int, record: SharedRecord | None) -> _Draft | None:
            if record is None:
                return None
            record.restore(lessee)
            name, each = known.get(keys[index], (b"", None))
            is_there = record.lease(lessee) or record.turn(lessee)
            found[index] = changing.recover(record, lessee, each, partial(mark, name))
            record.forget(lessee)
            return _Draft(record, None) if is_there or found[index].accounts else None

        self._write(keys, make, is_read=False)
        self._link.bury(lessee, is_dead=True, keep_s=0.0)
        total = Recovered()
        for each in found.values():
            total = total.and_(each)
        return total

    def _join(self) -> None:
        self._seen.clear()
        self._joined(self)

    def _lapse(self, lessee: str) -> None:
        def make(_: int, record: SharedRecord | None) -> _Draft | None:
            return _Draft(record, None) if record is not None and record.lapse(lessee) else None

        self._write(self._link.held(lessee), make, is_read=False)
        self._link.bury(lessee, is_dead=False, keep_s=_KEEP_S)

    def _is_unknown(self, account: Account) -> bool:
        return not self.lets_pass and account.from_us < self._link.lost_at_us

    def _unknown_error(self) -> OverloadedError:
        fact = f"The store of limits, {self._link.settings.address}, has lost what was used of this period."
        return OverloadedError(
            fact, retry_after_s=60, hint="Nothing passes until the next period, or until it is told to."
        )

    def _write(self, keys: Sequence[str], make: _Make, *, is_read: bool = True) -> dict[int, EvenkeelError]:
        """Change records until all are written as `make` made them of what they are; those that are damaged.

        What was read before is used only where `make` makes a draft of every record: what is not written is not
        found out to be old.
        """
        if not is_read:
            for key in keys:
                self._seen.pop(key, None)
        damaged: dict[int, EvenkeelError] = {}
        left = list(range(len(keys)))
        for _ in range(_TRIES_MAX * (1 + len(keys) // _AT_A_TIME)):
            if not left:
                return damaged
            taken: dict[str, int] = {}  # each key once: the second change of an account is made of the first
            for index in left:
                if len(taken) < _AT_A_TIME:
                    taken.setdefault(keys[index], index)
            done = self._write_once(taken, make, damaged)
            left = [index for index in left if index not in done]
        raise OverloadedError("Too many workers change one account.", retry_after_s=1, hint="Send it again.")

    def _write_once(self, taken: Mapping[str, int], make: _Make, damaged: dict[int, EvenkeelError]) -> set[int]:
        unread = [key for key in taken if key not in self._seen]
        if len(self._seen) + len(unread) > _SEEN_MAX:
            self._seen.clear()
            unread = list(taken)
        self._seen.update(zip(unread, self._link.read(unread), strict=True))
        done: set[int] = set()
        drafts: dict[str, bytes] = {}
        arguments: list[Part] = []
        for key, index in taken.items():
            data = self._seen[key]
            try:
                draft = make(index, unpack(data) if data else None)
            except CorruptDataError as error:
                damaged[index] = error
                self._seen.pop(key)
                draft = None
            if draft is None:
                done.add(index)
                continue
            drafts[key] = draft.record.pack(bytes.fromhex(self._ids.new_id()))
            held = "" if draft.is_held is None else int(draft.is_held)
            over = "" if draft.over_in_ms is None else draft.over_in_ms
            arguments += [data[:TOKEN_SIZE], drafts[key], held, int(draft.calls), over]
        if drafts:
            try:
                replies = self._link.write(list(drafts), arguments)
            except BaseException:
                for key in drafts:
                    self._seen.pop(key, None)
                raise
            for (key, data), reply in zip(drafts.items(), replies, strict=True):
                if reply == 1:
                    self._seen[key] = data
                    done.add(taken[key])
                else:
                    assert isinstance(reply, bytes)
                    self._seen[key] = reply
        return done


def _state_in(data: bytes) -> AccountState | None:
    try:
        return unpack(data).state if data else AccountState(0, 0, 0, 0)
    except CorruptDataError:
        return None


def _over_in_ms(account: Account, record: SharedRecord, now_us: int) -> int:
    grace = max(grace_us(account), US_PER_DAY) if record.leases else grace_us(account)
    return max(0, account.until_us + grace - now_us) // 1_000
