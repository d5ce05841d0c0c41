"""Bytes of a connection become requests: heads that may be believed, bodies piece by piece (RFC 9112).

A connection is one of these, not beside one: ten thousand of them are open at a time.
"""

from __future__ import annotations

from typing import Final, NoReturn, Protocol, cast

import httptools

from evenkeel.gateway.http import framing
from evenkeel.gateway.http.incoming import Incoming, Line
from evenkeel.gateway.http.model import Fault, FaultError, Fields, ServerLimits

#: Small chunks need so many bytes around them for each of theirs, at most.
_WASTE_PER_BYTE: Final = 6
_CHUNKED_STEP: Final = 4096
_HEAD_END: Final = b"\r\n\r\n"


class Hearing(Protocol):
    """Who is told of requests."""

    def arrived(self, incoming: Incoming) -> None:
        """A head is here."""
        ...

    def swelled(self, incoming: Incoming) -> None:
        """More of its body is here than anybody has looked at."""
        ...

    def completed(self, incoming: Incoming) -> None:
        """Its body is here."""
        ...


class _NoTrailers:
    """Takes the headers that come after a body: none are taken, as nobody looks at them, and some would be believed."""

    def append(self, field: tuple[bytes, bytes]) -> NoReturn:
        """Raise FaultError."""
        del field
        raise FaultError(Fault(400, "malformed_body", "Trailers are not taken here. Send them as headers."))


_NO_TRAILERS: Final = _NoTrailers()


