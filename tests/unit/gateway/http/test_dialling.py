"""Making connections: names, addresses, TLS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import pytest
import uvloop

from evenkeel.gateway.http.dialling import Dialler
from evenkeel.gateway.http.origin import Origin
from evenkeel.gateway.http.outgoing import Outgoing
from evenkeel.gateway.http.reply import UpstreamError

T = TypeVar("T")


class Pool:
    """Where connections go; says when they have gone."""

    def __init__(self) -> None:
        self.emptied = asyncio.Event()

    def rest(self, outgoing: Outgoing) -> None:
        pass

    def lost(self, outgoing: Outgoing) -> None:
        pass

    def gone(self, outgoing: Outgoing) -> None:
        self.emptied.set()


@contextmanager
def full() -> Generator[tuple[str, int]]:
    """A place that takes no more connections, and does not say so."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as stack:
        place = listening.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(place)
        yield place


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def run(work: Callable[[Dialler], Awaitable[T]]) -> T:
    async def main() -> T:
        dialler = Dialler(asyncio.get_running_loop())
        try:
            return await work(dialler)
        finally:
            dialler.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


async def connect(dialler: Dialler, origin: Origin, within_s: float = 5.0) -> bool:
    """Whether a connection was made; it is closed again."""
    pool = Pool()
    outgoing = await dialler.dial(origin, within_s, lambda: Outgoing(pool))
    is_usable = outgoing.is_usable
    outgoing.abort()
    await pool.emptied.wait()
    return is_usable


def error_of(origin: Origin, within_s: float = 5.0) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        run(lambda dialler: connect(dialler, origin, within_s))
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_or_a_name_leads_there(host: str, listener: socket.socket) -> None:
    assert run(lambda dialler: connect(dialler, Origin(False, host, listener.getsockname()[1])))


def test_an_address_of_ipv6_leads_there() -> None:
    if not socket.has_ipv6:
        return
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        assert run(lambda dialler: connect(dialler, Origin(False, "::1", listening.getsockname()[1])))


def test_nobody_there_is_said_at_once(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    error = error_of(Origin(False, "127.0.0.1", port))
    assert (error.error, error.was_sent, error.detail) == ("connect", False, "ConnectionRefusedError")


def test_a_name_that_is_none_is_said_so() -> None:
    for host in ("no-such-host.invalid", "x" * 70):
        error = error_of(Origin(False, host, 80))
        assert (error.error, error.was_sent) == ("connect", False)


def test_who_does_not_take_a_connection_is_not_waited_for_longer_than_is_said() -> None:
    with full() as place:
        error = error_of(Origin(False, "127.0.0.1", place[1]), within_s=0.1)
    assert (error.error, error.was_sent, error.detail) == ("connect", False, "not within 0.1 s")


def test_who_never_speaks_tls_is_not_waited_for_longer_than_is_said(listener: socket.socket) -> None:
    error = error_of(Origin(True, "127.0.0.1", listener.getsockname()[1]), within_s=0.3)
    assert (error.error, error.was_sent) == ("connect", False)


class Names:
    """A resolver: answers when it is told to, and counts."""

    def __init__(self, *addresses: tuple[Any, Any]) -> None:
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.addresses = addresses
        self.failure: OSError | None = None

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        self.was_asked.set()
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return [(family, socket.SOCK_STREAM, 6, "", place) for family, place in self.addresses]


class Loop:
    """The loop, with names of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, names: Names) -> None:
        self._loop = loop
        self.getaddrinfo = names
        self.late_s = 0.0

    def time(self) -> float:
        return self._loop.time() + self.late_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


def with_names(names: Names, work: Callable[[Dialler, Loop], Awaitable[T]]) -> T:
    async def main() -> T:
        loop = Loop(asyncio.get_running_loop(), names)
        dialler = Dialler(loop)  # type: ignore[arg-type]
        return await work(dialler, loop)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def test_a_name_is_looked_up_once_for_all_and_believed_for_half_a_minute(listener: socket.socket) -> None:
    place = listener.getsockname()
    names = Names((socket.AF_INET, place))

    async def work(dialler: Dialler, loop: Loop) -> list[int]:
        origin, asked = Origin(False, "provider", place[1]), list[int]()
        await asyncio.gather(*(connect(dialler, origin) for _ in range(5)))
        asked.append(names.asked)
        loop.late_s = 29.0
        await connect(dialler, origin)
        asked.append(names.asked)
        loop.late_s = 31.0
        await connect(dialler, origin)
        return [*asked, names.asked]

    assert with_names(names, work) == [1, 1, 2]


def test_a_failure_is_not_believed_nor_are_addresses_where_nobody_is(listener: socket.socket) -> None:
    place = listener.getsockname()
    names = Names((socket.AF_INET, ("127.0.0.1", 1)))
    names.failure = socket.gaierror("try again")

    async def work(dialler: Dialler, _: Loop) -> bool:
        origin = Origin(False, "provider", place[1])
        for _ in range(2):  # not found, then a wrong address
            with pytest.raises(UpstreamError):
                await connect(dialler, origin)
            names.failure = None
        names.addresses = ((socket.AF_INET, place),)
        return await connect(dialler, origin)

    assert with_names(names, work)


def test_the_next_address_is_tried_when_one_fails_or_takes_its_time(listener: socket.socket) -> None:
    place = listener.getsockname()
    with full() as nobody_takes:
        names = Names((socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_INET, nobody_takes), (socket.AF_INET, place))
        assert with_names(names, lambda dialler, _: connect(dialler, Origin(False, "provider", 80), 2.0))


def test_who_stops_to_wait_for_a_name_does_not_stop_the_others(listener: socket.socket) -> None:
    place = listener.getsockname()
    names = Names((socket.AF_INET, place))

    async def work(dialler: Dialler, _: Loop) -> bool:
        origin = Origin(False, "provider", place[1])
        first = asyncio.ensure_future(connect(dialler, origin))
        other = asyncio.ensure_future(connect(dialler, origin))
        await names.was_asked.wait()
        first.cancel()
        return await other

    assert with_names(names, work)
    assert names.asked == 1
