"""API keys: made, revoked, published to the doors. A secret is shown once and kept as a hash only."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.org.access.model import ApiKey, Scope
from evenkeel.org.access.records import api_keys, read_key
from evenkeel.store.lines import EncodedRows, publish_lines
from evenkeel.store.records.engine import Records
from evenkeel.store.tables import publish
from evenkeel.store.trail import trail

PREFIX: Final = "ek"
GATEWAY_TABLE: Final = "gateway_keys.json"
#: The environment of a key for the gateway that names none.
PRODUCTION: Final = "production"
#: Of the gateway's table, whose workers parse new lines only: a key that changes costs them this many rows or so.
_ROWS_PER_LINE: Final = 32
#: A secret that was replaced is to be gone some day.
GRACE_S_MAX: Final = 30 * US_PER_DAY // US_PER_SECOND
_NAME_MAX: Final = 200
_MODELS_MAX: Final = 100
#: What a rotation changes of a key, but the hashes: the trail holds nothing of a secret.
_ROTATED: Final = ("rotated_at_us", "previous_until_us")
#: What may be changed of a key that is in use; what it is for may not.
_CHANGEABLE: Final = ("name", "environments", "services", "team", "models", "expires_at_us")


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is asked to be."""

    name: str
    scope: Scope = Scope.INTAKE
    environments: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    expires_at_us: int | None = None
    team: str = ""
    models: tuple[str, ...] | None = None


