"""W3C trace context: the caller's goes in, ours goes out (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from evenkeel.kernel.facts import fact

#: What has to go on at least, where it goes on at all (W3C §3.3.1.5).
_STATE_BYTES_MAX: Final = 512
_MEMBERS_MAX: Final = 32
_TRACEPARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@fact
class TraceParent:
    """Who caused a request."""

    trace_id: bytes  # 16
    span_id: bytes  # 8
    flags: bytes = b"01"  # two hex digits

    def header(self, span_id: bytes) -> str:
        """The `traceparent` of what a span of this trace causes.

        >>> TraceParent(bytes(15) + b"a", bytes(8)).header(bytes(7) + b"b")
        '00-00000000000000000000000000000061-0000000000000062-01'
        """
        return f"00-{self.trace_id.hex()}-{span_id.hex()}-{self.flags.decode()}"


def read_traceparent(header: bytes) -> TraceParent | None:
    """The caller's trace; None when there is none, or none that is valid.

    >>> read_traceparent(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").span_id.hex()
    'b7ad6b7169203331'
    >>> read_traceparent(b"00-00000000000000000000000000000000-b7ad6b7169203331-01") is None
    True
    """
    found = _TRACEPARENT.fullmatch(header.strip())
    if found is None or found[1] == b"ff" or (found[1] == b"00" and found[5]):
        return None
    trace_id, span_id = bytes.fromhex(found[2].decode()), bytes.fromhex(found[3].decode())
    if not any(trace_id) or not any(span_id):
        return None
    return TraceParent(trace_id, span_id, found[4])


def state_of(headers: Sequence[tuple[bytes, bytes]], told: str) -> bytes | None:
    """The caller's `tracestate` where the trace that upstreams are told is the caller's; None where there is none.

    Several of them are one list. One that is too long goes no further: it may be left out, but not changed.

    >>> sent = [(b"traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"), (b"tracestate", b"v=1")]
    >>> state_of(sent, "00-" + "a" * 32 + "-" + "c" * 16 + "-01"), state_of(sent, "00-" + "d" * 32 + "-0-01")
    (b'v=1', None)
    """
    said = [value.strip() for name, value in headers if name == b"tracestate" and value.strip()]
    if not said:
        return None
    parents = [value.strip() for name, value in headers if name == b"traceparent"]
    state = b",".join(said)
    is_ours = len(parents) == 1 and parents[0][3:35] == told[3:35].encode()
    is_fit = len(state) <= _STATE_BYTES_MAX and state.count(b",") < _MEMBERS_MAX and state.isascii()
    return state if is_ours and is_fit else None
