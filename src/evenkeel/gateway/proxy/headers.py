"""Which headers go on: to the upstream, and back to the caller.

Connection headers end at each hop (RFC 9110 §7.6.1). The caller's key is ours and goes no further; ours are
not for the upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
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
#: What `Connection` mostly says: it names no header.
_USUAL: Final = (b"keep-alive", b"close", b"Keep-Alive", b"Close")
_NOTHING: Final[frozenset[bytes]] = frozenset()
#: Names of headers that are remembered as going on or not.
_NAMES_MAX: Final = 256


def to_upstream(headers: Headers, fields: Mapping[bytes, bytes]) -> Headers:
    """The caller's headers that an upstream may see. Names come in lower case; `fields` are the same by name."""
    dropped = _named_by_connection(headers, fields)
    if dropped:
        return [field for field in headers if _goes_on(field[0]) and field[0] not in dropped]
    return [field for field in headers if _goes_on(field[0])]


def credentials(dialect: Dialect, secret: str) -> tuple[bytes, bytes]:
    """How a secret is sent to an upstream of that dialect."""
    if dialect is Dialect.ANTHROPIC:
        return (b"x-api-key", secret.encode())
    return (b"authorization", b"Bearer " + secret.encode())


def to_caller(headers: Headers, fields: Mapping[bytes, bytes]) -> Headers:
    """The upstream's headers that the caller gets. Names come in lower case; `fields` are the same by name."""
    dropped = _named_by_connection(headers, fields)
    if dropped:
        return [field for field in headers if _goes_back(field[0]) and field[0] not in dropped]
    return [field for field in headers if _goes_back(field[0])]


def ours(request: bytes, rule: str, answered_by: tuple[str, str] | None) -> Headers:
    """What we tell beside an answer: its request, the rule that chose its model, and the version and upstream."""
    told = [(b"x-evenkeel-request-id", request.hex().encode())]
    if answered_by is not None:
        version, upstream = answered_by
        told += [(b"x-evenkeel-version", version.encode()), (b"x-evenkeel-upstream", upstream.encode())]
    if rule:
        told.append((b"x-evenkeel-model-rule", rule.encode()))
    return told


@lru_cache(maxsize=_NAMES_MAX)
def _goes_on(name: bytes) -> bool:
    return name not in _HOP and name not in _OURS and not name.startswith(_OUR_PREFIXES)


@lru_cache(maxsize=_NAMES_MAX)
def _goes_back(name: bytes) -> bool:
    return name not in _HOP and name not in _NOT_BACK and not name.startswith(_OUR_PREFIXES)


def _named_by_connection(headers: Headers, fields: Mapping[bytes, bytes]) -> frozenset[bytes]:
    """What `Connection: NAME` declares to be for one hop only."""
    if len(fields) == len(headers) and fields.get(b"connection", b"close") in _USUAL:
        return _NOTHING
    named = _NOTHING
    for name, value in headers:
        if name == b"connection" and value not in _USUAL:
            named |= {part.strip().lower() for part in value.split(b",")}
    return named
