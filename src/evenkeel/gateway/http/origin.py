"""Where a URL leads: whom to connect to, and what to ask for there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
#: What may stand in a target as it is (RFC 3986); `%` belongs to what is quoted already.
_AS_IT_IS: Final = "/%:?[]@!$&'()*+,;=~-._"
_PLAIN: Final = re.compile(r"[A-Za-z0-9/%:?\[\]@!$&'()*+,;=~\-._]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom to connect to."""

    is_tls: bool
    host: str  # an address of IPv6 without its brackets
    port: int


def locate(url: str) -> tuple[Origin, bytes]:
    """(whom to connect to, the rest of the line that asks, with the header that names the host).

    Raises ValueError for what is no URL of http or https.

    >>> locate("https://api.openai.com/v1/models?limit=2")[1]
    b'/v1/models?limit=2 HTTP/1.1\\r\\nhost: api.openai.com\\r\\n'
    >>> locate("http://[::1]:8000")
    (Origin(is_tls=False, host='::1', port=8000), b'/ HTTP/1.1\\r\\nhost: [::1]:8000\\r\\n')
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise ValueError("no URL of http or https, or with a password in it")
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    named = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    if port != _PORTS[parts.scheme]:
        named = f"{named}:{port}"
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if _PLAIN.fullmatch(target) is None:
        target = quote(target, safe=_AS_IT_IS)
    if _PLAIN.fullmatch(named) is None:
        raise ValueError("a host that is none")
    reached = host if ":" in host else host.encode("idna").decode("ascii")
    return Origin(parts.scheme == "https", reached, port), f"{target} HTTP/1.1\r\nhost: {named}\r\n".encode("ascii")
