"""Purges of several homes in one store: each done once, and known to all before anything older is given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenkeel.gateway.cache.model import Partition, Purge
from evenkeel.gateway.cache.shared_purges import PURGES_MAX, KnownPurges, look, obey
from evenkeel.store.resp import Connection
from evenkeel.testing.redis_server import RedisServer

BOT = Partition("team:care", "production", "bot", "1")
OTHER = Partition("team:care", "production", "other", "1")


@pytest.fixture
def connection(store: RedisServer) -> Iterator[Connection]:
    made = Connection(store.address, timeout_s=5)
    yield made
    made.close()


def test_workers_of_one_home_do_a_purge_once_and_all_homes_know_it(connection: Connection) -> None:
    purges = [Purge(1, service="bot")]
    assert [obey(connection, "home", purges) for _ in range(3)] == [1, 1, 1]
    assert obey(connection, "other home", [Purge(1, service="other")]) == 2
    known = look(connection, KnownPurges())
    assert known == KnownPurges(2, ((1, Purge(1, service="bot")), (2, Purge(1, service="other"))))
    assert [known.lets(BOT, number) for number in range(3)] == [False, True, True]
    assert [known.lets(OTHER, number) for number in range(3)] == [False, False, True]
    assert look(connection, known) is known


def test_only_what_is_new_is_done(connection: Connection) -> None:
    obey(connection, "home", [Purge(1, service="bot"), Purge(2, service="other")])
    assert obey(connection, "home", [Purge(2, service="other"), Purge(3, user=2**64 - 1)]) == 3
    assert look(connection, KnownPurges()).purges[-1] == (3, Purge(3, user=2**64 - 1))


@pytest.mark.parametrize(
    "purges",
    [[], [Purge(2, service="bot")], [Purge(9, service="bot")]],
    ids=["the table was lost", "the numbers went back", "some in between are not told any more"],
)
def test_what_cannot_be_told_purges_everything(connection: Connection, purges: list[Purge]) -> None:
    obey(connection, "home", [Purge(number, service="bot") for number in range(1, 6)])
    before = look(connection, KnownPurges())
    assert before.lets(OTHER, 4)
    obey(connection, "home", purges)
    assert not look(connection, before).lets(OTHER, 4)


def test_a_store_that_lost_its_purges_gives_up_what_it_keeps(connection: Connection) -> None:
    obey(connection, "home", [Purge(number, service="bot") for number in range(1, 4)])
    known = look(connection, KnownPurges())
    connection.run("FLUSHALL")
    found = look(connection, known)
    assert found.number == 4
    assert not found.lets(OTHER, 3)
    assert look(connection, KnownPurges()) == found, "whoever comes later sees it as well"


def test_older_purges_than_are_told_apart_mean_everything(connection: Connection) -> None:
    for number in range(1, PURGES_MAX + 12):
        obey(connection, "home", [Purge(number, service="bot")])
    known = look(connection, KnownPurges())
    assert len(known.purges) == PURGES_MAX
    first = known.purges[0][0]
    assert (known.lets(OTHER, first - 2), known.lets(OTHER, first - 1), known.lets(BOT, first)) == (False, True, False)


def test_a_list_with_a_gap_lets_nothing_older_pass(connection: Connection) -> None:
    obey(connection, "home", [Purge(number, service="bot") for number in range(1, 4)])
    connection.run("DEL", "evenkeel:{cache}:purges")
    found = look(connection, KnownPurges())
    assert (found, found.lets(OTHER, 2), found.lets(OTHER, 3)) == (KnownPurges(3), False, True)
