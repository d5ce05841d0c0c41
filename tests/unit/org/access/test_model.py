"""Who may do what, and when a key can be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.org.access.model import MANAGE_KEYS, SOON_US, ApiKey, KeyState, Role, Scope

KEY = ApiKey("k", "bot", Scope.INTAKE, None, None, "ada", 0, None, None)


@pytest.mark.parametrize(
    ("expires_at_us", "revoked_at_us", "now_us", "active"),
    [
        (None, None, 10**18, True),
        (100, None, 99, True),
        (100, None, 100, False),
        (None, 50, 49, False),  # revoked is revoked, also when the clock steps back
        (100, 50, 60, False),
    ],
)
def test_a_key_ends_when_it_expires_or_is_revoked(
    expires_at_us: int | None, revoked_at_us: int | None, now_us: int, active: bool
) -> None:
    assert replace(KEY, expires_at_us=expires_at_us, revoked_at_us=revoked_at_us).is_active(now_us) is active


def test_a_key_that_ends_within_a_week_ends_soon() -> None:
    key = replace(KEY, expires_at_us=10 * SOON_US)
    moments = [9 * SOON_US - 1, 9 * SOON_US, 10 * SOON_US - 1, 10 * SOON_US]
    states = [KeyState.ACTIVE, KeyState.EXPIRING, KeyState.EXPIRING, KeyState.EXPIRED]
    assert [key.state(at_us) for at_us in moments] == states
    assert replace(key, revoked_at_us=1).state(9 * SOON_US) is KeyState.REVOKED
    assert KEY.state(10**18) is KeyState.ACTIVE


def test_those_who_only_look_manage_no_keys() -> None:
    assert {Role.VIEWER, Role.AUDITOR, Role.APPROVER}.isdisjoint(MANAGE_KEYS)
    assert Role.ADMIN in MANAGE_KEYS


def test_the_words_that_are_stored_stay_as_they_are() -> None:
    assert [role.value for role in Role] == ["viewer", "operator", "approver", "auditor", "admin"]
    assert [scope.value for scope in Scope] == ["intake", "gateway", "read", "admin"]
