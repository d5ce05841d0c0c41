"""What a dead worker's reservations cost is taken back by a person with a reason, and by nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.gateway.commands.accounts import AccountsDependencies, LimitAccounts
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.model import AccountState
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.org.access.keys import Keys, NewKey
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemIds
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock
from evenkeel.testing.redis_server import RedisServer, find_binary

CONFIG = Config.model_validate(
    {
        "gateway": {
            "limits": {
                "each-key": {"holder": "key", "measure": "requests", "period": "day", "amount": 100},
                "care": {"holder": "team", "name": "care", "measure": "tokens", "period": "month", "amount": 1000},
            }
        }
    }
)


class World:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "accounts.bin"
        self.clock = SimClock()
        self.store: SharedSettings | None = None
        self.records = Records.open(f"sqlite:///{folder / 'records.sqlite'}")
        self.keys = Keys(self.records, self.clock, SystemIds(), folder / "intake.json")
        self.gateway = Gateway(self.records, self.clock, SystemIds(), folder / "gateway.json")
        self.gateway.configure(CONFIG)
        self.accounts = LimitAccounts(
            AccountsDependencies(
                folder,
                self.gateway,
                self.keys,
                self.records,
                self.clock,
                lambda: "UTC",
                SystemIds(),
                lambda: self.store,
            )
        )

    def die_with(self, limit_id: str, holder: str, leased: int) -> None:
        """A worker that is gone with all that it had leased, and its lease file as well."""
        now_us = self.clock.now_us()
        account = account_of(self.gateway.effective.limits[limit_id], holder, now_us, "UTC")
        accounts = Accounts.open(self.path, slots=64)
        accounts.apply(0, [Change(account, name_of(account), least=leased, most=leased)], now_us)
        accounts.recover(0, {}, lambda _name, _turn: None)
        accounts.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.records.close()


def test_what_was_not_used_in_truth_is_taken_back_and_audited(world: World) -> None:
    world.die_with("care", "care", 300)
    done = world.accounts.reconcile("care", "care", 250, actor="ada", reason="the provider's invoice")
    assert (done.taken, done.state) == (250, AccountState(charged=50, leased=0, unsettled=50, overrun=0))
    assert [use.state for use in world.accounts.uses().uses if use.account.limit.id == "care"] == [done.state]
    newest, *_ = trail.latest(world.records)
    assert (newest["actor"], newest["action"]) == ("ada", "gateway.reconcile")
    assert (newest["target"], newest["reason"]) == ("limit:care/care", "the provider's invoice")
    assert json.loads(newest["before"])["charged"] == 300
    assert json.loads(newest["after"]) == {"charged": 50, "leased": 0, "overrun": 0, "taken": 250, "unsettled": 50}
    assert world.accounts.reconcile("care", "care", 1_000, actor="ada", reason="all").taken == 50, "no more than was"
    with pytest.raises(ConflictError, match="for a worker that died"):
        world.accounts.reconcile("care", "care", 1, actor="ada", reason="more")


@pytest.mark.parametrize(
    ("limit", "holder", "amount", "reason", "error"),
    [
        ("none", "care", 1, "r", NotFoundError),
        ("care", "sales", 1, "r", InvalidInputError),
        ("each-key", "*", 1, "r", InvalidInputError),
        ("care", "care", 0, "r", InvalidInputError),
        ("care", "care", 1, "  ", InvalidInputError),
        ("each-key", "k1", 1, "r", ConflictError),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    world: World, limit: str, holder: str, amount: int, reason: str, error: type[Exception]
) -> None:
    world.die_with("care", "care", 300)
    with pytest.raises(error):
        world.accounts.reconcile(limit, holder, amount, actor="ada", reason=reason)
    assert {use.taken for use in world.accounts.uses().uses if use.account.limit.id == "care"} == {300}
    assert not [row for row in trail.latest(world.records) if row["action"] == "gateway.reconcile"]


def test_before_a_worker_counted_there_is_nothing_to_take_back(world: World) -> None:
    with pytest.raises(ConflictError, match="No worker has counted"):
        world.accounts.reconcile("care", "care", 1, actor="ada", reason="r")
    assert not world.path.exists()


def test_a_key_is_called_by_its_name(world: World) -> None:
    key, _ = world.keys.create(NewKey("chat", Scope.GATEWAY), actor="ada")
    assert world.accounts.key_names() == {key.id: "chat"}


@pytest.fixture
def shared(world: World, tmp_path: Path) -> Iterator[RedisServer]:
    """The store in which this world keeps its accounts together with others."""
    if not find_binary():
        pytest.skip("no Redis is installed (Debian package redis-server)")
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", keeps=False).start()
    world.store = SharedSettings(server.address)
    yield server
    server.stop()


def test_accounts_that_machines_share_are_read_and_reconciled_in_their_store(
    world: World, shared: RedisServer, tmp_path: Path
) -> None:
    now_us = world.clock.now_us()
    account = account_of(world.gateway.effective.limits["care"], "care", now_us, "UTC")
    (tmp_path / "other").mkdir()
    machine = Machine(tmp_path / "other", world.clock, SystemIds())
    other = SharedAccounts(SharedSettings(shared.address), "other@g0-1", machine)
    other.apply(0, [Change(account, name_of(account), least=300, most=300)], now_us)
    other.recover("other@g0-1", {}, lambda _name, _turn: None)
    (care,) = [use for use in world.accounts.uses().uses if use.account.limit.id == "care"]
    assert care.state == AccountState(300, 0, 300, 0)
    done = world.accounts.reconcile("care", "care", 250, actor="ada", reason="the provider's invoice")
    assert (done.taken, other.state(account)) == (250, AccountState(50, 0, 50, 0))
    other.close()


def test_a_loss_of_the_store_is_accepted_by_a_person_with_a_reason(world: World, shared: RedisServer) -> None:
    accounts = world.accounts
    stands = accounts.loss()
    assert stands is not None
    assert (stands.address, stands.lost_at_us, stands.trouble) == (shared.url, 0, "")
    with pytest.raises(ConflictError, match="has lost nothing"):
        accounts.accept_loss(actor="ada", reason="none")
    shared.run("FLUSHALL")
    assert accounts.loss() != stands
    with pytest.raises(InvalidInputError, match="A reason has 1 to"):
        accounts.accept_loss(actor="ada", reason=" ")
    assert accounts.accept_loss(actor="ada", reason="it was a test").lost_at_us == 0
    assert accounts.loss() == stands
    newest, *_ = trail.latest(world.records)
    assert (newest["actor"], newest["action"], newest["target"]) == (
        "ada",
        "gateway.accept_loss",
        f"store:{shared.url}",
    )
    shared.stop()
    gone = accounts.loss()
    assert gone is not None
    assert "cannot be used" in gone.trouble
    assert accounts.uses().unknown_because.startswith("What is used cannot be read")


def test_without_a_shared_store_there_is_no_loss_to_accept(world: World) -> None:
    assert world.accounts.loss() is None
    with pytest.raises(ConflictError, match="No store is shared"):
        world.accounts.accept_loss(actor="ada", reason="none")
