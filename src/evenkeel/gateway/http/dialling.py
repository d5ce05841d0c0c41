"""Making connections: names looked up, addresses tried, TLS agreed on.

A name is looked up once for all who wait for it, however many they are, and its addresses are believed for a while.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from evenkeel.gateway.http.origin import Origin
from evenkeel.gateway.http.outgoing import Outgoing
from evenkeel.gateway.http.reply import UpstreamError

#: How long addresses are believed: a provider that moves is followed within half a minute.
_KNOWN_S: Final = 30.0
#: How long an address may take before the next one is tried beside it (RFC 8305 §5).
_BESIDE_S: Final = 0.25

#: (family, type, protocol, address), as `connect` takes them.
Address = tuple[int, int, int, Any]


class Dialler:
    """Makes connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[tuple[str, int], tuple[float, Sequence[Address]]] = {}  # until when, addresses
        self._looking: dict[tuple[str, int], asyncio.Task[Sequence[Address]]] = {}
        self._context: ssl.SSLContext | None = None

    async def dial(self, origin: Origin, within_s: float, make: Callable[[], Outgoing]) -> Outgoing:
        """A new connection. Raises UpstreamError."""
        try:
            async with asyncio.timeout(within_s):
                return await self._dial(origin, make)
        except ssl.SSLError as error:
            raise UpstreamError("tls", _detail(error), was_sent=False) from error
        except TimeoutError as error:
            raise UpstreamError("connect", f"not within {within_s:g} s", was_sent=False) from error
        except (OSError, UnicodeError) as error:
            raise UpstreamError("connect", _detail(error), was_sent=False) from error

    def close(self) -> None:
        """Look up no more."""
        for looking in self._looking.values():
            looking.cancel()

    async def _dial(self, origin: Origin, make: Callable[[], Outgoing]) -> Outgoing:
        context = await self._tls() if origin.is_tls else None
        place = (origin.host, origin.port)
        addresses = await self._look_up(place)
        try:
            sock = await self._connect(addresses)
        except OSError:
            self._known.pop(place, None)  # it may have moved
            raise
        try:
            name = None if context is None else origin.host
            _, outgoing = await self._loop.create_connection(make, sock=sock, ssl=context, server_hostname=name)
        except BaseException:
            if not isinstance(self._loop, asyncio.BaseEventLoop):
                sock.detach()  # uvloop has closed the file, not the object: its number may be another file's by now
            raise
        return outgoing

    async def _tls(self) -> ssl.SSLContext:
        """How peers are verified: read when it is needed first, and beside the loop, for it takes 20 ms."""
        if self._context is None:
            context = await self._loop.run_in_executor(None, _new_context)
            self._context = self._context or context
        return self._context

    # Names.

    async def _look_up(self, place: tuple[str, int]) -> Sequence[Address]:
        literal = _literal(*place)
        if literal is not None:
            return (literal,)
        known = self._known.get(place)
        if known is not None and known[0] > self._loop.time():
            return known[1]
        looking = self._looking.get(place)
        if looking is None:
            looking = self._looking[place] = self._loop.create_task(self._ask_for(*place))
            looking.add_done_callback(partial(self._found, place))
        return await asyncio.shield(looking)

    async def _ask_for(self, host: str, port: int) -> Sequence[Address]:
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return _alternating([(family, kind, protocol, address) for family, kind, protocol, _, address in found])

    def _found(self, place: tuple[str, int], looking: asyncio.Task[Sequence[Address]]) -> None:
        del self._looking[place]
        if not looking.cancelled() and looking.exception() is None:
            self._known[place] = (self._loop.time() + _KNOWN_S, looking.result())

    # Addresses.

    async def _connect(self, addresses: Sequence[Address]) -> socket.socket:
        """A socket that is connected to one of them, the first ones preferred. Raises OSError."""
        if len(addresses) == 1:
            return await self._open(addresses[0])
        left, trying = list(reversed(addresses)), set[asyncio.Task[socket.socket]]()
        failure = OSError("there is no address")
        try:
            while left or trying:
                if left:
                    trying.add(self._loop.create_task(self._open(left.pop())))
                within_s = _BESIDE_S if left else None
                done, _ = await asyncio.wait(trying, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
                winner = next((attempt for attempt in done if attempt.exception() is None), None)
                if winner is not None:
                    trying.discard(winner)
                    return winner.result()
                trying -= done
                failure = next((error for error in map(_failure, done) if error is not None), failure)
        finally:
            for attempt in trying:
                attempt.cancel()
                attempt.add_done_callback(_forget)
        raise failure

    async def _open(self, address: Address) -> socket.socket:
        family, kind, protocol, place = address
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(sock, place)
        except BaseException:
            sock.close()
            raise
        return sock


def _new_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _literal(host: str, port: int) -> Address | None:
    """The address, where the host is one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.inet_pton(family, host)
    except OSError:
        return None
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, (host, port))


def _alternating(addresses: Sequence[Address]) -> Sequence[Address]:
    """The same, one family after the other (RFC 8305 §4): a family that leads nowhere delays but once."""
    first = [each for each in addresses if each[0] == addresses[0][0]]
    others = [each for each in addresses if each[0] != addresses[0][0]]
    return [each for pair in zip_longest(first, others) for each in pair if each is not None]


def _failure(attempt: asyncio.Task[socket.socket]) -> OSError | None:
    error = attempt.exception()
    return error if isinstance(error, OSError) else None


def _forget(attempt: asyncio.Task[socket.socket]) -> None:
    """Close what was connected too late."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _detail(error: Exception) -> str:
    """What happened; never what was sent or received."""
    return type(error).__name__
