"""Talking to upstreams: one pool of connections per worker, bytes as they are, errors in our words.

The words are those of `routes.retry`: connect, tls, credentials, reset, connection, garbage; a wait that was too
long is interrupted from outside (`proxy.waiting`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from evenkeel.gateway.proxy import headers as hygiene
from evenkeel.gateway.routes.model import Upstream
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.org.config.secrets import Secrets

#: A connection that nobody used for so long is closed: shorter than most servers keep theirs, so that a request
#: seldom meets one that the other side is just closing.
_KEEP_ALIVE_S: Final = 15.0
#: Of one upstream's answer: a header, and all of them. The defaults of most servers are lower.
_LINE_MAX: Final = 16_384
_READ_BYTES: Final = 65_536


class UpstreamError(Exception):
    """An upstream that gave no answer, or not all of it."""

    def __init__(self, error: str, detail: str, *, was_sent: bool) -> None:
        super().__init__(f"{error}: {detail}")
        self.error = error
        self.detail = detail
        self.was_sent = was_sent  # whether the request may have reached it


@dataclass(frozen=True, slots=True)
class Sending:
    """One request to an upstream."""

    upstream: Upstream
    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None


class Answer:
    """An answer that has begun: its head is here, its body comes."""

    __slots__ = ("_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = hygiene.to_caller(response.raw_headers)

    @property
    def content_type(self) -> str:
        """Media type in lower case, without parameters."""
        return self._response.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after_s(self) -> float | None:
        """What the upstream asks to be waited, where it says so in seconds."""
        said = self._response.headers.get("retry-after", "").strip()
        return float(said) if said.isascii() and said.isdigit() and len(said) < 8 else None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in pieces as they arrived. Raises UpstreamError when it ends too early."""
        content = self._response.content
        try:
            while chunk := await content.readany():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamError("reset", type(error).__name__, was_sent=True) from error

    def close(self) -> None:
        """Let go. What was not read to its end is not read any more: the connection is closed with it."""
        self._response.close()


class Upstreams:
    """The connections of one worker."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S, ttl_dns_cache=30),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            raise_for_status=False,
            read_bufsize=_READ_BYTES,
            max_line_size=_LINE_MAX,
            max_field_size=_LINE_MAX,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("user-agent", "accept", "accept-encoding", "content-type"),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def credentials(self, upstream: Upstream) -> tuple[str, str] | None:
        """The header that an upstream knows us by. Raises UpstreamError when its secret cannot be read."""
        if not upstream.key:
            return None
        try:
            return hygiene.credentials(upstream.dialect, self._secrets.read(upstream.key))
        except EvenkeelError as error:
            raise UpstreamError("credentials", str(error), was_sent=False) from error

    async def send(self, sending: Sending) -> Answer:
        """The head of the answer. Raises UpstreamError."""
        if self._session is None:
            raise UpstreamError("connection", "the worker ends", was_sent=False)
        known_by = self.credentials(sending.upstream)
        headers = sending.headers if known_by is None else [*sending.headers, known_by]
        try:
            response = await self._session.request(
                sending.method,
                sending.url,
                data=sending.body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=sending.upstream.timeouts.connect_s),
            )
        except aiohttp.ClientConnectorCertificateError as error:
            raise UpstreamError("tls", _detail(error), was_sent=False) from error
        except aiohttp.ClientConnectorSSLError as error:
            raise UpstreamError("tls", _detail(error), was_sent=False) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UpstreamError("connect", _detail(error), was_sent=False) from error
        except aiohttp.InvalidURL as error:
            raise UpstreamError("connect", "its URL cannot be used", was_sent=False) from error
        except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError) as error:
            raise UpstreamError("garbage", _detail(error), was_sent=True) from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise UpstreamError("reset", _detail(error), was_sent=True) from error
        except ValueError as error:  # a header that cannot be sent
            raise UpstreamError("connection", type(error).__name__, was_sent=False) from error
        return Answer(response)


def _detail(error: Exception) -> str:
    """What happened; never what was sent or received."""
    cause = error.__cause__ or getattr(error, "os_error", None)
    return type(error).__name__ if cause is None else f"{type(error).__name__} ({type(cause).__name__})"
