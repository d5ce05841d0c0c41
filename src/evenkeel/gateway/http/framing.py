"""Heads: which of those that came may be believed, and how ours are written (RFC 9112).

llhttp refuses most of what could be read in two ways. What it lets pass is refused here: whoever stands between the
caller and us might read it in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import httptools

from evenkeel.gateway.http.model import Fault, FaultError, Fields, ServerLimits

_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}
#: What must not be said twice.
_ONCE: Final = (b"host", b"content-length", b"transfer-encoding", b"authorization", b"content-type", b"expect")
_BLANK: Final = b" \t"
#: Answers that have no body, whatever their headers say.
_BARE: Final = (204, 304)
_FIELD: Final = b": ".join
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE: Final = b"connection: close\r\n"


def check_head(version: str, target: bytes, headers: Fields, fields: Mapping[bytes, bytes]) -> None:
    """Raises FaultError where it is not sure where the request ends, or for whom it is."""
    if version not in ("1.1", "1.0"):
        raise _bad("unknown_version", f"HTTP/{version} is not spoken here. Speak HTTP/1.1.", 505)
    if b"#" in target:
        raise _bad("malformed_target", "A request must not name a fragment. Leave out '#' and what follows it.")
    if version == "1.1" and b"host" not in fields:
        raise _bad("malformed_head", "The header Host is missing. HTTP/1.1 asks for it.")
    if len(fields) != len(headers):
        names = [name for name, _ in headers]
        twice = next((name for name in _ONCE if names.count(name) > 1), None)
        if twice is not None:
            raise _bad("malformed_head", f"The header {twice.decode()} came twice. Send it once.")
    coding = fields.get(b"transfer-encoding")
    if coding is None:
        return
    if version == "1.0" or b"content-length" in fields or coding.strip(_BLANK).lower() != b"chunked":
        raise _bad("malformed_head", "Transfer-Encoding may only be 'chunked', in HTTP/1.1, without Content-Length.")


def check_size(target: bytes, headers: Fields, limits: ServerLimits) -> None:
    """Raises FaultError for a head that is too large."""
    if len(target) > limits.line_bytes:
        raise _bad("target_too_long", f"The target is longer than {limits.line_bytes} bytes. Shorten it.", 414)
    size = sum(len(name) + len(value) for name, value in headers)
    longest = max((len(name) + len(value) for name, value in headers), default=0)
    if len(headers) > limits.headers or longest > limits.line_bytes or size > limits.head_bytes:
        raise FaultError(too_large(limits))


def head_size(target: bytes, headers: Fields) -> int:
    """Bytes of a head at least, without its method."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)


def expects_continue(version: str, fields: Mapping[bytes, bytes]) -> bool:
    """Whether the caller waits for our word before it sends its body. Raises FaultError for another expectation."""
    if version == "1.0":
        return False  # it cannot know interim responses
    if fields[b"expect"].strip(_BLANK).lower() != b"100-continue":
        raise _bad("unknown_expectation", "Only 'Expect: 100-continue' is known here. Leave the header out.", 417)
    return True


def too_large(limits: ServerLimits) -> Fault:
    """Of a head."""
    allowed = f"{limits.headers} headers of {limits.line_bytes} bytes, {limits.head_bytes} in all, are allowed"
    return Fault(431, "head_too_large", f"The head is too large; {allowed}. Send less.")


def split_target(target: bytes) -> tuple[str, bytes]:
    """(path as it was sent, query).

    >>> split_target(b"/v1/models?limit=2")
    ('/v1/models', b'limit=2')
    >>> split_target(b"http://gateway:4181/v1/models")
    ('/v1/models', b'')
    """
    if not target.startswith(b"/"):
        try:
            parsed = httptools.parse_url(target)
        except httptools.HttpParserInvalidURLError:
            return target.decode("latin-1"), b""
        return (parsed.path or b"/").decode("latin-1"), parsed.query or b""
    path, _, query = target.partition(b"?")
    return path.decode("latin-1"), query


def answer_lines(status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """An answer's head but for its end, names as given: in lower case. Raises ValueError for what would be more lines.

    >>> answer_lines(200, [(b"content-length", b"0")])
    b'HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n'
    """
    made = b"\r\n".join((_LINES.get(status) or b"HTTP/1.1 %d " % status, *map(_FIELD, headers), b""))
    if made.count(b"\n") != len(headers) + 1:
        raise ValueError("a header holds the end of a line")
    return made


def has_body(method: str, status: int) -> bool:
    """Whether an answer may have one."""
    return method != "HEAD" and status not in _BARE


def without_offer(method: str, target: bytes, headers: Fields) -> bytes:
    """A head as it would be without its offer to speak another protocol, which may be declined (RFC 9110 §7.8)."""
    lines = [method.encode(), b" ", target, b" HTTP/1.1\r\n"]
    for name, value in headers:
        kept = _without_upgrade(value) if name == b"connection" else value
        if name not in (b"upgrade", b"http2-settings"):
            lines += (name, b": ", kept, b"\r\n")
    return b"".join((*lines, b"\r\n"))


def _without_upgrade(connection: bytes) -> bytes:
    words = (word.strip() for word in connection.split(b","))
    return b", ".join(word for word in words if word.lower() not in (b"upgrade", b"http2-settings"))


def _bad(code: str, message: str, status: int = 400) -> FaultError:
    return FaultError(Fault(status, code, message))
