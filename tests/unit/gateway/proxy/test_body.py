"""Bodies: whole, or refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from evenkeel.gateway.proxy.admission import Refused
from evenkeel.gateway.proxy.body import CallerGoneError, receive_body
from evenkeel.gateway.proxy.worker import OpenExchanges, ProxyLimits


class Busy:
    """An exchange."""

    def interrupt(self, reason: str) -> None:
        raise AssertionError(reason)


def receive(
    messages: list[dict[str, Any]],
    headers: Mapping[bytes, bytes] | None = None,
    limits: ProxyLimits | None = None,
    held: OpenExchanges | None = None,
) -> bytes:
    left = list(messages)

    async def next_message() -> dict[str, Any]:
        return left.pop(0) if left else await asyncio.Event().wait() or {}

    return asyncio.run(receive_body(next_message, headers or {}, limits or ProxyLimits(), held or OpenExchanges()))


def piece(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_pieces_become_one_body_that_is_counted_as_held() -> None:
    held = OpenExchanges()
    assert receive([piece(b"a", more=True), piece(b"", more=True), piece(b"bc")], held=held) == b"abc"
    assert held.held_bytes == 3


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes() -> None:
    with pytest.raises(Refused) as caught:
        receive([], {b"content-length": b"11"}, ProxyLimits(body_bytes_max=10))
    assert (caught.value.refusal.status, caught.value.refusal.code) == (413, "body_too_large")
    assert "11 bytes" in caught.value.refusal.message


def test_a_body_that_does_not_say_so_is_refused_when_it_is_too_large() -> None:
    with pytest.raises(Refused) as caught:
        receive([piece(b"x" * 11, more=True)], limits=ProxyLimits(body_bytes_max=10))
    assert caught.value.refusal.status == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(Refused) as caught:
        receive([piece(b"x", more=True)], limits=ProxyLimits(body_timeout_s=0.01))
    assert caught.value.refusal.status == 408


def test_a_caller_that_leaves_is_no_body() -> None:
    with pytest.raises(CallerGoneError):
        receive([piece(b"x", more=True), {"type": "http.disconnect"}])


def test_what_all_hold_together_is_bounded_but_one_alone_always_passes() -> None:
    held = OpenExchanges(held_bytes=8)
    limits = ProxyLimits(held_bytes_max=10)
    held.enter("production/bot", Busy())
    assert receive([piece(b"xxx")], limits=limits, held=held) == b"xxx"
    held.enter("production/bot", Busy())
    with pytest.raises(Refused) as caught:
        receive([piece(b"xxx")], limits=limits, held=held)
    assert (caught.value.refusal.status, caught.value.refusal.retry_after_s) == (503, 1.0)
