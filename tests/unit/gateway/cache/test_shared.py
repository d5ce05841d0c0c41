"""Answers in a store that machines share: given to all, never after a purge, and missed without harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenkeel.gateway.cache.model import CachedAnswer, Partition, Purge
from evenkeel.gateway.cache.shared import SharedAnswers
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage
from evenkeel.store.system import SystemClock
from evenkeel.testing.redis_server import RedisServer

BOT = Partition("team:care", "production", "bot", "1")
KEY = b"k" * 32
PATIENCE_S = 20.0


def answer(text: bytes = b"hello", lives_s: float = 60.0) -> CachedAnswer:
    now_us = SystemClock().now_us()
    metered = Metered(Usage(3, 0, 0, 12), UsageSource.PROVIDER)
    return CachedAnswer(200, (), (text,), metered, now_us, now_us + round(lives_s * 1e6))


@asynccontextmanager
async def machine(server: RedisServer, home: str, purges: Sequence[Purge] = ()) -> AsyncIterator[SharedAnswers]:
    shared = SharedAnswers(server.address, home, SystemClock(), timeout_s=2.0)
    shared.obey(purges)
    task = asyncio.create_task(shared.run())
    try:
        yield shared
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  what a store knows rings no bell
            await asyncio.sleep(0.005)


async def kept(shared: SharedAnswers, server: RedisServer, *, number: int | None = None) -> None:
    """Keep an answer, and wait until the store has it."""
    await until(lambda: shared.is_usable)
    shared.put(KEY, BOT, answer(), number=shared.number if number is None else number)
    await until(lambda: server.run("EXISTS", b"evenkeel:{cache}:1:" + KEY))


def test_what_one_machine_keeps_another_gives_and_to_no_other_partition(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one, machine(store, "b") as other:
            await kept(one, store)
            await until(lambda: other.is_usable)
            found = await other.get(KEY, BOT)
            assert found is not None
            assert found.chunks == (b"hello",)
            assert await other.get(KEY, replace(BOT, tenant="team:other")) is None
            assert await other.get(b"o" * 32, BOT) is None
            assert (other.hits, other.misses) == (1, 2)

    asyncio.run(play())


def test_a_purge_holds_here_at_once_and_elsewhere_soon_and_for_what_is_still_being_answered(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one, machine(store, "b") as other:
            await kept(one, store)
            await until(lambda: other.is_usable)
            begun = other.number
            one.obey([Purge(1, service="bot")])
            assert await one.get(KEY, BOT) is None
            await until(lambda: other.number > begun)
            assert await other.get(KEY, BOT) is None
            await kept(other, store, number=begun)  # it was sent on before the purge
            assert await one.get(KEY, BOT) is None
            await kept(other, store)
            other.put(KEY, BOT, answer(b"new"), number=other.number)
            await until(lambda: b"new" in bytes(store.run("GET", b"evenkeel:{cache}:1:" + KEY)))
            found = await one.get(KEY, BOT)
            assert found is not None
            assert found.chunks == (b"new",)

    asyncio.run(play())


def test_before_control_has_said_what_is_purged_nothing_is_given(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one:
            await kept(one, store)
        silent = SharedAnswers(store.address, "b", SystemClock())
        task = asyncio.create_task(silent.run())
        await asyncio.sleep(0)
        assert await silent.get(KEY, BOT) is None
        task.cancel()

    asyncio.run(play())


def test_an_answer_ends_with_its_time_and_rubbish_is_no_answer(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one:
            await kept(one, store)
            left_ms = store.run("PTTL", b"evenkeel:{cache}:1:" + KEY)
            assert isinstance(left_ms, int)
            assert 0 < left_ms <= 60_000
            late = answer(lives_s=-1)
            one.put(b"l" * 32, BOT, late, number=one.number)
            assert one.unkept == 1
            store.run("SET", b"evenkeel:{cache}:1:" + KEY, b"rubbish")
            assert await one.get(KEY, BOT) is None

    asyncio.run(play())


def test_a_store_that_dies_is_a_miss_and_is_used_again_when_it_is_back(mortal: RedisServer) -> None:
    async def play() -> None:
        async with machine(mortal, "a") as one:
            await kept(one, mortal)
            mortal.stop()
            assert await one.get(KEY, BOT) is None
            await until(lambda: not one.is_usable)
            assert await one.get(KEY, BOT) is None
            assert one.gauges()["cache_store_up"] == 0
            mortal.start()
            await until(lambda: one.is_usable)
            assert await one.get(KEY, BOT) is not None, "it kept what it was told"

    asyncio.run(play())


def test_a_store_that_is_full_gives_what_it_has(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one:
            await kept(one, store)
            store.run("CONFIG", "SET", "maxmemory-policy", "noeviction")
            store.run("CONFIG", "SET", "maxmemory", "1")
            try:
                one.put(b"o" * 32, BOT, answer(), number=one.number)
                await until(lambda: one.unkept)
                assert (one.is_usable, await one.get(KEY, BOT) is None) == (True, False)
            finally:
                store.run("CONFIG", "SET", "maxmemory", "0")

    asyncio.run(play())


def test_what_waits_to_be_kept_is_bounded(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one:
            await until(lambda: one.is_usable)
            for number in range(40):  # without a turn of the loop in between
                one.put(number.to_bytes(32), BOT, answer(bytes(1024 * 1024)), number=0)
            assert 20 < one.unkept < 30

    asyncio.run(play())


SCOPES = (Purge(0), Purge(0, service="bot"), Purge(0, service="other"), Purge(0, service="bot", version="1"))
PLACES = (BOT, replace(BOT, version="2"), replace(BOT, service="other"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(("begin", "end", "purge")), st.integers(0, 1), st.integers(0, 3)), max_size=14)
)
def test_nothing_that_was_begun_before_a_purge_is_given_after_it(store: RedisServer, steps: list[Any]) -> None:
    """Two machines answer and purge as it comes; `put` goes to the store at once, so that only order decides."""
    store.run("FLUSHALL")

    async def play() -> None:
        async with machine(store, "a") as one, machine(store, "b") as other:
            both = (one, other)
            await until(lambda: one.is_usable and other.is_usable)
            told: list[list[Purge]] = [[], []]
            begun: dict[tuple[int, int], tuple[int, int]] = {}  # (machine, place) -> number, time
            purged_at: dict[int, int] = {}  # place -> time of the last purge that means it
            for at, (what, who, which) in enumerate(steps):
                if what == "purge":
                    told[who] = [*told[who], replace(SCOPES[which], seq=len(told[who]) + 1)]
                    before = max(each.number for each in both)
                    both[who].obey(told[who])
                    await until(lambda least=before: all(each.number > least for each in both))
                    purged_at |= {n: at for n, place in enumerate(PLACES) if SCOPES[which].covers(place)}
                    continue
                number = which % len(PLACES)
                if what == "begin":
                    begun[who, number] = both[who].number, at
                elif (who, number) in begun:
                    known, since = begun.pop((who, number))
                    text = b"%d" % since
                    both[who].put(bytes([number]) * 32, PLACES[number], answer(text), number=known)
                for reader in both:
                    found = await reader.get(bytes([number]) * 32, PLACES[number])
                    assert found is None or int(found.chunks[0]) > purged_at.get(number, -1)

    asyncio.run(play())


def test_who_waits_when_a_worker_ends_is_told_that_there_is_nothing(store: RedisServer) -> None:
    async def play() -> None:
        async with machine(store, "a") as one:
            await kept(one, store)
            waiting = asyncio.create_task(one.get(KEY, BOT))
            await asyncio.sleep(0)
        assert await asyncio.wait_for(waiting, PATIENCE_S) is None or waiting.done()

    asyncio.run(play())
