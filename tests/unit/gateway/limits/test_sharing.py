"""Which store machines share, as it is published and met."""

from __future__ import annotations

import pytest

from evenkeel.gateway.limits.sharing import StorePolicy, parse_store, settings_of, store_document
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.org.config.secrets import Secrets

PLAIN = StorePolicy("redis://cache.internal:6380/2", lets_pass=True)


@pytest.mark.parametrize("policy", [None, PLAIN, StorePolicy("env:LIMITS_STORE")])
def test_what_is_published_is_what_is_read(policy: StorePolicy | None) -> None:
    assert parse_store(store_document(policy)) == policy
    assert parse_store({}) is None


def test_a_damaged_policy_is_named() -> None:
    with pytest.raises(ValueError, match="store: "):
        parse_store({"store": {"lets_pass": True}})


def test_the_address_may_be_a_secret_and_is_never_repeated() -> None:
    secrets = Secrets({"LIMITS_STORE": "rediss://evenkeel:s3cret@cache/1", "BROKEN": "s3cret"})
    settings = settings_of(StorePolicy("env:LIMITS_STORE"), secrets.read)
    assert (str(settings.address), settings.address.password) == ("rediss://cache:6379/1", "s3cret")
    assert not settings.lets_pass
    assert settings_of(PLAIN, secrets.read).lets_pass
    with pytest.raises(InvalidInputError, match="env:BROKEN holds is not the address") as refused:
        settings_of(StorePolicy("env:BROKEN"), secrets.read)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(NotFoundError, match="no environment variable MISSING"):
        settings_of(StorePolicy("env:MISSING"), secrets.read)
