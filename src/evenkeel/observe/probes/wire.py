"""One HTTP exchange or one connection, on the event loop: every step can be given up at once.

A deadline is the caller's (`asyncio.timeout`); sizes are limited here. Nothing is kept open or cached.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast
from urllib.parse import SplitResult, urljoin, urlsplit

import httptools

from evenkeel.observe.probes.failures import ProbeError, is_ours
from evenkeel.observe.probes.model import HttpTarget

#: Of a body, this much is looked at; more than a health page or an answer has.
BODY_BYTES_MAX: Final = 256 * 1024
_HEAD_BYTES_MAX: Final = 64 * 1024
#: Of a probe's time, the resolver gets this much: what is left must do for a timeout of the service's own.
RESOLVE_SHARE: Final = 0.8
_READ_BYTES: Final = 64 * 1024
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_KEEP_METHOD: Final = frozenset((307, 308))
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class HttpAnswer:
    """What came back; a body that is too long is cut."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    is_cut: bool = False


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def tls_context(*, verify: bool = True, ca_file: str = "") -> ssl.SSLContext:
    """How certificates are checked. Raises ProbeError, of our own fault, when `ca_file` cannot be read."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        why = error.strerror or "it holds no certificate"
        raise ProbeError("ca_file", f"The file of authorities cannot be read: {why}.", is_ours=True) from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def connected(address: Address, timeout_s: float) -> AsyncGenerator[Connection]:
    """A connection to the first address of a name that takes one, closed at the end. Raises OSError.

    Each address of a name is given its share of `timeout_s`: one that swallows packets must not hide the next.
    """
    hosts = await _resolve(address, timeout_s * RESOLVE_SHARE)
    connection = await _first(address, hosts, timeout_s / max(1, len(hosts)))
    try:
        yield connection
    finally:
        connection[1].transport.abort()  # not a farewell: it could wait for the other side


async def _resolve(address: Address, timeout_s: float) -> list[str]:
    """The addresses of a name. A resolver that does not answer is the fault of this vantage, not of the service."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise ProbeError("dns_no_answer", "The resolver of this vantage did not answer.", is_ours=True) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _first(address: Address, hosts: list[str], share_s: float) -> Connection:
    name = address.host if address.tls else None
    errors: list[OSError] = []
    for host in hosts:
        try:
            async with asyncio.timeout(None if host == hosts[-1] else share_s):
                return await asyncio.open_connection(host, address.port, ssl=address.tls, server_hostname=name)
        except OSError as error:  # TimeoutError is one
            errors.append(error)
    raise next((error for error in errors if not is_ours(error)), errors[0])


async def fetch(target: HttpTarget, headers: Mapping[str, str], timeout_s: float) -> HttpAnswer:
    """The answer to a request, redirects followed as far as the target allows. Raises OSError and ProbeError."""
    request, left, sent = target, target.redirects_max, headers
    while True:
        answer = await _exchange(request, sent, timeout_s)
        where = answer.headers.get("location")
        if not left or answer.status not in _REDIRECTS or not where:
            return answer
        left -= 1
        following = _redirected(request, answer.status, where)
        if _origin(following.url) != _origin(request.url):
            sent = dict[str, str]()  # what may be a secret is for the one it was written for
        request = following


def _redirected(request: HttpTarget, status: int, where: str) -> HttpTarget:
    url = urljoin(request.url, where)
    scheme = urlsplit(url).scheme
    if scheme not in _PORTS or (request.url.startswith("https:") and scheme != "https"):
        raise ProbeError("redirect", "It redirects to where a probe does not follow.")
    if status in _KEEP_METHOD or request.method in ("GET", "HEAD"):
        return replace(request, url=url)
    return replace(request, url=url, method="GET", body="")


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


async def _exchange(target: HttpTarget, headers: Mapping[str, str], timeout_s: float) -> HttpAnswer:
    parts = urlsplit(target.url)
    tls = tls_context(verify=target.verify, ca_file=target.ca_file) if parts.scheme == "https" else None
    async with connected(Address(parts.hostname or "", _port(parts), tls), timeout_s) as (reader, writer):
        writer.write(_written(target, parts, headers))
        await writer.drain()
        return await _read(reader, is_head=target.method == "HEAD")


def _written(target: HttpTarget, parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = target.body.encode()
    given = {
        "host": f"{host}{port}",
        "user-agent": "evenkeel-probe",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        **({"content-length": str(len(body))} if body or target.method == "POST" else {}),
        **{name.lower(): value for name, value in headers.items()},
    }
    if any("\r" in text or "\n" in text for pair in given.items() for text in pair):
        raise ProbeError("header", "A header holds a line break.", is_ours=True)
    lines = [f"{target.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    return "\r\n".join(lines).encode("utf-8") + body


class _Reading:
    """What the parser of one answer calls."""

    def __init__(self, *, is_head: bool) -> None:
        self.answer = HttpAnswer()
        self.is_done = False
        self.has_head = False
        self._is_head = is_head
        self._parts: list[bytes] = []
        self._size = 0
        self.parser: Any = cast("Any", httptools).HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of the answer."""
        self.answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is there; an interim one (103 Early Hints) is followed by another."""
        self.answer.status = int(self.parser.get_status_code())
        self.has_head = self.answer.status >= 200
        self.is_done = self.is_done or (self.has_head and self._is_head)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        kept = body[: BODY_BYTES_MAX - self._size]
        self._parts.append(kept)
        self._size += len(kept)
        if len(kept) < len(body):
            self.answer.is_cut = self.is_done = True

    def on_message_complete(self) -> None:
        """The answer is there."""
        if self.has_head:
            self.is_done = True
        else:
            self.answer.headers.clear()

    def finish(self) -> HttpAnswer:
        """The answer with its body."""
        self.answer.body = b"".join(self._parts)
        return self.answer

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection says where the body ends."""
        headers = self.answer.headers
        return self.has_head and "content-length" not in headers and "transfer-encoding" not in headers


async def _read(reader: asyncio.StreamReader, *, is_head: bool) -> HttpAnswer:
    reading = _Reading(is_head=is_head)
    head_bytes = 0
    while not reading.is_done:
        data = await reader.read(_READ_BYTES)
        if not data:
            if reading.ends_with_connection:
                break
            raise ProbeError("cut_off", "The connection ended in the middle of the answer.")
        head_bytes += 0 if reading.has_head else len(data)
        if head_bytes > _HEAD_BYTES_MAX + _READ_BYTES:
            raise ProbeError("not_http", "Its headers do not end.")
        try:
            with suppress(cast("Any", httptools).HttpParserUpgrade):
                reading.parser.feed_data(data)
        except cast("Any", httptools).HttpParserError:
            raise ProbeError("not_http", "What came back is not HTTP.") from None
    return reading.finish()
