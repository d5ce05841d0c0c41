"""Which headers go on: to the upstream, and back to the caller.

Connection headers end at each hop (RFC 9110 §7.6.1). The caller's key is ours and goes no further; ours are
not for the upstream.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from evenkeel.gateway.routes.model import Dialect

Headers = list[tuple[bytes, bytes]]

_HOP: Final = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings",
    )
)  # fmt: skip
#: Never sent on: the caller's credentials, what we make anew, and what would tell the upstream of our callers.
_OURS: Final = frozenset(
    (
        b"host", b"content-length", b"authorization", b"x-api-key", b"api-key", b"cookie", b"accept-encoding",
        b"expect", b"traceparent", b"tracestate", b"forwarded", b"x-real-ip", b"content-encoding",
    )
)  # fmt: skip
_OUR_PREFIXES: Final = (b"x-evenkeel-", b"x-forwarded-")
#: Of an answer: cookies are for one caller, and what we relay we frame ourselves.
_NOT_BACK: Final = frozenset((b"set-cookie", b"content-length", b"alt-svc", b"strict-transport-security"))


def to_upstream(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """The caller's headers that an upstream may see. Names come in lower case."""
    given = list(headers)
    dropped = _named_by_connection(given)
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in given
        if name not in _HOP and name not in _OURS and name not in dropped and not name.startswith(_OUR_PREFIXES)
    ]


def credentials(dialect: Dialect, secret: str) -> tuple[str, str]:
    """How a secret is sent to an upstream of that dialect."""
    return ("x-api-key", secret) if dialect is Dialect.ANTHROPIC else ("authorization", f"Bearer {secret}")


def to_caller(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The upstream's headers that the caller gets, names in lower case."""
    given = [(name.lower(), value) for name, value in headers]
    dropped = _named_by_connection(given)
    return [
        (name, value)
        for name, value in given
        if name not in _HOP and name not in _NOT_BACK and name not in dropped and not name.startswith(_OUR_PREFIXES)
    ]


def _named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """What `Connection: NAME` declares to be for one hop only."""
    return frozenset(
        part.strip().lower() for name, value in headers if name == b"connection" for part in value.split(b",")
    )
