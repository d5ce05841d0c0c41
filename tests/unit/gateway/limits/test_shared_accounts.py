"""Accounts that machines share: as a machine's own, whoever is cut off, killed or slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.gateway.limits.changing import Answer, Change, Recovered, Used
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.gateway.limits.shared_scripts import account_key
from evenkeel.kernel.errors import CorruptDataError, OverloadedError
from evenkeel.store.system import SystemClock, SystemIds
from evenkeel.testing.redis_server import RedisServer

LIMIT = Limit("cap", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 6_400)
ACCOUNT = Account(LIMIT, "blue", 0, NEVER_US)
CLOCK = SystemClock()


class Book:
    """Opens accounts of one store, as other machines, and closes them."""

    def __init__(self, store: RedisServer, folder: Path) -> None:
        self.store, self.folder, self.opened = store, folder, list[SharedAccounts]()

    def open(self, name: str, life_s: float = 60.0) -> SharedAccounts:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        accounts = SharedAccounts(
            SharedSettings(self.store.address, life_s=life_s), f"{name}@g0-1", Machine(folder, CLOCK, SystemIds())
        )
        self.opened.append(accounts)
        return accounts


@pytest.fixture
def book(store: RedisServer, tmp_path: Path) -> Iterator[Book]:
    made = Book(store, tmp_path)
    yield made
    for accounts in made.opened:
        accounts.close()


def _one(accounts: SharedAccounts, account: Account = ACCOUNT, **given: int) -> Answer:
    change = Change(account, name_of(account), turns=bool(given.get("settled")), **given)
    (answer,) = accounts.apply(0, [change], CLOCK.now_us())
    assert isinstance(answer, Answer)
    return answer


def test_two_machines_lease_out_of_one_account(book: Book) -> None:
    one, other = book.open("a"), book.open("b")
    assert _one(one, least=1, most=10).granted == 100
    assert _one(other, least=1, most=6_200).granted == 6_200
    assert _one(one, least=1, most=200) == Answer(100, 200, 6_200, 0, 0)
    assert _one(one, least=50, most=200).granted == 0
    before = other.calls()
    assert other.wanted([name_of(ACCOUNT)], CLOCK.now_us()) == [name_of(ACCOUNT)]
    assert _one(other, settled=1_000, back=5_000) == Answer(0, 200, 200, 1_000, 1)
    assert _one(one, least=50, most=200).granted == 200
    assert _one(one, least=6_000, most=6_000).granted == 0
    assert other.calls() == before + 1
    assert one.state(ACCOUNT) == AccountState(1_000, 600, 0, 0)
    assert one.state(Account(LIMIT, "red", 0, NEVER_US)) is None


def test_changes_of_one_account_in_one_go_are_done_in_order(book: Book) -> None:
    accounts = book.open("a")
    change = Change(ACCOUNT, name_of(ACCOUNT), least=1_000, most=1_000)
    back = Change(ACCOUNT, name_of(ACCOUNT), back=300)
    many = [
        Change(each, name_of(each), least=1, most=1)
        for each in (Account(LIMIT, f"t{n}", 0, NEVER_US) for n in range(150))
    ]
    answers = accounts.apply(0, [change, *many, change, back], CLOCK.now_us())
    assert [answer.leased for answer in answers if isinstance(answer, Answer)] == [1_000, *[100] * 150, 2_000, 1_700]


def test_amounts_beyond_what_a_float_holds_are_exact(book: Book) -> None:
    huge = Account(Limit("huge", Holder.TEAM, "*", Measure.MONEY, Period.EVER, 10**18, "USD"), "blue", 0, NEVER_US)
    one, other = book.open("a"), book.open("b")
    most = 10**18 - 10**15 + 1
    assert _one(one, huge, least=1, most=most).granted == most
    assert _one(one, huge, settled=most - 1).charged == most - 1
    assert _one(other, huge, least=1, most=10**18).granted == 10**15 - 1


def test_workers_that_change_one_account_at_once_lose_nothing(book: Book) -> None:
    def work(accounts: SharedAccounts) -> None:
        for _ in range(100):
            _one(accounts, least=1, most=1)
            _one(accounts, settled=1)

    every = [book.open(f"m{number}") for number in range(4)]
    threads = [threading.Thread(target=work, args=(each,)) for each in every]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    state = every[0].state(ACCOUNT)
    assert state is not None
    assert state.charged == 400
    assert state.charged + state.leased <= 6_400


def test_who_is_not_heard_of_is_charged_in_full_and_put_right_when_it_comes_back(book: Book) -> None:
    silent, other = book.open("a", life_s=0.05), book.open("b")
    _one(silent, least=1, most=1_000)
    other.calls()
    _wait_for_lapse(other, book)
    assert other.state(ACCOUNT) == AccountState(1_000, 0, 1_000, 0)
    assert _one(silent, settled=400, back=500) == Answer(0, 100, 0, 400, 1)
    assert other.state(ACCOUNT) == AccountState(400, 100, 0, 0)


def _wait_for_lapse(accounts: SharedAccounts, book: Book) -> None:
    for _ in range(1_000):
        again = book.open("watcher")
        again.calls()  # the first look of a lessee is one that buries
        state = again.state(ACCOUNT)
        assert state is not None
        if not state.leased:
            return
    raise AssertionError("it never lapsed")


def test_a_dead_worker_is_recovered_by_what_its_file_says_even_after_it_lapsed(book: Book) -> None:
    dead, other = book.open("a", life_s=0.05), book.open("b")
    _one(dead, least=1, most=1_000)
    noted: list[tuple[bytes, int]] = []
    _wait_for_lapse(other, book)
    used = {name_of(ACCOUNT): Used(90, 60, 0, ((0, 0), (0, 0)))}
    with other._link.asking():
        recovered = other.recover(dead.lessee, used, lambda name, turn: noted.append((name, turn)))
    assert recovered == Recovered(1, 90, 30, 910)
    assert noted == [(name_of(ACCOUNT), 1)]
    assert other.state(ACCOUNT) == AccountState(90, 0, 30, 0)
    assert other.reconcile(ACCOUNT, 100) == 30
    assert other.reconcile(ACCOUNT, 100) == 0
    with other._link.asking():
        assert other.recover("nobody@g1-1", {}, lambda name, turn: None) == Recovered()


def test_accounts_that_are_over_are_swept(book: Book) -> None:
    accounts = book.open("a")
    past = Account(Limit("m", Holder.KEY, "*", Measure.TOKENS, Period.MINUTE, 100), "k", 0, 60_000_000)
    _one(accounts, past, least=1, most=1)
    assert accounts.state(past) is not None
    accounts.calls()
    assert accounts.state(past) is None


def test_a_damaged_account_is_refused_and_the_others_are_not(book: Book) -> None:
    accounts = book.open("a")
    other = Account(LIMIT, "red", 0, NEVER_US)
    _one(accounts, least=1, most=1)
    book.store.run("SET", account_key(name_of(ACCOUNT)), b"t" * 16 + b"damaged")
    changes = [Change(each, name_of(each), least=1, most=1) for each in (ACCOUNT, other)]
    accounts.apply(0, changes, CLOCK.now_us())
    damaged, whole = accounts.apply(0, changes, CLOCK.now_us())
    assert isinstance(damaged, CorruptDataError)
    assert isinstance(whole, Answer)


def test_control_sees_how_accounts_stand_and_accepts_a_loss(book: Book) -> None:
    worker, control = book.open("a"), book.open("control")
    _one(worker, least=5, most=5)
    nobody = Account(LIMIT, "red", 0, NEVER_US)
    assert control.states([ACCOUNT, nobody]) == [worker.state(ACCOUNT), AccountState(0, 0, 0, 0)]
    assert control.accept_loss() == 0, "nothing was lost"
    book.store.run("FLUSHALL")
    with pytest.raises(OverloadedError):
        _one(worker, least=1, most=1)
    control = book.open("control")  # as it is opened anew each time
    assert control.accept_loss() > 0
    worker.calls()
    assert _one(worker, least=1, most=1).granted
    book.store.run("SET", account_key(name_of(ACCOUNT)), "x" * 600)
    assert control.states([ACCOUNT]) == [None], "what is damaged is not known"
