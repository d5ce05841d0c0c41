"""A wait ends by a deadline, by an interruption, or by itself; and never confuses them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from evenkeel.gateway.proxy.waiting import CLIENT_GONE, KILLED, TIMEOUT, Deadlines, Interrupted, Waiting


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


def test_what_does_not_come_in_time_is_interrupted() -> None:
    async def work() -> None:
        with pytest.raises(Interrupted) as caught, Waiting(Deadlines()) as waiting:
            waiting.expect(0.01)
            await asyncio.Event().wait()
        assert caught.value.reason == TIMEOUT

    run(work)


def test_what_comes_moves_the_deadline_and_the_total_stands() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with pytest.raises(Interrupted) as caught, Waiting(Deadlines()) as waiting:
            waiting.until(0.2)
            while True:  # something comes all the time
                await asyncio.sleep(0)
                waiting.expect(0.1)
        assert caught.value.reason == TIMEOUT
        assert loop.time() - begun >= 0.2

    run(work)


def test_a_shorter_expectation_rings_before_a_longer_one_set_earlier() -> None:
    async def work() -> None:
        with pytest.raises(Interrupted), Waiting(Deadlines()) as waiting:
            waiting.expect(3600.0)
            waiting.expect(0.01)
            await asyncio.Event().wait()

    run(work)


def test_each_of_many_waits_ends_at_its_own_time_and_moved_ones_later() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        begun, ended = loop.time(), dict[int, float]()

        async def wait(number: int) -> None:
            with pytest.raises(Interrupted), Waiting(Deadlines()) as waiting:
                waiting.until(3600.0, 0.01 * (number % 10 + 1))
                if number >= 50:
                    waiting.expect(0.2)
                await waiting.forever()
            ended[number] = loop.time() - begun

        await asyncio.gather(*(wait(number) for number in range(100)))
        assert all(seconds >= (0.2 if number >= 50 else 0.01 * (number % 10 + 1)) for number, seconds in ended.items())
        assert len(ended) == 100

    run(work)


def test_who_keeps_us_waiting_is_named() -> None:
    async def work() -> None:
        with pytest.raises(Interrupted) as caught, Waiting(Deadlines()) as waiting:
            waiting.until(3600.0)
            waiting.expect(0.01, CLIENT_GONE)
            await asyncio.Event().wait()
        assert caught.value.reason == CLIENT_GONE

    run(work)


def test_the_first_reason_counts() -> None:
    async def work() -> None:
        with pytest.raises(Interrupted) as caught, Waiting(Deadlines()) as waiting:
            waiting.interrupt(KILLED)
            waiting.interrupt(CLIENT_GONE)
            await asyncio.Event().wait()
        assert caught.value.reason == KILLED
        await asyncio.sleep(0)  # and the task goes on

    run(work)


def test_an_interruption_after_the_wait_ends_nothing() -> None:
    async def work() -> None:
        with Waiting(Deadlines()) as waiting:
            waiting.expect(3600.0)
        waiting.interrupt(KILLED)
        await asyncio.sleep(0)

    run(work)


def test_what_raises_by_itself_raises_that() -> None:
    async def work() -> None:
        with pytest.raises(ZeroDivisionError), Waiting(Deadlines()) as waiting:
            waiting.expect(3600.0)
            raise ZeroDivisionError

    run(work)


def test_a_cancellation_from_outside_stays_one() -> None:
    async def work() -> None:
        begun = asyncio.Event()

        async def wait() -> None:
            with Waiting(Deadlines()) as waiting:
                waiting.expect(3600.0)
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work)
