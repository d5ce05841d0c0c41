"""Talking to upstreams: bytes as they are, our credentials, errors in our words.

The words are those of `routes.retry`: connect, tls, credentials, reset, connection, garbage; a wait that was too
long is interrupted from outside (`proxy.waiting`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Final, Self

from evenkeel.gateway.http.client import Client
from evenkeel.gateway.http.reply import Reply
from evenkeel.gateway.http.reply import UpstreamError as UpstreamError
from evenkeel.gateway.proxy import headers as hygiene
from evenkeel.gateway.routes.model import Dialect, Upstream
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.facts import fact
from evenkeel.org.config.secrets import Secrets

#: How long a secret that was read is used: one that is renewed in its file is used within a second.
_SECRET_S: Final = 1.0
#: Secrets that are remembered; there are as many as upstreams, and those that have gone are forgotten now and then.
_SECRETS_MAX: Final = 1024
_SENDABLE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


@fact
class Sending:
    """One request to an upstream."""

    upstream: Upstream
    method: str
    url: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | None


class Answer:
    """An answer that has begun: its head is here, its body comes."""

    __slots__ = ("_reply", "content_type", "headers", "status")

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.status = reply.status
        self.headers = hygiene.to_caller(reply.headers, reply.fields)
        kind = reply.fields.get(b"content-type")
        self.content_type = "" if kind is None else _media_type(kind)  # in lower case, without parameters

    @property
    def retry_after_s(self) -> float | None:
        """What the upstream asks to be waited, where it says so in seconds."""
        for name, value in self._reply.headers:
            if name == b"retry-after":
                said = value.strip()
                return float(said) if said.isdigit() and len(said) < 8 else None
        return None

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in pieces as they arrived. Raises UpstreamError when it ends too early."""
        return self._reply.chunks()

    def ready_body(self) -> bytes | None:
        """The body, or what is left of it, taken, where all of it is here; None where it still comes: see `chunks`."""
        return self._reply.ready()

    def close(self) -> None:
        """Let go. What was not read to its end is not read any more: the connection is closed with it."""
        self._reply.close()


class Credentials:
    """What upstreams know us by, read anew every second."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._known: dict[tuple[str, Dialect], tuple[float, tuple[bytes, bytes]]] = {}  # until when, header

    def header(self, upstream: Upstream, now_s: float) -> tuple[bytes, bytes] | None:
        """The header that an upstream knows us by. Raises UpstreamError when its secret cannot be read or sent."""
        if not upstream.key:
            return None
        place = (upstream.key, upstream.dialect)
        known = self._known.get(place)
        if known is not None and now_s < known[0]:
            return known[1]
        try:
            secret = self._secrets.read(upstream.key)
        except EvenkeelError as error:
            raise UpstreamError("credentials", str(error), was_sent=False) from error
        if _SENDABLE.fullmatch(secret) is None:
            raise UpstreamError("credentials", "the secret holds what no header can", was_sent=False)
        if len(self._known) >= _SECRETS_MAX:
            self._known.clear()
        header = hygiene.credentials(upstream.dialect, secret)
        self._known[place] = (now_s + _SECRET_S, header)
        return header


class Upstreams:
    """The connections of one worker."""

    def __init__(self, secrets: Secrets) -> None:
        self._credentials = Credentials(secrets)
        self._client: Client | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        self._client = Client(asyncio.get_running_loop())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(*exception)

    async def send(self, sending: Sending) -> Answer:
        """The head of the answer. Raises UpstreamError."""
        client, upstream = self._client, sending.upstream
        if client is None:
            raise UpstreamError("connection", "the worker ends", was_sent=False)
        known_by = self._credentials.header(upstream, client.now_s())
        headers = sending.headers if known_by is None else [*sending.headers, known_by]
        connect_s = upstream.timeouts.connect_s
        return Answer(await client.ask(sending.method.encode(), sending.url, headers, sending.body, connect_s))


@lru_cache(maxsize=256)
def _media_type(value: bytes) -> str:
    return value.decode("latin-1").partition(";")[0].strip().lower()
