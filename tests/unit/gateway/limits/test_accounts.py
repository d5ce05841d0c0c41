"""Accounts are found again, given away only when they are over, and refused when they are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Answer, Change
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.record import SIZE, name_of
from evenkeel.kernel.errors import CorruptDataError, OverloadedError
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE

LIMIT = Limit("cap", Holder.KEY, "*", Measure.TOKENS, Period.MINUTE, 6_400)


def _account(holder: str = "k", from_us: int = 0) -> Account:
    return Account(LIMIT, holder, from_us, from_us + US_PER_MINUTE)


def _change(
    account: Account, *, settled: int = 0, back: int = 0, least: int = 0, most: int = 0, ahead: int = 0
) -> Change:
    return Change(account, name_of(account), settled, 0, bool(settled), back, 0, least, most, ahead)


def _one(accounts: Accounts, worker: int, change: Change, now_us: int = 0) -> Answer:
    (answer,) = accounts.apply(worker, [change], now_us)
    assert isinstance(answer, Answer)
    return answer


def test_a_lease_is_a_small_share_and_near_the_cap_exact(tmp_path: Path) -> None:
    accounts = Accounts.open(tmp_path / "a", slots=64)
    assert _one(accounts, 0, _change(_account(), least=1, most=10)).granted == 100
    assert _one(accounts, 0, _change(_account(), most=6_200, least=1)).granted == 6_200
    assert _one(accounts, 1, _change(_account(), most=10, least=1)).granted == 10
    assert _one(accounts, 1, _change(_account(), ahead=10)).granted == 0
    assert _one(accounts, 1, _change(_account(), most=200, least=100)).granted == 0
    assert _one(accounts, 1, _change(_account(), most=200, least=90)).granted == 90
    assert accounts.state(_account()) == AccountState(0, 6_400, 0, 0)


def test_a_worker_that_is_short_is_heard_by_the_others(tmp_path: Path) -> None:
    one, other = (Accounts.open(tmp_path / "a", slots=64) for _ in range(2))
    names = [name_of(_account())]
    _one(one, 0, _change(_account(), least=1, most=6_400))
    before = one.calls()
    assert one.wanted(names, 1) == []
    _one(other, 1, _change(_account(), least=1, most=1))
    assert one.calls() == before + 1
    assert one.wanted(names, 1) == names
    assert one.wanted(names, 600_000) == []


def test_what_is_settled_and_given_back_leaves_the_lease(tmp_path: Path) -> None:
    accounts = Accounts.open(tmp_path / "a", slots=64)
    _one(accounts, 5, _change(_account(), least=1, most=1_000))
    answer = _one(accounts, 5, _change(_account(), settled=300, back=200))
    assert (answer.leased, answer.charged, answer.turn) == (500, 300, 1)
    assert accounts.lessees() == {5}


def test_records_are_reused_when_their_period_and_grace_are_over(tmp_path: Path) -> None:
    accounts = Accounts.open(tmp_path / "a", slots=4)
    for number in range(4):
        _one(accounts, 0, _change(_account(f"k{number}"), least=1, most=1))
    (full,) = accounts.apply(0, [_change(_account("k4"), least=1, most=1)], 2 * US_PER_MINUTE)
    assert isinstance(full, OverloadedError)
    _one(accounts, 0, _change(_account("k0"), back=100))
    _one(accounts, 0, _change(_account("k4", 3 * US_PER_MINUTE), least=1, most=1), 3 * US_PER_MINUTE)
    assert accounts.state(_account("k0")) is None
    (full,) = accounts.apply(0, [_change(_account("k5"), least=1, most=1)], 3 * US_PER_MINUTE)
    assert isinstance(full, OverloadedError), "the others are leased"
    _one(accounts, 0, _change(_account("k5", US_PER_DAY), least=1, most=1), US_PER_DAY + US_PER_MINUTE)


def test_a_damaged_account_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    accounts = Accounts.open(tmp_path / "a", slots=1_024)
    for holder in ("a", "b"):
        _one(accounts, 0, _change(_account(holder), least=1, most=1))
    place = (int.from_bytes(name_of(_account("a"))[:8], "little") % 1_024 + 1) * SIZE
    with (tmp_path / "a").open("r+b") as file:
        file.seek(place + 20)
        file.write(b"\xff")
    fresh = Accounts.open(tmp_path / "a")
    damaged, whole = fresh.apply(0, [_change(_account("a"), most=1), _change(_account("b"), most=1)], 0)
    assert isinstance(damaged, CorruptDataError)
    assert isinstance(whole, Answer)
    with pytest.raises(CorruptDataError):
        fresh.state(_account("a"))


def test_a_file_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"something else" * 1_000)
    with pytest.raises(CorruptDataError):
        Accounts.open(tmp_path / "a", slots=4)
