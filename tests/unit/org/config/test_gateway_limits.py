"""Limits, and the store that machines share, as people configure them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from evenkeel.gateway.limits import table
from evenkeel.org.config.gateway_limits import AMOUNT_MAX, LIMITS_MAX, LimitConfig, whole_units
from evenkeel.org.config.model import Config
from evenkeel.store.resp import parse_address

LIMIT = {"holder": "team", "measure": "money", "period": "month", "amount": "12.5", "currency": "EUR"}


def test_bounds_are_those_that_workers_keep_to() -> None:
    assert (LIMITS_MAX, AMOUNT_MAX) == (table.LIMITS_MAX, table.AMOUNT_MAX)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"currency": ""}, "money needs a currency"),
        ({"measure": "tokens"}, "tokens have no currency"),
        ({"amount": "0.0000000001"}, "multiple of 0.000000001"),
        ({"amount": 0}, "greater than 0"),
        ({"amount": -1}, "greater than 0"),
        ({"amount": True}, "is no number"),
        ({"amount": "1e30"}, "cannot be counted"),
        ({"measure": "tokens", "currency": "", "amount": 1.5}, "cannot be counted in tokens; write 1 to"),
        ({"period": "week"}, "'minute', 'hour', 'day', 'month' or 'ever'"),
        ({"name": "a\x1fb"}, "should match pattern"),
    ],
    ids=str,
)
def test_a_limit_that_cannot_be_counted_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        LimitConfig.model_validate(LIMIT | more)


def test_money_is_taken_as_it_is_written() -> None:
    assert LimitConfig.model_validate(LIMIT | {"amount": 0.1}).units() == 100_000_000
    assert LimitConfig.model_validate(LIMIT | {"amount": "0.000000001"}).units() == 1
    assert LimitConfig.model_validate(LIMIT | {"amount": "999999999.999999999"}).units() == 999_999_999_999_999_999
    assert whole_units(Decimal(7), "requests") == 7


def test_a_store_that_machines_share_is_named_without_its_password() -> None:
    store = Config.model_validate({"gateway": {"store": {"url": "redis://cache:6380/1"}}}).gateway.store
    assert store is not None
    assert (store.url, store.when_lost) == ("redis://cache:6380/1", "closed")
    named = Config.model_validate(
        {"gateway": {"store": {"url": "env:LIMITS_STORE", "when_lost": "open"}}}
    ).gateway.store
    assert named is not None
    assert named.url == "env:LIMITS_STORE"
    for url, why in (("redis://u:s3cret@cache", "holds a password"), ("http://cache", "not the address")):
        with pytest.raises(ValueError, match=why):
            Config.model_validate({"gateway": {"store": {"url": url}}})


GOOD_STORES = ("redis://h", "rediss://me@h:7000/3", "valkey://[::1]:1/", "valkeys://a.b/99999", "redis://u:@h")
NO_STORES = (
    *("http://h", "redis://", "redis://h/x", "redis://h:99999", "redis://h:0", "redis://h/0?db=1", "h:6379"),
    *("redis://[h", "redis://h/0#a", "redis://a b", "redis://h/123456", "redisss://h", "redis://h:x", "redis://h\n"),
)


def test_a_store_is_an_address_here_where_it_is_one_for_the_workers() -> None:
    def configured(url: str) -> object:
        return Config.model_validate({"gateway": {"store": {"url": url}}})

    for url in GOOD_STORES:
        assert parse_address(url)
        assert configured(url)
    for url in NO_STORES:
        for read in (parse_address, configured):
            with pytest.raises(ValueError, match="not the address"):
                read(url)
