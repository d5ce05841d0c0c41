"""Asking over real connections: kept, used again, never half used."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from evenkeel.gateway.http.client import Client
from evenkeel.gateway.http.reply import UpstreamError
from evenkeel.testing.upstreams import RawUpstream, Trouble, openai_upstream

T = TypeVar("T")
HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "one two"}]}'
KEY = [(b"authorization", b"Bearer k"), (b"content-type", b"application/json")]


def run(work: Callable[[Client], Awaitable[T]]) -> T:
    async def main() -> T:
        async with Client(asyncio.get_running_loop()) as client:
            found = await work(client)
        assert not client.open
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread or the network does."""
    async with asyncio.timeout(5.0):
        while not holds():  # noqa: ASYNC110 nobody is told of it
            await asyncio.sleep(0.001)


async def ask(client: Client, url: str, body: bytes | None = None) -> bytes:
    """The whole answer."""
    reply = await client.ask(b"GET" if body is None else b"POST", url, KEY, body, 1.0)
    try:
        return b"".join([part async for part in reply.chunks()])
    finally:
        reply.close()


def test_a_request_is_written_as_it_is_meant() -> None:
    with RawUpstream(HELLO) as up:
        assert run(lambda client: ask(client, f"{up.url}/a?b", b"xyz")) == b"hello"
        assert run(lambda client: ask(client, f"{up.url}/")) == b"hello"
    head = b"authorization: Bearer k\r\ncontent-type: application/json\r\n"
    host = b"host: 127.0.0.1:%d\r\n" % up.port
    assert up.requests == [
        b"POST /a?b HTTP/1.1\r\n" + host + head + b"content-length: 3\r\n\r\nxyz",
        b"GET / HTTP/1.1\r\n" + host + head + b"\r\n",
    ]


@pytest.mark.parametrize("field", [(b"a", b"b\r\nc: d"), (b"a\n", b"b"), (b"a", b"b\rc"), (b"a", b"\x00")])
def test_no_header_makes_more_than_one_line(field: tuple[bytes, bytes]) -> None:
    async def work(client: Client) -> UpstreamError:
        with pytest.raises(UpstreamError) as caught:
            await client.ask(b"GET", "http://127.0.0.1:1/", [field], None, 1.0)
        return caught.value

    error = run(work)
    assert (error.error, error.was_sent) == ("connection", False)


def test_the_connection_that_was_used_last_is_used_first() -> None:
    async def work(client: Client) -> None:
        url = f"{up.url}/chat/completions"
        await asyncio.gather(*(ask(client, url, BODY) for _ in range(3)))
        for _ in range(4):
            await ask(client, url, BODY)

    with openai_upstream() as up:
        run(work)
        numbers = [seen.connection for seen in up.tally.requests]
    assert set(numbers[:3]) == {1, 2, 3}
    assert len(set(numbers[3:])) == 1


def test_a_connection_that_was_closed_while_nobody_used_it_is_not_used() -> None:
    async def work(client: Client) -> list[bytes]:
        found = [await ask(client, up.url)]
        await until(lambda: not client.open)
        return [*found, await ask(client, up.url)]

    with RawUpstream(HELLO) as up:
        assert run(work) == [b"hello"] * 2


def test_a_kept_connection_that_is_closed_just_now_is_told_as_reset() -> None:
    async def work(client: Client) -> UpstreamError:
        await ask(client, up.url)
        with pytest.raises(UpstreamError) as caught:
            await ask(client, up.url)
        return caught.value

    with RawUpstream(("read", HELLO, "read")) as up:
        error = run(work)
    assert (error.error, error.was_sent) == ("reset", True)


def test_what_is_not_read_to_its_end_ends_its_connection() -> None:
    async def work(client: Client) -> None:
        reply = await client.ask(b"POST", f"{up.url}/chat/completions", KEY, BODY, 1.0)
        reply.close()
        await ask(client, f"{up.url}/chat/completions", BODY)

    with openai_upstream() as up:
        up.trouble = Trouble(body_delay_s=10.0, times=1)
        run(work)
        assert [seen.connection for seen in up.tally.requests] == [1, 2]


