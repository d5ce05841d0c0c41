"""Tables are followed, and kills carried out."""

from __future__ import annotations

import asyncio

from evenkeel.gateway.cache.model import CachedAnswer, Partition, Purge
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.metering.model import Metered
from evenkeel.gateway.proxy.following import Following, Purging
from evenkeel.gateway.proxy.worker import OpenExchanges
from evenkeel.gateway.routes.model import Kill, Route, RouteTable


class Exchange:
    """Remembers why it was ended."""

    reason = ""

    def interrupt(self, reason: str) -> None:
        self.reason = reason


def table(generation: int, *, is_killed: bool) -> RouteTable:
    route = Route("production", "bot", (), kill=Kill("why", "ada", 0) if is_killed else None)
    return RouteTable(generation, 0, {route.name: route}, {})


def test_a_kill_ends_what_is_in_flight_and_nothing_is_ended_twice() -> None:
    tables = [table(1, is_killed=False)]
    all_open, exchange = OpenExchanges(), Exchange()
    following = Following(lambda: tables[-1], all_open)
    all_open.enter("production/bot", exchange)
    assert following.look() == 0
    tables.append(table(2, is_killed=True))
    assert following.routes().generation == 1  # only a look takes it over
    assert following.look() == 1
    assert (following.routes().generation, exchange.reason) == (2, "kill_switch")
    assert following.look() == 0


def test_it_goes_on_looking_by_itself() -> None:
    async def work() -> None:
        tables = [table(1, is_killed=False)]
        seen = asyncio.Event()

        def look() -> RouteTable:
            if len(tables) > 1:
                seen.set()
            return tables[-1]

        following = Following(look, OpenExchanges())
        task = asyncio.create_task(following.run())
        tables.append(table(2, is_killed=False))
        async with asyncio.timeout(10):
            await seen.wait()
            await asyncio.sleep(0)
        assert following.routes().generation == 2
        task.cancel()

    asyncio.run(work())


def test_a_purge_is_done_once_and_by_every_look_that_finds_a_new_one() -> None:
    cache = AnswerCache(10_000)
    bot = Partition("key:k", "production", "bot", "1")
    answer = CachedAnswer(200, (), (b"x",), Metered.nothing(), 0, 10**18)

    def put() -> None:
        cache.put(b"k", bot, answer, 0, generation=cache.generation(bot))

    tables: list[tuple[Purge, ...]] = [()]
    purging = Purging(cache, lambda: tables[-1])
    put()
    purging()
    assert cache.get(b"k", bot, 1) is not None
    tables.append((Purge(1, service="bot"),))
    purging()
    assert cache.get(b"k", bot, 1) is None
    put()
    purging()
    assert cache.get(b"k", bot, 1) is not None