class Keys:
    """The use cases around keys. Changes reach the doors within a second."""

    def __init__(self, records: Records, clock: Clock, ids: Ids, table: Path) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids
        self._table = table
        self._content_services: tuple[str, ...] = ()
        self._lent: tuple[Mapping[str, Any], ...] = ()
        self._virtual: EncodedRows | None = None  # the users' keys as they were published; None: not, or not well
        self._publishing = threading.Lock()

    def create(self, asked: NewKey, *, actor: str) -> tuple[ApiKey, str]:
        """(key, secret). The secret cannot be shown again. Raises InvalidInputError."""
        now_us = self._clock.now_us()
        _check(asked, now_us)
        key_id = self._ids.new_id()[-12:]
        secret = new_secret(key_id)
        values = {
            "id": key_id,
            "scope": asked.scope.value,
            **_values(asked),
            "created_by": actor,
            "created_at_us": now_us,
        }
        with self._records.transaction() as connection:
            connection.execute(insert(api_keys).values(**values, hash=hash_secret(secret)))
            row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().one()
            trail.record(connection, trail.Change(actor, "key.create", key_id, after=values), now_us)
        self.publish()
        return read_key(row), secret

    def revoke(self, key_id: str, *, actor: str, reason: str = "") -> None:
        """Make a key useless from now on, with all its secrets. Revoking it again changes nothing."""
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            row = _found(connection, key_id)
            if row["revoked_at_us"] is None:
                values = {"revoked_at_us": now_us, "previous_hash": None, "previous_until_us": None}
                connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(**values))
                before, after = {"name": row["name"], "revoked_at_us": None}, {"revoked_at_us": now_us}
                change = trail.Change(actor, "key.revoke", key_id, before, after, reason)
                trail.record(connection, change, now_us)
        self.publish()

    def rotate(self, key_id: str, *, actor: str, grace_s: int = 0, reason: str = "") -> tuple[ApiKey, str]:
        """(key, new secret). The old secret is dead at once, or after a grace; what was before it, at once.

        The key stays the same one: its scope, its limits with what was used of them, and where it is named. So
        nobody gets a fresh allowance by a fresh secret. Raises NotFoundError, InvalidInputError, ConflictError.
        """
        if not 0 <= grace_s <= GRACE_S_MAX:
            raise InvalidInputError(f"A grace of {grace_s} s is not from 0 to {GRACE_S_MAX} s.", hint="Write e.g. 1h.")
        now_us = self._clock.now_us()
        secret = new_secret(key_id)
        with self._records.transaction() as connection:
            row = _found(connection, key_id)
            if not read_key(row).is_active(now_us):
                raise ConflictError(f"Key {key_id} is revoked or has expired.", hint="Make a new one.")
            until_us = now_us + grace_s * US_PER_SECOND if grace_s else None
            values = {
                "hash": hash_secret(secret),
                "rotated_at_us": now_us,
                "previous_hash": row["hash"] if grace_s else None,
                "previous_until_us": until_us,
            }
            connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(**values))
            before, after = ({name: of[name] for name in _ROTATED} for of in (row, values))
            trail.record(connection, trail.Change(actor, "key.rotate", key_id, before, after, reason), now_us)
            row = _found(connection, key_id)
        self.publish()
        return read_key(row), secret

    def change(self, key_id: str, edit: Callable[[NewKey], NewKey], *, actor: str, reason: str = "") -> ApiKey:
        """Make a key mean what `edit` makes of it: name, where it may be used, team, models, its end. Secrets stay.

        Nothing changes, and nothing is written down, where `edit` changes nothing. Raises NotFoundError,
        InvalidInputError, ConflictError.
        """
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            row = _found(connection, key_id)
            key = read_key(row)
            if not key.is_active(now_us):
                raise ConflictError(f"Key {key_id} is revoked or has expired.", hint="Make a new one.")
            asked = edit(_asked(key))
            _check(asked, now_us)
            if asked.scope is not key.scope:
                raise InvalidInputError("What a key is for cannot be changed.", hint="Make a new one.")
            wanted = _values(asked)
            changed = [name for name in _CHANGEABLE if row[name] != wanted[name]]
            if changed:
                before, after = ({name: of[name] for name in changed} for of in (row, wanted))
                connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(**after))
                trail.record(connection, trail.Change(actor, "key.change", key_id, before, after, reason), now_us)
                row = _found(connection, key_id)
        if changed:
            self.publish()
        return read_key(row)

    def get(self, key_id: str) -> ApiKey:
        """The key of an id. Raises NotFoundError."""
        with self._records.transaction() as connection:
            return read_key(_found(connection, key_id))

    def list(self) -> Sequence[ApiKey]:
        """Every key there ever was, newest first."""
        with self._records.transaction() as connection:
            newest_first = (api_keys.c.created_at_us.desc(), api_keys.c.id)
            rows = connection.execute(select(api_keys).order_by(*newest_first)).mappings().all()
        return [read_key(row) for row in rows]

    def find(self, secret: str) -> ApiKey | None:
        """The active key of a secret."""
        now_us, wanted = self._clock.now_us(), hash_secret(secret)
        is_old = (api_keys.c.previous_hash == wanted) & (api_keys.c.previous_until_us > now_us)
        with self._records.transaction() as connection:
            query = select(api_keys).where((api_keys.c.hash == wanted) | is_old)
            row = connection.execute(query).mappings().first()
        key = None if row is None else read_key(row)
        return key if key is not None and key.is_active(now_us) else None

    def keep_content_of(self, services: Sequence[str]) -> None:
        """Tell the doors whose prompts and answers to keep."""
        if tuple(services) != self._content_services:
            self._content_services = tuple(services)
            self.publish()

    def lend(self, keys: Sequence[Mapping[str, Any]]) -> None:
        """Let the gateway take keys of evenkeel's own beside the users', instead of those that were lent before."""
        with self._publishing:
            self._lent = tuple(keys)
            if self._virtual is None:
                self._publish()
            else:  # every drill lends one: what the users have is the same, and the doors need not be told
                self._publish_virtual(self._virtual)

    def publish(self) -> None:
        """Write the tables that the doors read. One at a time: a table that was read before a key was revoked must
        not replace the one without it."""
        with self._publishing:
            self._publish()

    def _publish(self) -> None:
        now_us, self._virtual = self._clock.now_us(), None
        with self._records.transaction() as connection:
            rows = connection.execute(select(api_keys)).mappings().all()
        active = [each for row in rows for each in _secrets(row, now_us)]
        document = {
            "version": 1,
            "keys": [
                {
                    "id": each.key.id,
                    "hash": each.hash,
                    "environments": each.key.environments,
                    "services": each.key.services,
                    "expires_at": each.expires_at_us,
                }
                for each in active
                if each.key.scope in (Scope.INTAKE, Scope.ADMIN)
            ],
            "content_services": self._content_services,
        }
        publish(self._table, document)
        keys = [_virtual_key(each) for each in active if each.key.scope is Scope.GATEWAY]
        virtual = EncodedRows.of(keys, _ROWS_PER_LINE)
        self._publish_virtual(virtual)
        self._virtual = virtual

    def _publish_virtual(self, users: EncodedRows) -> None:
        document = {"version": 1, "generation": self._clock.now_us(), "keys": users + EncodedRows.of(self._lent)}
        publish_lines(self._table.with_name(GATEWAY_TABLE), document)


