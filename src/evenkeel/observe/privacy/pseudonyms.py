"""People's ids become numbers at the door: keyed, so that nobody without the key can go back (SPEC OBS-8).

BLAKE2b with a 32-byte key, cut to 64 bits. The keys live in one file of the home, readable by its owner
only. Rotation adds a key and keeps the old ones, dated, so that an erasure finds a person's earlier events.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evenkeel.kernel.errors import CorruptDataError

FILE_NAME: Final = "pseudonym-keys.json"
_CACHE_MAX: Final = 50_000
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class CustodyKey:
    """A key and when it came into use."""

    secret: bytes
    since_us: int


class Pseudonyms:
    """Turns ids into pseudonyms with the newest key. Remembers recent ones."""

    def __init__(self, keys: Sequence[CustodyKey]) -> None:
        self._keys = sorted(keys, key=lambda key: key.since_us)
        self._known: dict[str, int] = {}

    @classmethod
    def with_key(cls, secret: bytes) -> Pseudonyms:
        """With one key, in use since ever."""
        return cls([CustodyKey(secret, 0)])

    def of(self, identity: str) -> int:
        """The 64-bit pseudonym of an id.

        >>> Pseudonyms.with_key(b"k" * 32).of("ada") == Pseudonyms.with_key(b"k" * 32).of("ada")
        True
        """
        known = self._known.get(identity)
        if known is None:
            known = _digest(self._keys[-1].secret, identity)
            if len(self._known) < _CACHE_MAX:
                self._known[identity] = known
        return known

    def all_of(self, identity: str) -> list[int]:
        """The pseudonyms under every key there ever was: what an erasure looks for."""
        return [_digest(key.secret, identity) for key in self._keys]


def _digest(secret: bytes, identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8, key=secret).digest())


def open_pseudonyms(secrets_dir: Path, now_us: int) -> Pseudonyms:
    """The keys of a home; the first is made on first use. Safe when several processes start at once."""
    path = secrets_dir / FILE_NAME
    if not path.exists():
        _write(path, [CustodyKey(os.urandom(_SECRET_BYTES), now_us)], only_first=True)
    return Pseudonyms(_read(path))


def rotate_key(secrets_dir: Path, now_us: int) -> None:
    """Use a fresh key from now on; workers take it up when they start."""
    path = secrets_dir / FILE_NAME
    _write(path, [*_read(path), CustodyKey(os.urandom(_SECRET_BYTES), now_us)], only_first=False)


def _read(path: Path) -> list[CustodyKey]:
    try:
        rows = json.loads(path.read_bytes())["keys"]
        keys = [CustodyKey(bytes.fromhex(row["secret"]), int(row["since_us"])) for row in rows]
        if not keys or any(len(key.secret) != _SECRET_BYTES for key in keys):
            # A short key, or none, would make pseudonyms that anybody can compute.
            msg = f"there must be one key or more, each of {_SECRET_BYTES} bytes"
            raise ValueError(msg)
        return keys
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(
            f"{path.name} does not hold pseudonym keys: {error}.",
            hint="Restore it from a backup: without it, erasure cannot find a person's events.",
            file=path.name,
        ) from error


def _write(path: Path, keys: Sequence[CustodyKey], *, only_first: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = {"keys": [{"secret": key.secret.hex(), "since_us": key.since_us} for key in keys]}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(document).encode())
        file.flush()
        os.fsync(file.fileno())
    if only_first:
        with suppress(FileExistsError):  # another process was first; its key is used
            path.hardlink_to(draft)
        draft.unlink()
    else:
        draft.replace(path)
    # Events will carry what this key made of people: the name of its file must survive what they survive.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
