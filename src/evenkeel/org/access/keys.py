"""API keys: made, revoked, published to the doors. A secret is shown once and kept as a hash only."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select, update

from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.org.access.model import ApiKey, Scope
from evenkeel.org.access.records import api_keys, read_key
from evenkeel.store.records.engine import Records
from evenkeel.store.tables import publish
from evenkeel.store.trail import trail

PREFIX: Final = "ek"
GATEWAY_TABLE: Final = "gateway_keys.json"
#: The environment of a key for the gateway that names none.
PRODUCTION: Final = "production"


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is asked to be."""

    name: str
    scope: Scope = Scope.INTAKE
    environments: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    expires_at_us: int | None = None


class Keys:
    """The use cases around keys. Changes reach the doors within a second."""

    def __init__(self, records: Records, clock: Clock, ids: Ids, table: Path) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids
        self._table = table
        self._content_services: tuple[str, ...] = ()
        self._lent: tuple[Mapping[str, Any], ...] = ()

    def create(self, asked: NewKey, *, actor: str) -> tuple[ApiKey, str]:
        """(key, secret). The secret cannot be shown again."""
        if asked.scope is Scope.GATEWAY and len(asked.environments or ()) > 1:
            fact = f"A key for the gateway is of one environment, not of {len(asked.environments or ())}."
            raise InvalidInputError(fact, hint="Make one for each.")
        key_id = self._ids.new_id()[-12:]
        secret = new_secret(key_id)
        now_us = self._clock.now_us()
        values = {
            "id": key_id,
            "name": asked.name,
            "scope": asked.scope.value,
            "environments": _stored(asked.environments),
            "services": _stored(asked.services),
            "created_by": actor,
            "created_at_us": now_us,
            "expires_at_us": asked.expires_at_us,
        }
        with self._records.transaction() as connection:
            connection.execute(insert(api_keys).values(**values, hash=hash_secret(secret)))
            row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().one()
            trail.record(connection, trail.Change(actor, "key.create", key_id, after=values), now_us)
        self.publish()
        return read_key(row), secret

    def revoke(self, key_id: str, *, actor: str, reason: str = "") -> None:
        """Make a key useless from now on. Revoking it again changes nothing."""
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
            if row is None:
                raise NotFoundError(f"There is no key {key_id!r}.", hint="`evenkeel keys list` shows them.")
            if row["revoked_at_us"] is None:
                connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at_us=now_us))
                change = trail.Change(actor, "key.revoke", key_id, before={"name": row["name"]}, reason=reason)
                trail.record(connection, change, now_us)
        self.publish()

    def rotate(self, key_id: str, *, actor: str) -> tuple[ApiKey, str]:
        """A new secret for the same purpose; the old key goes on until it is revoked."""
        old = next((key for key in self.list() if key.id == key_id), None)
        if old is None:
            raise NotFoundError(f"There is no key {key_id!r}.", hint="`evenkeel keys list` shows them.")
        return self.create(NewKey(old.name, old.scope, old.environments, old.services, old.expires_at_us), actor=actor)

    def list(self) -> Sequence[ApiKey]:
        """Every key there ever was, newest first."""
        with self._records.transaction() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at_us.desc())).mappings().all()
        return [read_key(row) for row in rows]

    def find(self, secret: str) -> ApiKey | None:
        """The active key of a secret."""
        with self._records.transaction() as connection:
            query = select(api_keys).where(api_keys.c.hash == hash_secret(secret))
            row = connection.execute(query).mappings().first()
        key = None if row is None else read_key(row)
        return key if key is not None and key.is_active(self._clock.now_us()) else None

    def keep_content_of(self, services: Sequence[str]) -> None:
        """Tell the doors whose prompts and answers to keep."""
        if tuple(services) != self._content_services:
            self._content_services = tuple(services)
            self.publish()

    def lend(self, keys: Sequence[Mapping[str, Any]]) -> None:
        """Let the gateway take keys of evenkeel's own beside the users', instead of those that were lent before."""
        self._lent = tuple(keys)
        self.publish()

    def publish(self) -> None:
        """Write the table that the doors read."""
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            rows = connection.execute(select(api_keys)).mappings().all()
        active = [
            (read_key(row), row["hash"])
            for row in rows
            if row["scope"] in (Scope.INTAKE.value, Scope.ADMIN.value) and read_key(row).is_active(now_us)
        ]
        document = {
            "version": 1,
            "keys": [
                {
                    "id": key.id,
                    "hash": key_hash,
                    "environments": key.environments,
                    "services": key.services,
                    "expires_at": key.expires_at_us,
                }
                for key, key_hash in active
            ],
            "content_services": self._content_services,
        }
        publish(self._table, document)
        keys = [
            _virtual_key(read_key(row), row["hash"])
            for row in rows
            if row["scope"] == Scope.GATEWAY.value and read_key(row).is_active(now_us)
        ]
        keys.extend(dict(key) for key in self._lent)
        publish(self._table.with_name(GATEWAY_TABLE), {"version": 1, "generation": now_us, "keys": keys})


def _virtual_key(key: ApiKey, key_hash: str) -> dict[str, Any]:
    """A key as gateway workers read it (`gateway.keys.table`): of one environment, for its service if it has one."""
    environments, services = key.environments or (), key.services or ()
    return {
        "hash": key_hash,
        "id": key.id,
        "name": key.name,
        "team": "",
        "environment": environments[0] if environments else PRODUCTION,
        "service": services[0] if len(services) == 1 else "",
        "services": None if key.services is None else list(services),
        "models": None,
        "expires_at_us": key.expires_at_us,
    }


def new_secret(key_id: str) -> str:
    """A secret that nobody can guess, and that tells which key it is of."""
    return f"{PREFIX}_{key_id}_{secrets.token_urlsafe(24)}"


def hash_secret(secret: str) -> str:
    """What is kept of a secret: it is random, so a plain hash cannot be turned round."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _stored(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else json.dumps(names)