@dataclass(frozen=True, slots=True)
class _Secret:
    """One secret of a key: the current one, or the one before it that is still taken."""

    key: ApiKey
    hash: str
    expires_at_us: int | None


def _secrets(row: RowMapping, now_us: int) -> list[_Secret]:
    """Those that are taken now; none of a key that cannot be used."""
    key = read_key(row)
    if not key.is_active(now_us):
        return []
    made = [_Secret(key, row["hash"], key.expires_at_us)]
    until_us = key.previous_until_us
    if until_us is not None and now_us < until_us:
        ends_us = until_us if key.expires_at_us is None else min(until_us, key.expires_at_us)
        made.append(_Secret(key, row["previous_hash"], ends_us))
    return made


def _virtual_key(secret: _Secret) -> dict[str, Any]:
    """A key as gateway workers read it (`gateway.keys.table`): of one environment, for its service if it has one."""
    key = secret.key
    environments, services = key.environments or (), key.services or ()
    return {
        "hash": secret.hash,
        "id": key.id,
        "name": key.name,
        "team": key.team,
        "environment": environments[0] if environments else PRODUCTION,
        "service": services[0] if len(services) == 1 else "",
        "services": None if key.services is None else list(services),
        "models": None if key.models is None else list(key.models),
        "expires_at_us": secret.expires_at_us,
    }


def _asked(key: ApiKey) -> NewKey:
    """What a key would have been asked to be, were it made as it is now."""
    return NewKey(key.name, key.scope, key.environments, key.services, key.expires_at_us, key.team, key.models)


def _values(asked: NewKey) -> dict[str, Any]:
    """What is kept of it, but its scope."""
    return {
        "name": asked.name,
        "environments": _stored(asked.environments),
        "services": _stored(asked.services),
        "team": asked.team or None,
        "models": _stored(asked.models),
        "expires_at_us": asked.expires_at_us,
    }


def _check(asked: NewKey, now_us: int) -> None:
    """Raises InvalidInputError."""
    if not 1 <= len(asked.name) <= _NAME_MAX or not asked.name.isprintable():
        raise InvalidInputError(f"{asked.name[:40]!r} is no name of a key.", hint=f"Up to {_NAME_MAX} letters.")
    if asked.scope is Scope.GATEWAY and len(asked.environments or ()) > 1:
        fact = f"A key for the gateway is of one environment, not of {len(asked.environments or ())}."
        raise InvalidInputError(fact, hint="Make one for each.")
    if asked.scope is not Scope.GATEWAY and (asked.team or asked.models is not None):
        fact = f"A key of scope {asked.scope.value} has no team and no models."
        raise InvalidInputError(fact, hint="Only scope gateway has them.")
    for name in (asked.team, *(asked.models or ())):
        if len(name) > _NAME_MAX or not name.isprintable():
            raise InvalidInputError(f"{name[:40]!r} is no name of a team or model.", hint=f"Up to {_NAME_MAX} letters.")
    if asked.models is not None and not all(asked.models):
        raise InvalidInputError("A model has an empty name.", hint="Leave models out to allow any.")
    if len(asked.models or ()) > _MODELS_MAX:
        raise InvalidInputError(f"{len(asked.models or ())} models are too many.", hint=f"Up to {_MODELS_MAX}.")
    if asked.expires_at_us is not None and asked.expires_at_us <= now_us:
        raise InvalidInputError("The key would have expired already.", hint="Write a moment to come.")


def _found(connection: Connection, key_id: str) -> RowMapping:
    row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
    if row is None:
        raise NotFoundError(f"There is no key {key_id[:40]!r}.", hint="`evenkeel keys list` shows them.")
    return row


def new_secret(key_id: str) -> str:
    """A secret that nobody can guess, and that tells which key it is of."""
    return f"{PREFIX}_{key_id}_{secrets.token_urlsafe(24)}"


def hash_secret(secret: str) -> str:
    """What is kept of a secret: it is random, so a plain hash cannot be turned round."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _stored(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else json.dumps(names)
