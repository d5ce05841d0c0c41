"""What is used of limits, and what is taken back of it where it was not used in truth (SPEC GW-4)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from evenkeel.gateway.commands.rules import REASON_MAX, find_limit
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.book import AccountBook
from evenkeel.gateway.limits.looking import Uses, look_at_shared, look_at_uses
from evenkeel.gateway.limits.model import Account, AccountState, Holder
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.gateway.limits.table import EVERYONE, LimitTable
from evenkeel.kernel.errors import ConflictError, EvenkeelError, InvalidInputError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.org.access.keys import Keys
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail


@dataclass(frozen=True, slots=True)
class AccountsDependencies:
    """What the accounts stand on."""

    folder: Path  # of the accounts of this machine, and of what it knows of a store that machines share
    gateway: Gateway
    keys: Keys
    records: Records
    clock: Clock
    timezone: Callable[[], str]
    ids: Ids
    store: Callable[[], SharedSettings | None]  # that machines share; None: each keeps its own accounts


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was taken back, and how the account stands."""

    account: Account
    taken: int
    state: AccountState


@dataclass(frozen=True, slots=True)
class StoreLoss:
    """How the store of limits stands that machines share."""

    address: str  # without its password
    lets_pass: bool  # while it cannot be used
    lost_at_us: int  # periods that had begun by then are not known; 0: nothing was lost
    trouble: str = ""  # why it cannot be reached


class LimitAccounts:
    """The accounts of limits as control sees them: read beside the workers, changed only by a person with a reason."""

    def __init__(self, given: AccountsDependencies) -> None:
        self._given = given

    def uses(self) -> Uses:
        """How every account stands in its period that is now."""
        given = self._given
        limits = tuple(given.gateway.effective.limits.values())
        table, now_us = LimitTable(limits, given.timezone()), given.clock.now_us()
        settings = given.store()
        if settings is None:
            return look_at_uses(given.folder / ACCOUNTS_NAME, table, self._holders(), now_us)
        with self._shared(settings) as shared:
            return look_at_shared(shared.states, table, self._holders(), now_us)

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
        with self._book(nothing) as accounts:
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
        return Reconciled(account, taken, after)

    def loss(self) -> StoreLoss | None:
        """How the store stands that machines share; None where each keeps its own accounts."""
        settings = self._given.store()
        if settings is None:
            return None
        with self._shared(settings) as shared:
            try:
                shared.states([])
            except EvenkeelError as error:
                return StoreLoss(str(settings.address), settings.lets_pass, 0, str(error))
            return StoreLoss(str(settings.address), settings.lets_pass, shared.lost_at_us)

    def accept_loss(self, *, actor: str, reason: str) -> StoreLoss:
        """Count on from what the store knows, though it has lost what was used of periods that had begun.

        What was lost can be used again, once. Raises InvalidInputError, ConflictError where nothing was lost, and
        OverloadedError where the store cannot be reached.
        """
        given, why, settings = self._given, reason.strip(), self._given.store()
        if not 1 <= len(why) <= REASON_MAX:
            raise InvalidInputError(f"A reason has 1 to {REASON_MAX} characters, not {len(why)}.")
        if settings is None:
            raise ConflictError("No store is shared here.", hint="`gateway: {store: …}` in the configuration.")
        with self._shared(settings) as shared, given.records.transaction() as connection:
            lost_at_us = shared.accept_loss()
            if not lost_at_us:
                raise ConflictError("The store has lost nothing.", hint="There is nothing to accept.")
            stands = {"before": {"lost_at_us": lost_at_us}, "after": {"lost_at_us": 0}}
            target = f"store:{settings.address}"
            trail.record(
                connection,
                trail.Change(actor, "gateway.accept_loss", target, **stands, reason=why),
                given.clock.now_us(),
            )
        return StoreLoss(str(settings.address), settings.lets_pass, 0)

    @contextmanager
    def _book(self, nothing: str) -> Generator[AccountBook]:
        """Where accounts are kept. Raises ConflictError where no worker has counted yet."""
        path, settings = self._given.folder / ACCOUNTS_NAME, self._given.store()
        if settings is not None:
            with self._shared(settings) as shared:
                yield shared
            return
        if not path.exists():
            raise ConflictError(nothing, hint="No worker has counted here yet.")
        with closing(Accounts.open(path)) as accounts:
            yield accounts

    @contextmanager
    def _shared(self, settings: SharedSettings) -> Generator[SharedAccounts]:
        given = self._given
        machine = Machine(given.folder / "shared", given.clock, given.ids)
        machine.folder.mkdir(parents=True, exist_ok=True)
        with closing(SharedAccounts(settings, "control", machine)) as shared:
            yield shared

    def _holders(self) -> Mapping[Holder, set[str]]:
        """Names that accounts may have; those of users are kept in the accounts only."""
        keys = self._given.keys.list()
        routes = self._given.gateway.effective.routes.values()
        return {
            Holder.KEY: {key.id for key in keys},
            Holder.TEAM: {key.team for key in keys if key.team},
            Holder.SERVICE: {route.service for route in routes},
        }
