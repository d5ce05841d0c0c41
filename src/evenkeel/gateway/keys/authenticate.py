"""Whose request it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.kernel.bearer import find_key

#: Where clients of OpenAI, of Anthropic and of ours send their key. The last one wins: an Anthropic client that
#: also finds a token of something else in its surroundings sends both, and ours is set on purpose.
_HEADERS: Final = (b"authorization", b"x-api-key", b"x-evenkeel-key")
_HINT: Final = (
    "Send a virtual key as `Authorization: Bearer ek_…`, `x-api-key` or `x-evenkeel-key` "
    "(`evenkeel keys create --scope gateway`)."
)


def authenticate(headers: Mapping[bytes, bytes], table: KeyTable, now_us: int) -> VirtualKey:
    """The key a request was sent with; header names in lower case.

    What the key allows is asked afterwards (`VirtualKey.allows`). Raises UnauthorizedError when there is no key, or
    one that is unknown, revoked or expired; the secret is never repeated.

    >>> from hashlib import sha256
    >>> table = KeyTable(1, {sha256(b"ek_a").hexdigest(): VirtualKey("k1", "bot")})
    >>> authenticate({b"x-api-key": b"ek_a"}, table, 0).id
    'k1'
    >>> authenticate({b"authorization": b"Bearer ek_b"}, table, 0)
    Traceback (most recent call last):
    ...
    evenkeel.kernel.errors.UnauthorizedError: The key in `authorization` is not known here, or was revoked. Send ...
    """
    return find_key(headers, _HEADERS, table.keys, now_us, hint=_HINT)
