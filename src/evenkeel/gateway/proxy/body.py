"""The body of a request, bounded in size and in time."""

from __future__ import annotations

import asyncio

from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.proxy.admission import Refused
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.worker import OpenExchanges, ProxyLimits


async def receive_body(incoming: Incoming, limits: ProxyLimits, held: OpenExchanges) -> bytes:
    """The whole body; counted in `held.held_bytes`, from which the caller of this takes its length off again.

    Raises Refused when it is too large, too slow, or one too many; CallerGoneError.
    """
    if incoming.length > limits.body_bytes_max:
        raise Refused(_too_large(incoming.length, limits.body_bytes_max))
    counting = _Counting(incoming, limits, held)
    try:
        counting.count()
        if not incoming.is_complete:
            async with asyncio.timeout(limits.body_timeout_s):
                await counting.receive()
    except TimeoutError:
        counting.forget()
        fact = f"The body did not arrive within {limits.body_timeout_s:g} s."
        raise Refused(Refusal(408, "body_timeout", f"{fact} Send it again.")) from None
    except BaseException:
        counting.forget()
        raise
    return incoming.take()


class _Counting:
    """Counts what has come among what all hold."""

    __slots__ = ("_counted", "_held", "_incoming", "_limits")

    def __init__(self, incoming: Incoming, limits: ProxyLimits, held: OpenExchanges) -> None:
        self._incoming = incoming
        self._limits = limits
        self._held = held
        self._counted = 0

    def count(self) -> None:
        """Count what has come since. Raises Refused when it is too much."""
        size, held, limits = self._incoming.size, self._held, self._limits
        held.held_bytes += size - self._counted
        self._counted = size
        if size > limits.body_bytes_max:
            raise Refused(_too_large(size, limits.body_bytes_max))
        if held.held_bytes > limits.held_bytes_max and held.count > 1:
            raise Refused(_crowded())

    async def receive(self) -> None:
        """Count what comes, until all is here. Raises Refused, and CallerGoneError."""
        while not self._incoming.is_complete:
            await self._incoming.more()
            self.count()

    def forget(self) -> None:
        """It is held no more."""
        self._held.held_bytes -= self._counted


def _too_large(size: int, size_max: int) -> Refusal:
    message = f"The body has {size} bytes or more; {size_max} are allowed. Send less."
    return Refusal(413, "body_too_large", message, is_worth_retrying=False)


def _crowded() -> Refusal:
    return Refusal(503, "overloaded", "Too many bytes of requests at once. Send it again a little later.", 1.0)
