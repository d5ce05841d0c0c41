"""Passwords: slow to guess, never stored, their parameters beside them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.access.passwords import LENGTH_MIN, hash_password, matches

PASSWORD = "a long and quiet sentence"


def test_the_right_password_matches_and_every_other_does_not() -> None:
    stored = hash_password(PASSWORD)
    assert matches(PASSWORD, stored)
    for wrong in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper()):
        assert not matches(wrong, stored)


def test_the_same_password_is_stored_differently_each_time_and_never_itself() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first != second
    assert PASSWORD not in first
    assert len(first) <= 300, "the column that keeps it"


def test_the_cost_is_what_is_recommended_for_interactive_use() -> None:
    name, n, r, p, salt, digest = hash_password(PASSWORD).split("$")
    assert (name, int(n), int(r), int(p)) == ("scrypt", 2**15, 8, 1)
    assert (len(base64.b64decode(salt)), len(base64.b64decode(digest))) == (16, 32)


def test_passwords_hashed_with_earlier_parameters_still_match() -> None:
    salt = b"0" * 16
    digest = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)
    stored = f"scrypt$4096$8$1${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
    assert matches(PASSWORD, stored)
    assert not matches(PASSWORD + "x", stored)


@pytest.mark.parametrize("password", ["", "x" * (LENGTH_MIN - 1)])
def test_a_short_one_is_refused_with_the_length_allowed_and_without_repeating_it(password: str) -> None:
    with pytest.raises(InvalidInputError, match=f"has {len(password)} characters. Use at least {LENGTH_MIN}") as caught:
        hash_password(password)
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize("password", ["пароль-длинный-и-тихий", "🐟" * 12, "lone \ud800 surrogate", "nul \0 inside it"])
def test_any_text_can_be_a_password(password: str) -> None:
    assert matches(password, hash_password(password))
