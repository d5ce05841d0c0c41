"""Answers of an OTLP/HTTP endpoint, in the encoding of the request (OTLP specification, "Response")."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evenkeel.observe.events import jsontext
from evenkeel.observe.otlp.decode import JSON


def success(content_type: str, *, rejected: int = 0, message: str = "") -> bytes:
    """A success, or a partial one where spans were rejected or something needs to be said."""
    if content_type == JSON:
        if not rejected and not message:
            return b"{}"
        return jsontext.dump({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}})
    answer = ExportTraceServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()


def failure(content_type: str, message: str) -> bytes:
    """A `google.rpc.Status` that carries the message."""
    if content_type == JSON:
        return jsontext.dump({"message": message})
    text = message.encode()
    # google.rpc.Status has one field we fill: message, number 2, length-delimited.
    return b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
