"""Secrets that requests are sent with: found in their headers, looked up by hash, never repeated (SPEC SEC-2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from evenkeel.kernel.errors import UnauthorizedError


class Expiring(Protocol):
    """A key as it is published."""

    @property
    def id(self) -> str:
        """Its name in errors and records."""
        ...

    @property
    def expires_at_us(self) -> int | None:
        """The first microsecond in which it is worth nothing; None: it does not expire."""
        ...


Key = TypeVar("Key", bound=Expiring)


def find_key(
    headers: Mapping[bytes, bytes], names: Sequence[bytes], keys: Mapping[str, Key], now_us: int, *, hint: str
) -> Key:
    """The key that a request was sent with, out of `keys` by the SHA-256 of their secret.

    `headers` has its names in lower case. Of `names`, the last one that holds a secret is believed, and no other:
    a key that is refused is not replaced by one that happened to come along. `authorization` counts with the
    scheme Bearer only (RFC 6750 §2.1). Raises UnauthorizedError; it names the header, and never repeats the secret.
    """
    name, secret = find_secret(headers, names)
    if not secret:
        raise UnauthorizedError("The request carries no key.", hint=hint)
    key = keys.get(hashlib.sha256(secret).hexdigest())
    if key is None:
        raise UnauthorizedError(f"The key in `{name.decode()}` is not known here, or was revoked.", hint=hint)
    if key.expires_at_us is not None and now_us >= key.expires_at_us:
        raise UnauthorizedError(f"Key {key.id} has expired.", hint="Make a new one.", key=key.id)
    return key


def find_secret(headers: Mapping[bytes, bytes], names: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(header, secret) of the last of `names` that holds one; both empty when there is none.

    >>> find_secret({b"authorization": b"Bearer a", b"x-api-key": b"b"}, (b"authorization", b"x-api-key"))
    (b'x-api-key', b'b')
    >>> find_secret({b"authorization": b"Basic a"}, (b"authorization", b"x-api-key"))
    (b'', b'')
    """
    for name in reversed(names):
        given = headers.get(name)
        if given is None:
            continue
        secret = given.strip()
        if name == b"authorization":
            scheme, _, token = secret.partition(b" ")
            secret = token.strip() if scheme.lower() == b"bearer" else b""
        if secret:
            return name, secret
    return b"", b""
