"""A store that is lost, slow, emptied or older than it was is noticed, and said once."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.gateway.limits import shared_scripts as scripts
from evenkeel.gateway.limits.changing import Answer, Change
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.system import SystemIds
from evenkeel.testing.clock import SimClock
from evenkeel.testing.redis_server import RedisServer

CLOCK = SimClock(20_000 * US_PER_DAY)
LIMIT = Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 6_400)
EVER = Account(LIMIT, "blue", 0, NEVER_US)


def _tomorrow() -> Account:
    return Account(LIMIT, "blue", CLOCK.now_us() + US_PER_DAY, CLOCK.now_us() + 2 * US_PER_DAY)


@pytest.fixture
def opened() -> Iterator[list[SharedAccounts]]:
    every: list[SharedAccounts] = []
    yield every
    for each in every:
        each.close()


def _open(opened: list[SharedAccounts], store: RedisServer, folder: Path, *, lets_pass: bool = False) -> SharedAccounts:
    folder.mkdir(exist_ok=True)
    settings = SharedSettings(store.address, lets_pass=lets_pass, timeout_s=0.2)
    opened.append(SharedAccounts(settings, f"{folder.name}@g0-{len(opened)}", Machine(folder, CLOCK, SystemIds())))
    return opened[-1]


def _lease(accounts: SharedAccounts, account: Account = EVER) -> object:
    CLOCK.advance(1)  # nobody waits for the next try
    return accounts.apply(0, [Change(account, name_of(account), least=1, most=1)], CLOCK.now_us())[0]


def test_a_store_that_is_killed_is_lost_at_once_and_well_when_it_is_back(
    mortal: RedisServer, opened: list[SharedAccounts], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = _open(opened, mortal, tmp_path / "a")
    assert isinstance(_lease(accounts), Answer)
    mortal.stop()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with pytest.raises(OverloadedError, match=f"store of limits, {mortal.url}, cannot be used"):
                _lease(accounts)
    assert [record.levelname for record in caplog.records] == ["ERROR"], "said once"
    assert "requests under a limit are refused" in caplog.text
    assert json.loads((tmp_path / "a" / "store-g0.json").read_text())["trouble"].startswith("The store of limits")
    mortal.start()
    with caplog.at_level(logging.WARNING):
        assert _lease(accounts) == Answer(98, 198, 0, 0, 0), "it wrote down what was leased"
    assert "can be used again" in caplog.text
    assert json.loads((tmp_path / "a" / "store-g0.json").read_text())["trouble"] == ""


def test_a_store_that_hangs_holds_nobody_longer_than_its_time(
    mortal: RedisServer, opened: list[SharedAccounts], tmp_path: Path
) -> None:
    accounts = _open(opened, mortal, tmp_path / "a")
    _lease(accounts)
    mortal.freeze()
    began_s = time.monotonic()
    with pytest.raises(OverloadedError, match="cannot be used"):
        _lease(accounts)
    assert time.monotonic() - began_s < 0.4
    began_s = time.monotonic()
    with pytest.raises(OverloadedError, match="cannot be used"):
        accounts.apply(0, [Change(EVER, name_of(EVER))], CLOCK.now_us())
    assert time.monotonic() - began_s < 0.05, "who comes right after does not wait at all"
    mortal.thaw()
    found = _lease(accounts)
    assert isinstance(found, Answer)
    assert found.leased in (100 + 98, 100 + 98 + 96), "what it did late was done once or not at all"


@pytest.mark.parametrize("is_replaced", [False, True])
def test_an_emptied_store_lets_nothing_through_of_periods_that_had_begun(
    store: RedisServer, opened: list[SharedAccounts], tmp_path: Path, is_replaced: bool
) -> None:
    one, other = _open(opened, store, tmp_path / "a"), _open(opened, store, tmp_path / "b")
    for accounts in (one, other):
        assert isinstance(_lease(accounts), Answer)
    store.run("FLUSHALL")
    if is_replaced:  # somebody new was there before those who knew the old one
        assert isinstance(_lease(_open(opened, store, tmp_path / "c")), Answer)
    for accounts in (one, other):
        with pytest.raises(OverloadedError, match="has lost what was used"):
            _lease(accounts)
        assert isinstance(_lease(accounts), OverloadedError)
        tomorrow = _tomorrow()
        assert isinstance(_lease(accounts, tomorrow), Answer), "a period that had not begun is known"
    restarted = _open(opened, store, tmp_path / "a")
    assert isinstance(_lease(restarted), OverloadedError)
    store.run("HSET", scripts.EPOCH, "lost_at_us", "0")  # a person says that it may begin anew
    one.calls()
    assert isinstance(_lease(one), Answer)


def test_an_older_copy_of_the_store_is_told_from_the_store(
    store: RedisServer, opened: list[SharedAccounts], tmp_path: Path
) -> None:
    accounts = _open(opened, store, tmp_path / "a")
    _lease(accounts)
    key = scripts.count_key(accounts.lessee)
    before = store.run("GET", key)
    _lease(accounts)
    store.run("SET", key, before)  # type: ignore[arg-type]
    with pytest.raises(OverloadedError, match="has lost what was used"):
        _lease(accounts)
    assert isinstance(_lease(accounts), OverloadedError)
    assert isinstance(_lease(accounts, _tomorrow()), Answer)


def test_open_when_lost_begins_at_nothing_and_says_so(
    store: RedisServer, opened: list[SharedAccounts], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = _open(opened, store, tmp_path / "a", lets_pass=True)
    _lease(accounts)
    store.run("FLUSHALL")
    with caplog.at_level(logging.WARNING), pytest.raises(OverloadedError):
        _lease(accounts)
    assert isinstance(_lease(accounts), Answer)
    assert "requests pass uncounted" in caplog.text


def test_a_store_that_may_forget_accounts_is_not_used(
    store: RedisServer, opened: list[SharedAccounts], tmp_path: Path
) -> None:
    accounts = _open(opened, store, tmp_path / "a")
    store.run("CONFIG", "SET", "maxmemory", "100mb")
    try:
        store.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        with pytest.raises(OverloadedError, match="allkeys-lru forgets accounts"):
            _lease(accounts)
        store.run("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
        assert isinstance(_lease(accounts), Answer)
        names = store.run("KEYS", "evenkeel:*")
        assert isinstance(names, list)
        assert [store.run("TTL", name) for name in names] == [-1] * len(names), "none of them is volatile"
    finally:
        store.run("CONFIG", "SET", "maxmemory", "0")
        store.run("CONFIG", "SET", "maxmemory-policy", "noeviction")