class Reader:
    """Reads requests, one after the other."""

    __slots__ = (
        "_begins", "_chunked", "_chunked_begin", "_fed", "_head_came", "_headers", "_limits", "_offer", "_parser",
        "_target", "_waste", "in_head", "is_over", "receiving",
    )  # fmt: skip

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: Fields | _NoTrailers = []
        self._head_came = 0  # bytes of a head that is not complete
        self._fed = 0  # bytes that the parser is being given
        self._begins = 0  # requests that began
        self._offer = b""  # a head that offers another protocol, without its offer
        self._chunked: Incoming | None = None  # whose body comes in chunks
        self._chunked_begin = 0  # which one it was
        self._waste = 0  # bytes of its body that are none of its own
        self.in_head = False
        self.receiving: Incoming | None = None  # whose body comes
        self.is_over = False  # nothing that comes now is a request

    # What whoever reads on a connection tells, and is told.

    @property
    def hearing(self) -> Hearing:
        """Who is told of requests."""
        raise NotImplementedError

    @property
    def line(self) -> Line:
        """The way their answers go."""
        raise NotImplementedError

    @property
    def is_new_head(self) -> bool:
        """Whether a head has begun with what came just now."""
        return self.in_head and self._head_came == self._fed

    def read(self, data: bytes) -> None:
        """Read what came. Raises FaultError; what was read before is told all the same."""
        size = len(data)
        if size <= self._limits.chunk_waste_bytes:
            self._read(data)
            return
        view, start = memoryview(data), 0
        while start < size and not self.is_over:
            end = start + self._step(data, start)
            self._read(view[start:end])
            start = end

    def known(self, fault: Fault) -> Fault:
        """The fault, with what is known of the request."""
        headers = [] if isinstance(self._headers, _NoTrailers) else self._headers
        headers = headers if self.receiving is None else self.receiving.headers
        return Fault(fault.status, fault.code, fault.message, self._target, tuple(headers))

    def forget(self) -> None:
        """Let go: the parser knows us, and we know it."""
        self._parser = cast("httptools.HttpRequestParser", None)
        self.receiving = self._chunked = None
        self.is_over = True

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A head begins."""
        if self.is_over:
            raise FaultError(Fault(400, "too_many_requests", "This connection has ended."))  # nobody is told
        self._target = b""
        self._headers = []
        self._head_came = 0
        self._begins += 1
        self.in_head = True

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after the body, a trailer."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is here."""
        parser, headers, limits = self._parser, cast("Fields", self._headers), self._limits
        method, version = parser.get_method().decode(), parser.get_http_version()
        if len(headers) > limits.headers or self._head_came + self._fed > limits.line_bytes:
            framing.check_size(self._target, headers, limits)
        fields = dict(headers)
        framing.check_head(version, self._target, headers, fields)
        self.in_head = False
        if parser.should_upgrade():
            self._decline(method, headers)
            return
        incoming = Incoming(self.line, method, self._target, headers, fields)
        incoming.is_http_10 = version == "1.0"
        incoming.keeps_alive = parser.should_keep_alive() and not incoming.is_http_10
        if b"expect" in fields:
            incoming.expects_continue = framing.expects_continue(version, fields)
        if b"transfer-encoding" in fields:
            self._chunked, self._chunked_begin = incoming, self._begins
            self._waste = self._head_came - framing.head_size(self._target, headers)
        self._headers = _NO_TRAILERS
        self.receiving = incoming
        self.hearing.arrived(incoming)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        incoming = self.receiving
        if incoming is None:
            return
        if incoming.has_ended:  # it was refused: what is left of its body is skipped
            incoming.size += len(body)
            return
        incoming.feed(body)
        if incoming.unseen > self._limits.unread_bytes:
            self.hearing.swelled(incoming)

    def on_message_complete(self) -> None:
        """The body is here."""
        incoming, self.receiving = self.receiving, None
        if incoming is not None:
            self.hearing.completed(incoming)

    # How it is read.

    def _step(self, data: bytes, start: int) -> int:
        """How much to read at a time of what is long: so much that it is known what it is part of."""
        receiving = self.receiving
        if receiving is None:
            end = data.find(_HEAD_END, start)
            return (len(data) if end < 0 else end + len(_HEAD_END)) - start
        if receiving is self._chunked:
            return _CHUNKED_STEP
        return max(1, receiving.length - receiving.size)

    def _read(self, data: bytes | memoryview) -> None:
        begins, is_between = self._begins, self.receiving is None and not self.in_head
        self._fed = len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:  # it has read the offer, and stops before what follows
            self._parser = httptools.HttpRequestParser(self)
            self._read(self._offer)
            self._read(data[stopped.args[0] :])
            return
        except httptools.HttpParserError as error:
            if self.is_over:
                return  # what comes after the last request is none
            raise FaultError(_understand(error)) from error
        if self.in_head:
            self._bound_head()
        elif self._chunked is not None and self._chunked_begin == self._begins <= begins + is_between:
            self._count_waste(self._chunked)  # no other request is in what was read

    def _decline(self, method: str, headers: Fields) -> None:
        if method == "CONNECT":
            raise FaultError(Fault(501, "no_tunnels", "CONNECT is not taken here. Ask for a path."))
        self._offer = framing.without_offer(method, self._target, headers)

    def _bound_head(self) -> None:
        limits = self._limits
        self._head_came += self._fed
        if len(self._target) > limits.line_bytes:
            framing.check_size(self._target, [], limits)
        if self._head_came > limits.head_bytes:
            raise FaultError(framing.too_large(limits))

    def _count_waste(self, chunked: Incoming) -> None:
        """What came of a chunked body that is none of it: the parser tells nobody of extensions, however long."""
        self._waste += self._fed
        if self.receiving is None:
            self._chunked = None
        if self._waste > self._limits.chunk_waste_bytes + (1 + _WASTE_PER_BYTE) * chunked.size:
            self.receiving = chunked  # it is spoiled, though it may have come to its end
            message = "The chunks of the body are mostly no body. Send larger chunks."
            raise FaultError(Fault(400, "malformed_body", message))


def _understand(error: httptools.HttpParserError) -> Fault:
    """What a caller is told of what the parser refuses. Its reasons name no bytes of the request."""
    cause = error.__context__
    if isinstance(cause, FaultError):
        return cause.fault
    return Fault(400, "malformed_request", f"This is no HTTP/1.1 request: {error}. Look at what sends it.")
