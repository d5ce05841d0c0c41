"""Passwords: scrypt (RFC 7914), with its parameters beside the hash so that they can be raised."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

from evenkeel.kernel.errors import InvalidInputError

LENGTH_MIN: Final = 12
_N, _R, _P = 2**15, 8, 1
_MEMORY: Final = 128 * _N * _R * 2


def hash_password(password: str) -> str:
    """What is stored. Raises InvalidInputError for one that is too short."""
    if len(password) < LENGTH_MIN:
        raise InvalidInputError(
            f"The password has {len(password)} characters.", hint=f"Use at least {LENGTH_MIN}; a sentence is good."
        )
    salt = os.urandom(16)
    digest = _scrypt(password, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches(password: str, stored: str) -> bool:
    """Whether `password` is the one that was hashed."""
    _, n, r, p, salt, digest = stored.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)
