"""The table of virtual keys as control publishes it, and as workers read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, cast

import msgspec

from evenkeel.gateway.keys.model import KeyTable, VirtualKey

#: Raised when a field narrows what a key may do: a worker that does not know the field would allow too much.
VERSION: Final = 1

_HASH: Final = re.compile(r"[0-9a-f]{64}")
#: All of them have to be said. What is left out would be the widest: no expiry, any service, any model.
_FIELDS: Final = frozenset(field.name for field in fields(VirtualKey)) | {"hash"}

#: The keys of some rows that stand together, each with the hash of its secret.
Run = tuple[tuple[str, VirtualKey], ...]


def parse_keys(document: Mapping[str, Any]) -> KeyTable:
    """The table of a published document. Raises ValueError or TypeError that names the place and what is wrong.

    >>> parse_keys({"version": 1, "generation": 7, "keys": []}).generation
    7
    >>> parse_keys({"version": 1, "generation": 7, "keys": [{"id": "k1"}]})
    Traceback (most recent call last):
    ...
    ValueError: keys[0]: environment, expires_at_us, hash, models, name, service, services, team missing
    """
    if isinstance(document, Mapping) and isinstance(rows := document.get("keys"), list):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
        document = {**document, "keys": (parse_rows(cast("list[Any]", rows), 0),)}
    return KeyRuns().table(document)


def parse_rows(rows: Sequence[Any], rows_before: int) -> Run:
    """The keys of rows that so many others stand before. Raises ValueError or TypeError."""
    return tuple(_key(f"keys[{rows_before + index}]", row) for index, row in enumerate(rows))


class KeyRuns:
    """Tables of which one after the other is read: runs that are in both are not looked into again."""

    def __init__(self) -> None:
        self._last = _Merged()

    def table(self, document: Mapping[str, Any]) -> KeyTable:
        """Like `parse_keys`, of a document whose keys are a tuple of runs (`parse_rows`). Where it raises, it is as
        if it had not been asked."""
        if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
            raise TypeError("A table of keys is an object.")
        version, generation, runs = (document.get(name) for name in ("version", "generation", "keys"))
        if version != VERSION:
            raise ValueError(f"version: {version!r} is not {VERSION}, the one that is understood here")
        if not isinstance(generation, int) or isinstance(generation, bool) or generation < 0:
            raise ValueError(f"generation: {generation!r} is not a whole number from 0")
        if not isinstance(runs, tuple):
            raise TypeError("keys: not a list")
        last = self._last
        try:
            self._last = last.becoming(cast("tuple[Run, ...]", runs))
        except ValueError:
            self._last = _Merged().becoming(last.runs)
            raise
        return KeyTable(generation, self._last.keys)


@dataclass(frozen=True, slots=True)
class _Merged:
    """All keys of some runs. One may have two secrets for a while, but never two sets of what it may do."""

    runs: tuple[Run, ...] = ()
    keys: dict[str, VirtualKey] = field(default_factory=dict[str, VirtualKey])  # by hash
    known: dict[str, VirtualKey] = field(default_factory=dict[str, VirtualKey])  # by id; any one of its secrets
    more: dict[str, int] = field(default_factory=dict[str, int])  # by id: secrets beyond the first

    def becoming(self, runs: tuple[Run, ...]) -> _Merged:
        """The same of other runs; no more to be used then. Raises ValueError."""
        before, now = ({id(run) for run in each} for each in (self.runs, runs))
        new = [index for index, run in enumerate(runs) if id(run) not in before]
        if len(now) != len(runs) or 2 * len(new) > len(runs):  # one run twice is an error, which is found below
            merged, new = _Merged(runs), range(len(runs))
        else:
            merged = _Merged(runs, self.keys.copy(), self.known, self.more)
            for run in self.runs:
                if id(run) not in now:
                    merged._remove(run)
        for index in new:
            merged._add(index)
        return merged

    def _remove(self, run: Run) -> None:
        for secret_hash, key in run:
            del self.keys[secret_hash]
            more = self.more.pop(key.id, 0)
            if not more:
                del self.known[key.id]
            elif more > 1:
                self.more[key.id] = more - 1

    def _add(self, index: int) -> None:
        for offset, (secret_hash, key) in enumerate(self.runs[index]):
            other = self.known.setdefault(key.id, key)
            if secret_hash in self.keys or not _is_same(other, key):
                row = sum(map(len, self.runs[:index])) + offset
                raise ValueError(f"keys[{row}]: the {'hash' if secret_hash in self.keys else 'id'} of another key")
            if other is not key:
                self.more[key.id] = self.more.get(key.id, 0) + 1
            self.keys[secret_hash] = key


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
    if not row.keys() >= _FIELDS:
        raise ValueError(f"{place}: {', '.join(sorted(_FIELDS - row.keys()))} missing")
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
