"""What an OTLP/HTTP endpoint answers, read with the specification's own messages."""

from __future__ import annotations

import json

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evenkeel.observe.otlp.decode import JSON, PROTOBUF
from evenkeel.observe.otlp.response import failure, success


def status_class() -> type:
    """google.rpc.Status as its specification declares it: int32 code = 1, string message = 2."""
    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="google.rpc", syntax="proto3")
    message = file.message_type.add(name="Status")
    message.field.add(name="code", number=1, type=5, label=1)
    message.field.add(name="message", number=2, type=9, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("google.rpc.Status"))


STATUS = status_class()


@given(st.text(max_size=500))
def test_a_failure_is_a_status_that_any_client_reads(message: str) -> None:
    text = message.encode("utf-8", "replace").decode()
    assert STATUS.FromString(failure(PROTOBUF, text)).message == text  # type: ignore[attr-defined]
    assert json.loads(failure(JSON, text)) == {"message": text}


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, 100_000])
def test_a_failure_of_any_length_is_read_back(length: int) -> None:
    assert len(STATUS.FromString(failure(PROTOBUF, "x" * length)).message) == length  # type: ignore[attr-defined]


def test_a_full_success_sets_no_partial_success() -> None:
    assert success(JSON) == b"{}"
    assert success(PROTOBUF) == b""
    assert not ExportTraceServiceResponse.FromString(success(PROTOBUF)).HasField("partial_success")


def test_a_partial_success_says_how_many_and_why_in_both_encodings() -> None:
    found = ExportTraceServiceResponse.FromString(success(PROTOBUF, rejected=3, message="too old")).partial_success
    assert (found.rejected_spans, found.error_message) == (3, "too old")
    # 64-bit integers are strings in protobuf's JSON.
    expected = {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}}
    assert json.loads(success(JSON, rejected=3, message="too old")) == expected