def test_who_stops_to_wait_leaves_no_connection_that_is_half_used() -> None:
    async def work(client: Client) -> None:
        url = f"{up.url}/chat/completions"
        waiting = asyncio.ensure_future(ask(client, url, BODY))
        await until(lambda: bool(up.tally.requests))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await ask(client, url, BODY)

    with openai_upstream() as up:
        up.trouble = Trouble(headers_delay_s=10.0, times=1)
        run(work)
        assert [seen.connection for seen in up.tally.requests] == [1, 2]


def open_sockets() -> int:
    links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(link.startswith("socket:") for link in links)


async def ask_nobody() -> None:
    """Have the loop open the files that it keeps, those of its threads too."""
    async with Client(asyncio.get_running_loop()) as client:
        with pytest.raises(UpstreamError):
            await ask(client, "https://no-such-host.invalid")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_who_stops_while_it_connects_leaves_nothing_open(new_loop: Any, scheme: str) -> None:
    async def work() -> None:
        async with Client(asyncio.get_running_loop()) as client:
            for turns in range(40):
                waiting = asyncio.ensure_future(ask(client, url))
                for _ in range(turns % 20):
                    await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
            with (
                RawUpstream((b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.2)) as up,
                pytest.raises(UpstreamError) as caught,
            ):
                await ask(client, up.url.replace("http", "https"))
            assert (caught.value.error, caught.value.was_sent) == ("tls", False)

    with socket.create_server(("127.0.0.1", 0)) as listening, asyncio.Runner(loop_factory=new_loop) as runner:
        url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        runner.run(ask_nobody())
        before = open_sockets()
        runner.run(work())
        assert open_sockets() == before


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 8_000_000])
def test_bodies_of_all_sizes_arrive_as_they_are(size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with RawUpstream(HELLO) as up:
        assert run(lambda client: ask(client, up.url, body)) == b"hello"
    assert up.requests[0].partition(b"\r\n\r\n")[2] == body


def test_an_answer_before_the_end_of_a_long_request_is_the_answer() -> None:
    answer = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 5\r\n\r\nhello"

    async def work(client: Client) -> tuple[int, bytes | None]:
        reply = await client.ask(b"POST", up.url, KEY, b"x" * 30_000_000, 1.0)
        async with asyncio.timeout(5.0):
            return reply.status, await reply.piece()

    with RawUpstream((0.05, answer, 2.0)) as up:
        assert run(work) == (413, b"hello")


def test_an_upstream_that_sends_more_than_is_read_has_to_wait() -> None:
    size = 32_000_000

    async def work(client: Client) -> int:
        reply = await client.ask(b"GET", up.url, KEY, None, 1.0)
        for _ in range(50):
            await asyncio.sleep(0.002)
        waiting, total = reply.unread, 0
        while part := await reply.piece():
            total += len(part)
        assert total == size
        return waiting

    with RawUpstream(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + bytes(size)) as up:
        assert 0 < run(work) < 1_000_000


def test_old_connections_are_closed_and_never_used() -> None:
    async def work(client: Client) -> list[int]:
        late_s, loop = 0.0, asyncio.get_running_loop()
        client.now_s = lambda: loop.time() + late_s
        url = f"{up.url}/chat/completions"
        await ask(client, url, BODY)
        late_s = 14.0
        await ask(client, url, BODY)
        late_s = 30.0
        await ask(client, url, BODY)
        return [seen.connection for seen in up.tally.requests]

    with openai_upstream() as up:
        assert run(work) == [1, 1, 2]


def test_a_url_that_leads_nowhere_is_said_so() -> None:
    async def work(client: Client) -> UpstreamError:
        with pytest.raises(UpstreamError) as caught:
            await client.ask(b"GET", "http://", [], None, 1.0)
        return caught.value

    assert run(work).error == "connect"
