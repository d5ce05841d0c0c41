"""A person's rights (SPEC OBS-7): erasing what tells who it was, and changing the key behind pseudonyms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenkeel.app.stores import Stores
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms, rotate_key
from evenkeel.store.trail import trail

#: Longer than any user id we have met; the door cuts nothing shorter.
IDENTITY_MAX = 512


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an erasure. It names nobody: the pseudonyms are keyed hashes that no event carries any more."""

    id: str
    erased_at: str
    events: int  # that were stored and are anonymous now
    pseudonyms: tuple[str, ...]
    reason: str


def erase_person(
    stores: Stores, identity: str, *, actor: str, reason: str, forget: Callable[[Sequence[int]], None]
) -> Receipt:
    """Take out of every event of a person what tells who it was; the same again when events come late.

    The events stay as anonymous numbers, so that no published figure changes. `identity` is the user id as
    services send it; it is neither stored nor logged. `forget` makes the gateway's workers give up the answers
    that they may keep for it. Raises InvalidInputError when the id is empty.
    """
    identity = identity.strip()
    if not 1 <= len(identity) <= IDENTITY_MAX:
        raise InvalidInputError(
            f"A user id has 1 to {IDENTITY_MAX} characters, not {len(identity)}.",
            hint="Give it exactly as services send it.",
        )
    now_us = stores.clock.now_us()
    callers = open_pseudonyms(stores.home.secrets, now_us).all_of(identity)
    events = sum(stores.telemetry.erase_caller(caller, now_us=now_us) for caller in callers)
    _forget_in_limits(stores, callers)
    forget(callers)
    receipt = Receipt(
        id=stores.ids.new_id(),
        erased_at=isoformat(now_us),
        events=events,
        pseudonyms=tuple(f"{caller:016x}" for caller in callers),
        reason=reason.strip()[:500],
    )
    with stores.records.transaction() as connection:
        # Without the pseudonyms: the trail cannot forget, and needs none to prove that it was done.
        change = trail.Change(actor, "person.erase", receipt.id, after={"events": events}, reason=receipt.reason)
        trail.record(connection, change, now_us)
    return receipt


def _forget_in_limits(stores: Stores, callers: Sequence[int]) -> None:
    """What they used stays counted; only whose it was is not told any more."""
    path = stores.home.limits / ACCOUNTS_NAME
    if not path.exists():
        return
    accounts = Accounts.open(path)
    try:
        for caller in callers:
            accounts.forget(f"{caller:016x}")
    finally:
        accounts.close()


def rotate_pseudonym_key(stores: Stores, *, actor: str, reason: str) -> str:
    """Use a fresh key for pseudonyms; answers from when. Workers take it up when they start."""
    now_us = stores.clock.now_us()
    open_pseudonyms(stores.home.secrets, now_us)  # there must be a first one to be followed
    rotate_key(stores.home.secrets, now_us)
    with stores.records.transaction() as connection:
        change = trail.Change(actor, "pseudonyms.rotate", "pseudonym key", reason=reason.strip()[:500])
        trail.record(connection, change, now_us)
    return isoformat(now_us)
