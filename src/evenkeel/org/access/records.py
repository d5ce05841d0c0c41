"""Tables of users, sessions and keys."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, RowMapping, String, Table, Text

from evenkeel.org.access.model import ApiKey, Role, Scope, User
from evenkeel.store.records.engine import metadata

users: Final = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password", String(300), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
)

setup_tokens: Final = Table(
    "setup_tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("created_at_us", BigInteger, nullable=False),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scope", String(20), nullable=False),
    Column("environments", Text),
    Column("services", Text),
    Column("created_by", String(200), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger),
    Column("revoked_at_us", BigInteger),
    Column("team", String(200)),
    Column("models", Text),
    Column("rotated_at_us", BigInteger),
    Column("previous_hash", String(64)),
    Column("previous_until_us", BigInteger),
)


def read_user(row: RowMapping) -> User:
    """A user from a row."""
    return User(row["id"], row["name"], Role(row["role"]))


def read_key(row: RowMapping) -> ApiKey:
    """A key from a row."""
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scope=Scope(row["scope"]),
        environments=_names(row["environments"]),
        services=_names(row["services"]),
        created_by=row["created_by"],
        created_at_us=row["created_at_us"],
        expires_at_us=row["expires_at_us"],
        revoked_at_us=row["revoked_at_us"],
        team=row["team"] or "",
        models=_names(row["models"]),
        rotated_at_us=row["rotated_at_us"],
        previous_until_us=row["previous_until_us"],
    )


def _names(stored: str | None) -> tuple[str, ...] | None:
    return None if stored is None else tuple(json.loads(stored))
