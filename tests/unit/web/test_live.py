from __future__ import annotations

import asyncio
from typing import Any

from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.live import UNREAD_MAX, Live

BOT = ServiceKey("production", "bot")


async def started(live: Live) -> Any:
    """A stream that has said hello."""
    live.attach(asyncio.get_running_loop())
    stream = live.stream()
    assert (await anext(stream)).startswith(b"retry:")
    return stream


def test_a_browser_is_told_once_of_what_changed_many_times() -> None:
    async def look() -> bytes:
        live = Live()
        stream = await started(live)
        for _ in range(5):
            live.tell(BOT)
        live.tell(ServiceKey("staging", "bot"))
        await asyncio.sleep(0)
        said = await anext(stream)
        await stream.aclose()
        return said

    assert asyncio.run(look()) == b"event: service\ndata: production/bot\n\nevent: service\ndata: staging/bot\n\n"


def test_changes_from_another_thread_arrive() -> None:
    async def look() -> bytes:
        live = Live()
        stream = await started(live)
        await asyncio.to_thread(live.tell, BOT)
        said = await anext(stream)
        await stream.aclose()
        return said

    assert b"production/bot" in asyncio.run(look())


def test_a_browser_that_does_not_read_is_told_to_look_at_everything_in_bounded_memory() -> None:
    async def look() -> bytes:
        live = Live()
        stream = await started(live)
        for number in range(3 * UNREAD_MAX):
            live.tell(ServiceKey("production", f"bot-{number}"))
        await asyncio.sleep(0)
        said = await anext(stream)
        await stream.aclose()
        return said

    said = asyncio.run(look())
    assert b"data: *\n" in said
    assert said.count(b"event: service") <= UNREAD_MAX + 1


def test_a_quiet_stream_says_now_and_then_that_it_is_open(monkeypatch: Any) -> None:
    monkeypatch.setattr("evenkeel.web.live.KEEPALIVE_S", 0.01)

    async def look() -> bytes:
        stream = await started(Live())
        said = await anext(stream)
        await stream.aclose()
        return said

    assert asyncio.run(look()) == b": still here\n\n"


def test_nobody_looking_costs_nothing() -> None:
    Live().tell(BOT)
