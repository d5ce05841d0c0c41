"""Trace context in and out."""

from __future__ import annotations

import pytest

from evenkeel.gateway.proxy.tracing import read_traceparent, state_of

GOOD = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def test_a_trace_goes_on_with_our_span_and_its_flags() -> None:
    found = read_traceparent(GOOD)
    assert found is not None
    assert found.header(bytes.fromhex("00f067aa0ba902b7")) == "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00"


def test_a_later_version_may_say_more() -> None:
    assert read_traceparent(b"01" + GOOD[2:] + b"-more") is not None


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"00-",
        GOOD + b"-more",
        b"ff" + GOOD[2:],
        GOOD.upper(),
        GOOD.replace(b"b7ad6b7169203331", b"0" * 16),
        GOOD[:-1],
    ],
)
def test_what_is_no_trace_is_none(header: bytes) -> None:
    assert read_traceparent(header) is None


TOLD = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00"


def test_the_state_of_a_trace_goes_on_with_it_in_one_list() -> None:
    assert state_of([(b"traceparent", GOOD), (b"tracestate", b"a=1"), (b"tracestate", b" b=2 ")], TOLD) == b"a=1,b=2"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"traceparent", GOOD)],
        [(b"tracestate", b"a=1")],
        [(b"traceparent", GOOD.replace(b"0af7", b"0000")), (b"tracestate", b"a=1")],
        [(b"traceparent", GOOD), (b"tracestate", b"a=" + b"x" * 511)],
        [(b"traceparent", GOOD), (b"tracestate", b",".join([b"a=1"] * 33))],
        [(b"traceparent", GOOD), (b"tracestate", b"a=\xff")],
    ],
    ids=["none", "no trace", "another trace", "too long", "too many", "no ASCII"],
)
def test_a_state_without_its_trace_or_beyond_its_bounds_goes_no_further(headers: list[tuple[bytes, bytes]]) -> None:
    assert state_of(headers, TOLD) is None
