"""Answers of upstreams, as whoever reads them sees them."""

from __future__ import annotations

import asyncio

import pytest

from evenkeel.gateway.http.reply import UNREAD_BYTES, Reply, UpstreamError


class Line:
    """Where an answer comes from; remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def read_on(self) -> None:
        self.told.append("read on")

    def abandon(self) -> None:
        self.told.append("abandon")


async def whole(reply: Reply) -> list[bytes]:
    return [part async for part in reply.chunks()]


def test_each_piece_is_what_came_at_a_time() -> None:
    reply = Reply(Line())
    for part in (b"a", b"bc", b"d"):
        reply.add(part)
    reply.complete()
    assert asyncio.run(whole(reply)) == [b"a", b"bc", b"d"]


def test_a_body_that_is_here_is_taken_without_waiting() -> None:
    reply = Reply(Line())
    reply.add(b"a")
    assert reply.ready() is None
    reply.add(b"b")
    reply.complete()
    assert (reply.ready(), reply.ready()) == (b"ab", b"")


def test_what_came_before_a_failure_is_read_before_it() -> None:
    async def read() -> bytes:
        first = await reply.piece()
        with pytest.raises(UpstreamError, match="reset"):
            await reply.piece()
        return first

    reply = Reply(Line())
    reply.add(b"a")
    reply.fail(UpstreamError("reset", "gone", was_sent=True))
    assert asyncio.run(read()) == b"a"


def test_who_waits_is_woken_and_who_stopped_to_wait_leaves_nothing() -> None:
    async def read() -> bytes:
        waiting = asyncio.ensure_future(reply.piece())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        waiting = asyncio.ensure_future(reply.piece())
        await asyncio.sleep(0)
        reply.wake()  # nothing is here yet
        await asyncio.sleep(0)
        reply.add(b"late")
        reply.wake()
        return await waiting

    reply = Reply(Line())
    assert asyncio.run(read()) == b"late"


def test_more_is_asked_for_when_half_of_what_waited_is_taken() -> None:
    async def read() -> list[list[str]]:
        seen: list[list[str]] = []
        for _ in range(3):
            await reply.piece()
            seen.append(list(line.told))
        return seen

    line = Line()
    reply = Reply(line)
    for _ in range(3):
        reply.add(b"x" * (UNREAD_BYTES // 3))
    assert asyncio.run(read()) == [[], ["read on"], ["read on", "read on"]]


def test_closing_ends_the_connection_unless_all_was_read() -> None:
    unread, read = Line(), Line()
    reply = Reply(unread)
    reply.close()
    reply.close()
    with pytest.raises(UpstreamError):
        asyncio.run(reply.piece())
    other = Reply(read)
    other.complete()
    other.close()
    assert (unread.told, read.told) == (["abandon"], [])
