"""OTLP/HTTP bodies: gzip, protobuf and JSON, with bounded memory (OTLP specification 1.x)."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final, cast

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

#: Members of a gzip body: senders write one; each costs a copy of what follows it.
_MEMBERS_MAX: Final = 64
#: Resources, scopes and spans of one request. An empty one takes 2 bytes as sent and 170 in memory.
_MESSAGES_MAX: Final = 200_000
#: Objects and arrays of one JSON body. An empty one takes 3 bytes as sent and 72 in memory.
_CONTAINERS_MAX: Final = 1_000_000

_FIXED: Final = {1: 8, 5: 4}  # protobuf wire type -> bytes
_LENGTH_DELIMITED: Final = 2
_NESTED: Final = (1, 2, 2)  # fields: resource_spans, their scope_spans, their spans

_HEX_IDS: Final = frozenset(("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"))


class BodyTooLargeError(InvalidInputError):
    """A body that unpacks to more than is allowed."""

    code = "input.too_large"


def unpack(body: bytes, encoding: str, *, bytes_max: int) -> bytes:
    """The body without its Content-Encoding; never holds more than `bytes_max` bytes.

    Raises BodyTooLargeError, and InvalidInputError for what is not gzip or an encoding we do not speak.
    """
    if encoding in ("", "identity"):
        plain = body
    elif encoding in ("gzip", "deflate"):
        plain = _inflate(body, encoding, bytes_max)
    else:
        raise InvalidInputError(
            f"Content-Encoding {encoding[:40]!r} is not known here.", hint="Send gzip or identity.", encoding=encoding
        )
    if len(plain) > bytes_max:
        raise _too_large(bytes_max)
    return plain


def _inflate(body: bytes, encoding: str, bytes_max: int) -> bytes:
    parts: list[bytes] = []
    size, rest = 0, body
    while rest:  # a gzip body may have several members
        if len(parts) == _MEMBERS_MAX:
            raise BodyTooLargeError(
                f"The {encoding} body has more than {_MEMBERS_MAX} members.", hint="Compress it in one piece."
            )
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
        try:
            part = inflater.decompress(rest, bytes_max - size + 1)
        except zlib.error as error:
            raise InvalidInputError(
                f"The body is not {encoding}: {error}.",
                hint="Compress it, or leave out the Content-Encoding header.",
                encoding=encoding,
            ) from None
        size += len(part)
        parts.append(part)
        if size > bytes_max:
            raise _too_large(bytes_max)
        if not inflater.eof:
            raise InvalidInputError(
                f"The {encoding} body ends in the middle.", hint="Send it whole.", encoding=encoding
            )
        rest = inflater.unused_data
    return b"".join(parts)


def _too_large(bytes_max: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"The body unpacks to more than {bytes_max} bytes.",
        hint="Send fewer spans in one request.",
        bytes_max=bytes_max,
    )


def load_json(body: bytes) -> Any:
    """What a JSON body says. Raises BodyTooLargeError, and InvalidInputError for what is not JSON."""
    if body.count(b"{") + body.count(b"[") > _CONTAINERS_MAX:
        raise BodyTooLargeError(
            f"The body holds more than {_CONTAINERS_MAX} JSON objects and arrays.", hint="Send it in several requests."
        )
    try:
        return jsontext.load(body)
    except ValueError as error:
        raise InvalidInputError(f"The body is not JSON: {error}.", hint="NaN and Infinity are not JSON.") from None


def parse_traces(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The request in a plain body. Raises InvalidInputError naming what is wrong."""
    if content_type == PROTOBUF:
        if len(body) > 2 * _MESSAGES_MAX:
            with suppress(IndexError):  # the parser says better that a body is cut
                _refuse_crowds(body)
        try:
            return ExportTraceServiceRequest.FromString(body)
        except DecodeError:
            raise InvalidInputError(
                f"The body of {len(body)} bytes is not an ExportTraceServiceRequest in protobuf (or holds text that"
                " is not UTF-8).",
                hint="Check the exporter's protocol: it must be http/protobuf.",
                content_type=content_type,
            ) from None
    if content_type == JSON:
        return _parse_json(body)
    raise InvalidInputError(
        f"Content-Type {content_type[:80]!r} is not known here.",
        hint=f"Send {PROTOBUF} or {JSON}.",
        content_type=content_type[:80],
    )


def _refuse_crowds(body: bytes) -> None:
    """Raise BodyTooLargeError when the spans of a request would take far more memory than its bytes.

    Raises IndexError for a body that is cut.
    """
    seen = 0
    outer = [(0, len(body))]
    for number in _NESTED:
        found = (part for place, end in outer for part in _parts(body, place, end, number))
        outer = list(islice(found, _MESSAGES_MAX + 1 - seen))
        seen += len(outer)
        if seen > _MESSAGES_MAX:
            raise BodyTooLargeError(
                f"The request holds more than {_MESSAGES_MAX} spans.", hint="Send fewer spans in one request."
            )


def _parts(body: bytes, place: int, end: int, number: int) -> Iterator[tuple[int, int]]:
    """Where each message of field `number` begins and ends."""
    while place < end:
        tag, place = _varint(body, place)
        size = _FIXED.get(tag & 7, 0)
        if tag & 7 == 0:
            _, place = _varint(body, place)
        elif tag & 7 == _LENGTH_DELIMITED:
            size, place = _varint(body, place)
            if tag >> 3 == number:
                yield place, min(place + size, end)
        place += size


def _varint(body: bytes, place: int) -> tuple[int, int]:
    """(value, place after it). Raises IndexError at the end of the body."""
    value = shift = 0
    while True:
        byte = body[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80 or shift > 63:
            return value, place
        shift += 7


def _parse_json(body: bytes) -> ExportTraceServiceRequest:
    """OTLP/JSON: as protobuf's JSON mapping, but with ids in hex."""
    document: Any = load_json(body)
    if not isinstance(document, dict):
        raise InvalidInputError(
            f"The body is a JSON {type(document).__name__}, not an object.", hint='Send {"resourceSpans": […]}.'
        )
    try:
        _hex_to_base64(cast("dict[str, Any]", document))
        return ParseDict(cast("dict[str, Any]", document), ExportTraceServiceRequest(), ignore_unknown_fields=True)
    except (ParseError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidInputError(
            f"The body is not OTLP/JSON: {str(error)[:300]}.",
            hint="See the OTLP specification's JSON encoding: ids in hex, 64-bit numbers as strings.",
            content_type=JSON,
        ) from None


def _hex_to_base64(document: dict[str, Any]) -> None:
    for span in _spans(document):
        for carrier in (span, *_list(span, "links")):
            for name in _HEX_IDS & carrier.keys():
                carrier[name] = _base64_of(name, carrier[name])


def _spans(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in _list(document, "resourceSpans", "resource_spans"):
        for scope in _list(resource, "scopeSpans", "scope_spans"):
            yield from _list(scope, "spans")


def _list(node: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    for name in names:
        found = node.get(name)
        if found is not None:
            if not isinstance(found, list) or not all(isinstance(item, dict) for item in cast("list[Any]", found)):
                msg = f"{name} is not a list of objects"
                raise ValueError(msg)
            return cast("list[dict[str, Any]]", found)
    return []


def _base64_of(name: str, text: object) -> str:
    try:
        return base64.b64encode(binascii.unhexlify(str(text))).decode()
    except (binascii.Error, ValueError):
        msg = f"{name} {str(text)[:40]!r} is not hexadecimal"
        raise ValueError(msg) from None
