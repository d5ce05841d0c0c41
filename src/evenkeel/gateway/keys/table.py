"""The table of virtual keys as control publishes it, and as workers read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final, cast

import msgspec

from evenkeel.gateway.keys.model import KeyTable, VirtualKey

#: Raised when a field narrows what a key may do: a worker that does not know the field would allow too much.
VERSION: Final = 1

_HASH: Final = re.compile(r"[0-9a-f]{64}")
#: All of them have to be said. What is left out would be the widest: no expiry, any service, any model.
_FIELDS: Final = frozenset(field.name for field in fields(VirtualKey)) | {"hash"}


def parse_keys(document: Mapping[str, Any]) -> KeyTable:
    """The table of a published document. Raises ValueError or TypeError that names the place and what is wrong.

    >>> parse_keys({"version": 1, "generation": 7, "keys": []}).generation
    7
    >>> parse_keys({"version": 1, "generation": 7, "keys": [{"id": "k1"}]})
    Traceback (most recent call last):
    ...
    ValueError: keys[0]: environment, expires_at_us, hash, models, name, service, services, team missing
    """
    if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
        raise TypeError("A table of keys is an object.")
    version, generation, rows = (document.get(name) for name in ("version", "generation", "keys"))
    if version != VERSION:
        raise ValueError(f"version: {version!r} is not {VERSION}, the one that is understood here")
    if not isinstance(generation, int) or isinstance(generation, bool) or generation < 0:
        raise ValueError(f"generation: {generation!r} is not a whole number from 0")
    if not isinstance(rows, list):
        raise TypeError("keys: not a list")
    keys: dict[str, VirtualKey] = {}
    known: dict[str, VirtualKey] = {}  # by id
    for index, row in enumerate(cast("list[Any]", rows)):
        secret_hash, key = _key(f"keys[{index}]", row)
        # One key may have two secrets for a while, but never two sets of what it may do.
        if secret_hash in keys or not _is_same(known.setdefault(key.id, key), key):
            raise ValueError(f"keys[{index}]: the {'hash' if secret_hash in keys else 'id'} of another key")
        keys[secret_hash] = key
    return KeyTable(generation, keys)


def _is_same(one: VirtualKey, other: VirtualKey) -> bool:
    """Whether they may do the same; the ends of their secrets may differ."""
    return one is other or replace(one, expires_at_us=None) == replace(other, expires_at_us=None)


def keys_document(table: KeyTable) -> dict[str, Any]:
    """What control publishes: `parse_keys` of it is `table`. The same table gives the same document."""
    return {
        "version": VERSION,
        "generation": table.generation,
        "keys": [{"hash": secret_hash} | _row(key) for secret_hash, key in sorted(table.keys.items())],
    }


def _row(key: VirtualKey) -> dict[str, Any]:
    row = asdict(key)
    for name in ("services", "models"):
        row[name] = None if row[name] is None else sorted(row[name])
    return row


def _key(place: str, row: object) -> tuple[str, VirtualKey]:
    if not isinstance(row, dict):
        raise TypeError(f"{place}: not an object")
    row = cast("dict[str, Any]", row)
    missing = _FIELDS - row.keys()
    if missing:
        raise ValueError(f"{place}: {', '.join(sorted(missing))} missing")
    secret_hash = row["hash"]
    if not isinstance(secret_hash, str) or not _HASH.fullmatch(secret_hash):
        raise ValueError(f"{place}.hash: not a SHA-256 in 64 small hexadecimal digits")
    try:
        key = msgspec.convert(row, VirtualKey)
    except msgspec.ValidationError as error:
        raise ValueError(f"{place}: {error}") from None
    for name in ("id", "environment"):
        if not getattr(key, name).strip():
            raise ValueError(f"{place}.{name}: empty")
    if key.expires_at_us is not None and key.expires_at_us < 0:
        raise ValueError(f"{place}.expires_at_us: {key.expires_at_us} is before 1970")
    return secret_hash, key
