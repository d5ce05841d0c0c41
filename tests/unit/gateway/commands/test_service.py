"""Live edits: in force at once, audited, undone, and overruled by their own configured value only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.gateway.commands.model import Effective, KillService, Own, PurgeCache, ReviveService, SetLimit, SetWeights
from evenkeel.gateway.commands.service import CONFIGURATION, Gateway
from evenkeel.gateway.limits.table import parse_limits
from evenkeel.gateway.routes.model import Dialect, Route, Upstream, Version
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.org.config.model import Config
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds


def config(weights: tuple[float, float] = (1, 0), amount: int = 10, *, fallback: tuple[str, ...] = ()) -> Config:
    return Config.model_validate(
        {
            "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
            "gateway": {
                "routes": {
                    "bot": {
                        "versions": {
                            name: {"weight": weight, "upstreams": ["u"]}
                            for name, weight in zip(("1", "2"), weights, strict=True)
                        },
                        "fallback": fallback,
                    }
                },
                "limits": {"trial": {"holder": "key", "measure": "requests", "period": "day", "amount": amount}},
            },
        }
    )


class World:
    def __init__(self, folder: Path) -> None:
        self.records = Records.open(f"sqlite:///{folder / 'records.sqlite'}")
        self.clock = SimClock()
        self.ids = SimIds()
        self.table = folder / "gateway.json"
        self.gateway = self.again()
        self.gateway.configure(config())

    def again(self) -> Gateway:
        """As after a restart."""
        return Gateway(self.records, self.clock, self.ids, self.table)

    @property
    def published(self) -> Any:
        return json.loads(self.table.read_bytes())

    @property
    def weights(self) -> list[float]:
        return [version["weight"] for version in self.published["routes"]["production/bot"]["versions"]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.records.close()


FLIP = SetWeights("production", "bot", {"2": 1.0}, "1 is worse")


def test_a_flip_is_published_audited_and_outlives_a_restart(world: World) -> None:
    before = world.published["generation"]
    change = world.gateway.perform(FLIP, actor="ada")
    assert change is not None
    assert (world.weights, world.published["generation"]) == ([0.0, 1.0], before + 1)
    assert (change.before, change.after) == ({"1": 1.0, "2": 0.0}, {"1": 0.0, "2": 1.0})
    assert trail.verify(world.records).broken_at is None
    again = world.again()
    again.configure(config())
    assert world.weights == [0.0, 1.0]
    assert [each.actor for each in again.history()] == ["ada"]


def test_the_same_again_changes_nothing(world: World) -> None:
    world.gateway.perform(FLIP, actor="ada")
    generation = world.published["generation"]
    assert world.gateway.perform(FLIP, actor="bob") is None
    assert (world.published["generation"], len(world.gateway.history())) == (generation, 1)


def test_the_configuration_overrules_a_field_whose_value_it_changes_and_says_so(world: World) -> None:
    world.gateway.perform(FLIP, actor="ada")
    world.gateway.configure(config(amount=11, fallback=("2",)))
    assert world.weights == [0.0, 1.0]
    world.gateway.configure(config((3, 1)))
    assert world.weights == [3.0, 1.0]
    latest = world.gateway.history("production/bot")[0]
    assert (latest.actor, latest.before, latest.after) == (CONFIGURATION, {"1": 0.0, "2": 1.0}, {"1": 3.0, "2": 1.0})
    world.gateway.configure(config())
    assert world.weights == [1.0, 0.0]


def test_a_kill_holds_until_somebody_revives(world: World) -> None:
    world.gateway.perform(KillService("production", "bot", "leaks names"), actor="ada")
    kill = world.published["routes"]["production/bot"]["kill"]
    assert (kill["reason"], kill["actor"]) == ("leaks names", "ada")
    world.gateway.configure(Config())
    world.gateway.configure(config((5, 5)))
    assert world.published["routes"]["production/bot"]["kill"] is not None
    world.gateway.perform(ReviveService("production", "bot", "mended"), actor="bob")
    assert world.published["routes"]["production/bot"]["kill"] is None
    world.again().configure(config())
    assert world.published["routes"]["production/bot"]["kill"] is None


def test_the_latest_change_of_a_field_can_be_undone(world: World) -> None:
    first = world.gateway.perform(FLIP, actor="ada")
    other = world.gateway.perform(SetLimit("trial", 20), actor="ada")
    second = world.gateway.perform(SetWeights("production", "bot", {"1": 1.0, "2": 1.0}), actor="bob")
    assert first is not None
    assert second is not None
    assert other is not None
    with pytest.raises(ConflictError, match="changed again, by bob"):
        world.gateway.undo(first.id, actor="ada")
    world.gateway.undo(second.id, actor="ada")
    assert world.weights == [0.0, 1.0]
    world.gateway.undo(other.id, actor="ada")
    assert world.published["limits"][0]["amount"] == 10
    with pytest.raises(NotFoundError, match="no change"):
        world.gateway.undo("nothing", actor="ada")


def test_a_kill_and_a_revival_are_undone_alike(world: World) -> None:
    kill = world.gateway.perform(KillService("production", "bot", "leaks"), actor="ada")
    assert kill is not None
    undone = world.gateway.undo(kill.id, actor="ada")
    assert undone is not None
    assert world.published["routes"]["production/bot"]["kill"] is None
    world.gateway.undo(undone.id, actor="ada")
    assert world.published["routes"]["production/bot"]["kill"]["reason"] == "leaks"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (SetWeights("production", "bott", {"1": 1.0}), NotFoundError),
        (SetWeights("production", "bot", {"1": 0.0}), InvalidInputError),
        (KillService("production", "bot", " "), InvalidInputError),
        (SetLimit("none", 5), NotFoundError),
    ],
)
def test_what_makes_no_sense_changes_nothing(world: World, command: Any, error: type[Exception]) -> None:
    before = world.published
    with pytest.raises(error):
        world.gateway.perform(command, actor="ada")
    assert (world.published, world.gateway.history()) == (before, [])


def test_before_there_is_a_configuration_nothing_is_published(world: World) -> None:
    with pytest.raises(ConflictError, match="not configured yet"):
        world.again().perform(FLIP, actor="ada")


def test_routes_of_evenkeels_own_are_flipped_like_any_other_and_are_nobodys_history(tmp_path: Path) -> None:
    world = World(tmp_path)
    route = Route("ours:x", "drill", (Version("a", 1.0, ("ours",)), Version("b", 0.0, ("ours",))))
    world.gateway.lend(Own(Effective({route.name: route}), {"ours": Upstream("ours", "http://ours", Dialect.OPENAI)}))
    assert set(world.published["routes"]) == {"production/bot", "ours:x/drill"}
    world.gateway.rehearse(SetWeights("ours:x", "drill", {"b": 1.0}), actor="evenkeel")
    assert [each["weight"] for each in world.published["routes"]["ours:x/drill"]["versions"]] == [0.0, 1.0]
    world.gateway.configure(config((0, 1)))  # a new configuration keeps them
    assert set(world.published["routes"]) == {"production/bot", "ours:x/drill"}
    assert set(world.gateway.effective.routes) == {"production/bot"}
    assert world.gateway.history() == []
    world.gateway.lend(Own())
    assert set(world.published["routes"]) == {"production/bot"}


def test_a_purge_is_published_and_audited_and_can_be_told_but_not_undone(world: World) -> None:
    generation = world.published["generation"]
    change = world.gateway.purge(PurgeCache("production", "bot", "1", reason="wrong prices"), actor="ada")
    user = world.gateway.purge(PurgeCache(users=(7, 8), reason="asked for it"), actor="ada")
    assert world.published["generation"] == generation + 2
    assert [(each["seq"], each["service"], each["user"]) for each in world.published["purges"]] == [
        (1, "bot", None),
        (2, "", 7),
        (3, "", 8),
    ]
    assert (change.target, change.before, change.after) == ("production/bot", None, {"version": "1", "user": "*"})
    assert (user.target, user.after) == ("*/*", {"version": "*", "user": "one"})
    assert [each.id for each in world.gateway.history()] == [user.id, change.id]
    audited = trail.latest(world.records, limit=1)[0]
    assert (audited["action"], audited["reason"], audited["actor"]) == ("gateway.purge", "asked for it", "ada")
    with pytest.raises(ConflictError, match="gone"):
        world.gateway.undo(change.id, actor="ada")


def test_purges_stand_in_the_table_through_restarts_and_other_changes(world: World) -> None:
    world.gateway.purge(PurgeCache(service="bot", reason="why"), actor="ada")
    world.gateway.forget([9])
    again = world.again()
    again.configure(config(amount=20))
    again.perform(FLIP, actor="ada")
    assert [(each["seq"], each["user"]) for each in world.published["purges"]] == [(1, None), (2, 9)]
    assert len(again.history()) == 2  # the purge and the flip: of whom one forgets there is no history


def test_purges_that_nobody_can_read_make_workers_purge_everything(world: World) -> None:
    world.table.write_text(json.dumps(world.published | {"purges": [{"seq": -1}]}))
    world.gateway.purge(PurgeCache(service="bot", reason="why"), actor="ada")
    everything, bot = world.published["purges"]
    assert (everything["service"], bot["service"]) == ("", "bot")
    assert bot["seq"] == everything["seq"] + 1 > 1_000


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (PurgeCache("production", "bto"), "bot"),
        (PurgeCache("prod"), "production"),
        (PurgeCache(service="bot", version="3"), "There are 1, 2"),
    ],
)
def test_a_purge_of_what_no_route_has_is_refused_and_not_done(world: World, command: PurgeCache, hint: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        world.gateway.purge(command, actor="ada")
    assert hint in str(refused.value)
    assert world.published["purges"] == []
    assert world.gateway.history() == []


def test_a_user_that_a_limit_names_is_the_one_that_workers_count(world: World) -> None:
    given = config().model_dump(mode="json")
    each = {"holder": "user", "measure": "requests", "period": "day", "amount": 5}
    named = {"ada": {**each, "name": "ada@example.org"}, "all": each, "shown": {**each, "name": f"{7:016x}"}}
    pseudonyms = Pseudonyms.with_key(b"k" * 32)
    gateway = Gateway(world.records, world.clock, world.ids, world.table, pseudonyms.of)
    gateway.configure(Config.model_validate({**given, "gateway": {**given["gateway"], "limits": named}}))
    table = parse_limits(world.published)

    def limits_of(user: str) -> list[str]:
        return [each.limit.id for each in table.accounts_for("", "", user, "", 0)]

    assert limits_of(f"{pseudonyms.of('ada@example.org'):016x}") == ["ada"]
    assert limits_of(f"{pseudonyms.of('bob'):016x}") == ["all"]
    assert limits_of(f"{7:016x}") == ["shown"]
    assert "ada@example.org" not in world.table.read_text()
