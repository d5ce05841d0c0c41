"""Bodies: whole, or refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from evenkeel.gateway.http.incoming import CallerGoneError, Incoming
from evenkeel.gateway.proxy.admission import Refused
from evenkeel.gateway.proxy.body import receive_body
from evenkeel.gateway.proxy.worker import OpenExchanges, ProxyLimits
from evenkeel.testing.lines import WrittenLine, incoming


class Busy:
    """An exchange."""

    def interrupt(self, reason: str) -> None:
        raise AssertionError(reason)


class Feeding(WrittenLine):
    """Gives the next piece of a body when it is asked for one; after the last there is nothing, or an end."""

    def __init__(self, pieces: list[bytes], *, ends: bool = True, leaves: bool = False) -> None:
        super().__init__()
        self._pieces = list(pieces)
        self._ends = ends
        self._leaves = leaves
        self.request: Incoming | None = None
        self.has_no_more = asyncio.Event()

    def read_on(self) -> None:
        assert self.request is not None
        if self._pieces:
            self.request.feed(self._pieces.pop(0))
        elif self._leaves:
            self.request.lose()
        elif self._ends:
            self.request.complete()
        else:
            self.has_no_more.set()


def receive(
    line: Feeding,
    headers: Mapping[bytes, bytes] | None = None,
    limits: ProxyLimits | None = None,
    held: OpenExchanges | None = None,
) -> bytes:
    async def work() -> bytes:
        line.request = incoming(line, headers=dict(headers or {}))
        return await receive_body(line.request, limits or ProxyLimits(), held or OpenExchanges())

    return asyncio.run(work())


def test_pieces_become_one_body_that_is_counted_as_held() -> None:
    held = OpenExchanges()
    assert receive(Feeding([b"a", b"", b"bc"]), held=held) == b"abc"
    assert held.held_bytes == 3


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes() -> None:
    with pytest.raises(Refused) as caught:
        receive(Feeding([]), {b"content-length": b"11"}, ProxyLimits(body_bytes_max=10))
    assert (caught.value.refusal.status, caught.value.refusal.code) == (413, "body_too_large")
    assert "11 bytes" in caught.value.refusal.message


def test_a_body_that_does_not_say_so_is_refused_when_it_is_too_large() -> None:
    held = OpenExchanges()
    with pytest.raises(Refused) as caught:
        receive(Feeding([b"x" * 11], ends=False), limits=ProxyLimits(body_bytes_max=10), held=held)
    assert caught.value.refusal.status == 413
    assert held.held_bytes == 0


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    held = OpenExchanges()
    with pytest.raises(Refused) as caught:
        receive(Feeding([b"x"], ends=False), limits=ProxyLimits(body_timeout_s=0.01), held=held)
    assert caught.value.refusal.status == 408
    assert held.held_bytes == 0


def test_a_caller_that_leaves_is_no_body() -> None:
    held = OpenExchanges()
    with pytest.raises(CallerGoneError):
        receive(Feeding([b"x"], leaves=True), held=held)
    assert held.held_bytes == 0


def test_what_all_hold_together_is_bounded_but_one_alone_always_passes() -> None:
    held = OpenExchanges(held_bytes=8)
    limits = ProxyLimits(held_bytes_max=10)
    held.enter("production/bot", Busy())
    assert receive(Feeding([b"xxx"]), limits=limits, held=held) == b"xxx"
    held.enter("production/bot", Busy())
    with pytest.raises(Refused) as caught:
        receive(Feeding([b"xxx"]), limits=limits, held=held)
    assert (caught.value.refusal.status, caught.value.refusal.retry_after_s) == (503, 1.0)
    assert held.held_bytes == 11


def test_a_body_that_is_half_here_is_counted_too() -> None:
    held = OpenExchanges()

    async def work() -> None:
        line = Feeding([b"xxxxx"], ends=False)
        line.request = incoming(line)
        receiving = asyncio.create_task(receive_body(line.request, ProxyLimits(), held))
        await line.has_no_more.wait()
        assert held.held_bytes == 5
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)

    asyncio.run(work())
    assert held.held_bytes == 0
