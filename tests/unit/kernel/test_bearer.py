"""Secrets are found in the headers of a request, and in no other way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from evenkeel.kernel.bearer import find_key, find_secret
from evenkeel.kernel.errors import UnauthorizedError

NAMES = (b"authorization", b"x-key")


@dataclass(frozen=True)
class Door:
    id: str
    expires_at_us: int | None = None


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, (b"", b"")),
        ({b"authorization": b"Bearer a"}, (b"authorization", b"a")),
        ({b"authorization": b"BEARER  a "}, (b"authorization", b"a")),
        ({b"authorization": b"Bearer"}, (b"", b"")),
        ({b"authorization": b"Bearera"}, (b"", b"")),
        ({b"authorization": b"Digest a"}, (b"", b"")),
        ({b"authorization": b"Bearer a", b"x-key": b"b"}, (b"x-key", b"b")),
        ({b"authorization": b"Bearer a", b"x-key": b" "}, (b"authorization", b"a")),
        ({b"x-key": b"Bearer b"}, (b"x-key", b"Bearer b")),
        ({b"x-other": b"b"}, (b"", b"")),
    ],
)
def test_the_last_header_that_holds_a_secret_is_believed(
    headers: dict[bytes, bytes], found: tuple[bytes, bytes]
) -> None:
    assert find_secret(headers, NAMES) == found


def test_a_key_is_found_by_the_hash_of_its_secret_until_it_expires() -> None:
    keys = {hashlib.sha256(b"s").hexdigest(): Door("d", 5)}
    assert find_key({b"x-key": b"s"}, NAMES, keys, 4, hint="h").id == "d"
    with pytest.raises(UnauthorizedError, match="Key d has expired") as caught:
        find_key({b"x-key": b"s"}, NAMES, keys, 5, hint="h")
    assert caught.value.facts == {"key": "d"}
    with pytest.raises(UnauthorizedError, match=r"The request carries no key\. h"):
        find_key({}, NAMES, keys, 4, hint="h")
    with pytest.raises(UnauthorizedError, match=r"The key in `x-key` is not known here, or was revoked\. h"):
        find_key({b"x-key": b"t"}, NAMES, keys, 4, hint="h")
