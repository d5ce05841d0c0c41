"""Whose request it is, however its client sends the key."""

from __future__ import annotations

import hashlib

import pytest

from evenkeel.gateway.keys.authenticate import authenticate
from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.kernel.errors import UnauthorizedError

OURS, OTHER = b"ek_ours", b"ek_other"
TABLE = KeyTable(
    1,
    {
        hashlib.sha256(OURS).hexdigest(): VirtualKey("ours", "n", expires_at_us=1_000),
        hashlib.sha256(OTHER).hexdigest(): VirtualKey("other", "n"),
    },
)


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer " + OURS},
        {b"authorization": b"bearer   " + OURS + b" "},
        {b"x-api-key": OURS},
        {b"x-evenkeel-key": OURS},
        {b"authorization": b"Basic abc", b"x-api-key": OURS},
        {b"authorization": b"Bearer " + OTHER, b"x-api-key": OURS},
        {b"x-api-key": OTHER, b"x-evenkeel-key": OURS},
        {b"authorization": b"Bearer " + OTHER, b"x-api-key": OTHER, b"x-evenkeel-key": OURS},
        {b"x-api-key": OURS, b"x-evenkeel-key": b""},
    ],
)
def test_the_last_header_that_holds_a_key_says_whose_it_is(headers: dict[bytes, bytes]) -> None:
    assert authenticate(headers, TABLE, 0).id == "ours"


def test_a_key_that_is_refused_is_not_replaced_by_another_that_came_along() -> None:
    with pytest.raises(UnauthorizedError, match="`x-evenkeel-key` is not known"):
        authenticate({b"authorization": b"Bearer " + OURS, b"x-evenkeel-key": b"ek_old"}, TABLE, 0)


@pytest.mark.parametrize(
    "headers", [{}, {b"authorization": b"Bearer "}, {b"authorization": OURS}, {b"x-api-key": b" "}]
)
def test_a_request_without_a_key_is_told_how_to_send_one(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(UnauthorizedError, match=r"carries no key\. Send a virtual key"):
        authenticate(headers, TABLE, 0)


def test_a_key_ends_at_the_microsecond_it_expires() -> None:
    assert authenticate({b"x-api-key": OURS}, TABLE, 999).id == "ours"
    with pytest.raises(UnauthorizedError, match="Key ours has expired"):
        authenticate({b"x-api-key": OURS}, TABLE, 1_000)


@pytest.mark.parametrize("secret", [b"hunter2", OURS, b"\xff\xfehunter2", b"hunter2" * 10_000])
def test_a_refusal_never_repeats_the_secret(secret: bytes) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        authenticate({b"authorization": b"Bearer " + secret}, TABLE, 1_000)
    said = f"{caught.value} {caught.value.facts}"
    assert "hunter2" not in said
    assert OURS.decode() not in said
    assert hashlib.sha256(secret).hexdigest() not in said


def test_a_hash_does_not_open_what_its_secret_opens() -> None:
    with pytest.raises(UnauthorizedError):
        authenticate({b"x-api-key": hashlib.sha256(OURS).hexdigest().encode()}, TABLE, 0)
