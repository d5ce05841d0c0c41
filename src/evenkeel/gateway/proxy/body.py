"""The body of a request, bounded in size and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from evenkeel.gateway.proxy.admission import Refused
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.worker import OpenExchanges, ProxyLimits

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class CallerGoneError(Exception):
    """The caller went away before its request was complete."""


async def receive_body(
    receive: Receive, headers: Mapping[bytes, bytes], limits: ProxyLimits, held: OpenExchanges
) -> bytes:
    """The whole body; counted in `held.held_bytes`, from which the caller of this takes its length off again.

    Raises Refused when it is too large, too slow, or one too many; CallerGoneError.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and len(declared) < 20 and int(declared) > limits.body_bytes_max:
        raise Refused(_too_large(int(declared), limits.body_bytes_max))
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            body = await _receive(receive, limits, held)
    except TimeoutError:
        fact = f"The body did not arrive within {limits.body_timeout_s:g} s."
        raise Refused(Refusal(408, "body_timeout", f"{fact} Send it again.")) from None
    held.held_bytes += len(body)
    return body


async def _receive(receive: Receive, limits: ProxyLimits, held: OpenExchanges) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(_only(message))
        size += len(parts[-1])
        if size > limits.body_bytes_max:
            raise Refused(_too_large(size, limits.body_bytes_max))
        if held.held_bytes + size > limits.held_bytes_max and held.count > 1:
            raise Refused(_crowded())
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _only(message: MutableMapping[str, Any]) -> bytes:
    if message["type"] == "http.disconnect":
        raise CallerGoneError
    return message.get("body", b"")


def _too_large(size: int, size_max: int) -> Refusal:
    message = f"The body has {size} bytes or more; {size_max} are allowed. Send less."
    return Refusal(413, "body_too_large", message, is_worth_retrying=False)


def _crowded() -> Refusal:
    return Refusal(503, "overloaded", "Too many bytes of requests at once. Send it again a little later.", 1.0)
