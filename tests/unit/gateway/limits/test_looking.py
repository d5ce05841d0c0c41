"""What is used of limits is found whoever used it, and never said to be 0 where it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.looking import Uses, look_at_shared, look_at_uses
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import SIZE, name_of
from evenkeel.gateway.limits.table import LimitTable
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.time import US_PER_DAY

NOW_US = 3 * US_PER_DAY + 1
EACH_KEY = Limit("each-key", Holder.KEY, "*", Measure.REQUESTS, Period.DAY, 100)
CARE = Limit("care", Holder.TEAM, "care", Measure.TOKENS, Period.MONTH, 1_000)
TABLE = LimitTable((EACH_KEY, CARE))


class World:
    def __init__(self, path: Path) -> None:
        self.path = path

    def use(self, limit: Limit, holder: str, used: int, now_us: int = NOW_US, *, keeps: int = 0) -> Account:
        """As a worker counts: leased first, then settled; `keeps` stays leased."""
        account = account_of(limit, holder, now_us, "UTC")
        accounts = Accounts.open(self.path, slots=64)
        name = name_of(account)
        accounts.apply(0, [Change(account, name, least=used + keeps, most=used + keeps)], now_us)
        leased = accounts.state(account)
        assert leased is not None
        accounts.apply(0, [Change(account, name, settled=used, back=leased.leased - used - keeps)], now_us)
        accounts.close()
        return account

    def look(self, table: LimitTable = TABLE, *teams: str) -> Uses:
        return look_at_uses(self.path, table, {Holder.TEAM: teams}, NOW_US)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "accounts.bin")


def said(found: Uses) -> list[tuple[str, str, int | None]]:
    return [(use.account.limit.id, use.account.holder, use.taken) for use in found.uses]


def test_every_holder_is_found_the_largest_share_first(world: World) -> None:
    world.use(EACH_KEY, "k1", 7)
    world.use(EACH_KEY, "k2", 20, keeps=5)
    world.use(CARE, "care", 900)
    found = world.look()
    assert said(found) == [("care", "care", 900), ("each-key", "k2", 25), ("each-key", "k1", 7)]
    assert found.uses[1].state == AccountState(charged=20, leased=5, unsettled=0, overrun=0)
    assert [use.taken_ratio for use in found.uses] == [0.9, 0.25, 0.07]
    assert found.unknown_because == ""


def test_accounts_are_found_wherever_they_are_in_a_file_of_many_places(world: World) -> None:
    accounts = Accounts.open(world.path, slots=300)  # more than are read at a time, and no multiple of it
    for number in range(40):
        account = account_of(EACH_KEY, f"k{number}", NOW_US, "UTC")
        accounts.apply(0, [Change(account, name_of(account), least=number, most=number)], NOW_US)
    accounts.close()
    raw = world.path.read_bytes()
    places = [place // SIZE for place in range(SIZE, len(raw), SIZE) if any(raw[place : place + SIZE])]
    assert {place // 128 for place in places} == {0, 1, 2}
    found = [(holder, taken) for limit, holder, taken in said(world.look()) if limit == "each-key"]
    assert found == [(f"k{number}", number) for number in reversed(range(40))]


def test_what_was_used_in_a_period_before_is_not_used_now(world: World) -> None:
    world.use(EACH_KEY, "k1", 7, NOW_US - US_PER_DAY)
    assert said(world.look()) == [("care", "care", 0), ("each-key", "*", 0)]


def test_before_anybody_counted_nothing_is_known_and_nothing_is_made(world: World) -> None:
    found = world.look()
    assert said(found) == [("each-key", "*", None), ("care", "care", None)]
    assert [use.taken_ratio for use in found.uses] == [None, None]
    assert "No worker" in found.unknown_because
    assert not world.path.exists()


def test_a_file_of_something_else_is_not_read_as_nothing_used(world: World) -> None:
    world.path.write_bytes(b"x" * SIZE * 2)
    found = world.look()
    assert {use.taken for use in found.uses} == {None}
    assert "no file of accounts" in found.unknown_because


def test_beside_a_damaged_account_what_is_missing_is_not_known(world: World) -> None:
    name = name_of(world.use(CARE, "care", 900))
    world.use(EACH_KEY, "k1", 7)
    data = bytearray(world.path.read_bytes())
    where = next(place for place in range(SIZE, len(data), SIZE) if data[place : place + 16] == name)
    data[where + 40] ^= 1
    world.path.write_bytes(bytes(data))
    found = world.look()
    assert said(found) == [("care", "care", None), ("each-key", "k1", 7)]
    assert found.unknown_because.startswith("1 accounts are damaged")


def test_a_holder_with_a_limit_of_its_own_has_none_of_everyones(world: World) -> None:
    world.use(EACH_KEY, "k1", 7)
    own = Limit("k1-more", Holder.KEY, "k1", Measure.REQUESTS, Period.DAY, 500)
    world.use(own, "k1", 50)
    assert said(world.look(LimitTable((EACH_KEY, own)))) == [("k1-more", "k1", 50), ("each-key", "*", 0)]


def test_names_too_long_to_be_kept_are_found_by_whoever_knows_them(world: World) -> None:
    each_team, long = Limit("each-team", Holder.TEAM, "*", Measure.TOKENS, Period.DAY, 10), "customer care, Saxony" * 3
    world.use(each_team, long, 4)
    table = LimitTable((each_team,))
    assert said(world.look(table, long)) == [("each-team", long, 4)]


def test_a_name_that_is_forgotten_stays_counted(world: World) -> None:
    each_user = Limit("each-user", Holder.USER, "*", Measure.REQUESTS, Period.EVER, 10)
    account = world.use(each_user, "00000000000000aa", 4)
    table = LimitTable((each_user,))
    assert said(world.look(table)) == [("each-user", "00000000000000aa", 4)]
    accounts = Accounts.open(world.path)
    assert (accounts.forget("00000000000000aa"), accounts.forget("00000000000000aa")) == (1, 0)
    state = accounts.state(account)
    assert state is not None and state.charged == 4
    accounts.close()
    assert said(world.look(table)) == [("each-user", "*", 0)]


def test_looking_takes_no_lock(world: World) -> None:
    world.use(CARE, "care", 900)
    accounts = Accounts.open(world.path)
    with accounts._file.locked():  # as a worker holds it
        assert said(world.look())[0] == ("care", "care", 900)
    accounts.close()


def test_of_a_shared_store_it_is_said_what_is_not_listed_and_what_cannot_be_read() -> None:
    each_user = Limit("each-user", Holder.USER, "*", Measure.REQUESTS, Period.DAY, 100)
    stands = {("care", "care"): AccountState(500, 100, 0, 0), ("each-key", "k1"): AccountState(1, 0, 0, 0)}

    def read(accounts: Sequence[Account]) -> list[AccountState | None]:
        return [stands.get((each.limit.id, each.holder), AccountState(0, 0, 0, 0)) for each in accounts]

    table, holders = LimitTable((EACH_KEY, CARE, each_user)), {Holder.KEY: ("k1", "k2")}
    found = look_at_shared(read, table, holders, NOW_US)
    assert said(found) == [("each-user", "*", None), ("care", "care", 600), ("each-key", "k1", 1)]
    assert "single users" in found.unknown_because

    def lost(_: Sequence[Account]) -> list[AccountState | None]:
        raise OverloadedError("The store is lost.", retry_after_s=1)

    unknown = look_at_shared(lost, LimitTable((CARE,)), {}, NOW_US)
    assert (said(unknown), "lost" in unknown.unknown_because) == ([("care", "care", None)], True)
