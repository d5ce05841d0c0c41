"""What is used of limits, and what is taken back of it where it was not used in truth (SPEC GW-4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from evenkeel.gateway.commands.rules import REASON_MAX, find_limit
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.looking import Uses, look_at_uses
from evenkeel.gateway.limits.model import Account, AccountState, Holder
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.table import EVERYONE, LimitTable
from evenkeel.kernel.errors import ConflictError, InvalidInputError
from evenkeel.kernel.ports import Clock
from evenkeel.org.access.keys import Keys
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail


@dataclass(frozen=True, slots=True)
class AccountsDependencies:
    """What the accounts stand on."""

    path: Path  # of the accounts of this machine
    gateway: Gateway
    keys: Keys
    records: Records
    clock: Clock
    timezone: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was taken back, and how the account stands."""

    account: Account
    taken: int
    state: AccountState


class LimitAccounts:
    """The accounts of limits as control sees them: read beside the workers, changed only by a person with a reason."""

    def __init__(self, given: AccountsDependencies) -> None:
        self._given = given

    def uses(self) -> Uses:
        """How every account stands in its period that is now."""
        given = self._given
        limits = tuple(given.gateway.effective.limits.values())
        table = LimitTable(limits, given.timezone())
        return look_at_uses(given.path, table, self._holders(), given.clock.now_us())

    def key_names(self) -> Mapping[str, str]:
        """What keys are called, by id."""
        return {key.id: key.name for key in self._given.keys.list()}

    def reconcile(self, limit_id: str, holder: str, amount: int, *, actor: str, reason: str) -> Reconciled:
        """Take back up to `amount` of what was charged for workers that died, and was not used in truth.

        Nothing else can be taken back: what was settled was used. Raises NotFoundError, InvalidInputError, and
        ConflictError where there is nothing to take back.
        """
        given, why = self._given, reason.strip()
        limit = find_limit(given.gateway.effective, limit_id)
        if not 1 <= len(why) <= REASON_MAX:
            raise InvalidInputError(f"A reason has 1 to {REASON_MAX} characters, not {len(why)}.")
        if holder in ("", EVERYONE) or limit.name not in (EVERYONE, holder):
            whose = f"a {limit.holder.value}" if limit.name == EVERYONE else limit.name
            raise InvalidInputError(f"{holder[:100]!r} has no account of limit {limit_id}.", hint=f"Name {whose}.")
        if amount < 1:
            raise InvalidInputError(f"{amount} is nothing to take back.", hint="Write 1 or more.")
        account = account_of(limit, holder, given.clock.now_us(), given.timezone())
        nothing = f"Nothing of limit {limit_id} was charged to {holder[:100]!r} for a worker that died."
        if not given.path.exists():
            raise ConflictError(nothing, hint="No worker has counted here yet.")
        accounts = Accounts.open(given.path)
        try:
            before = accounts.state(account)
            if before is None or not before.unsettled:
                raise ConflictError(nothing, hint="What was settled was used, and is not taken back.")
            with given.records.transaction() as connection:
                taken = accounts.reconcile(account, amount)
                after = accounts.state(account) or before
                stands = {"before": asdict(before), "after": asdict(after) | {"taken": taken}}
                target = f"limit:{limit_id}/{holder}"
                change = trail.Change(actor, "gateway.reconcile", target, **stands, reason=why)
                trail.record(connection, change, given.clock.now_us())
        finally:
            accounts.close()
        return Reconciled(account, taken, after)

    def _holders(self) -> Mapping[Holder, set[str]]:
        """Names that accounts may have; those of users are kept in the accounts only."""
        keys = self._given.keys.list()
        routes = self._given.gateway.effective.routes.values()
        return {
            Holder.KEY: {key.id for key in keys},
            Holder.TEAM: {key.team for key in keys if key.team},
            Holder.SERVICE: {route.service for route in routes},
        }
