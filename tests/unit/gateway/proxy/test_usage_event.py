"""The usage event is taken out, wherever the stream is cut; nothing else is touched."""

from __future__ import annotations

import pytest

from evenkeel.gateway.proxy.usage_event import UsageEventFilter

BEFORE = b'data: {"choices":[{"delta":{"content":"usage \\"usage\\": {}"}}],"usage":null}\n\n'
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_it_is_gone_wherever_the_stream_is_cut(end: bytes) -> None:
    stream, expected = (text.replace(b"\n\n", end) for text in (BEFORE + USAGE + DONE, BEFORE + DONE))
    for cut in range(len(stream) + 1):
        taken = UsageEventFilter()
        assert taken.feed(stream[:cut]) + taken.feed(stream[cut:]) + taken.finish() == expected


def test_it_is_gone_byte_by_byte_and_as_the_last() -> None:
    for stream, expected in ((BEFORE + USAGE + DONE, BEFORE + DONE), (BEFORE + USAGE.strip(), BEFORE)):
        taken = UsageEventFilter()
        passed = b"".join(taken.feed(stream[i : i + 1]) for i in range(len(stream)))
        assert passed + taken.finish() == expected


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}\n\n',
        b'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n',
        b'data: {"usage": broken\n\n',
        b': "usage" in a comment\n\n',
    ],
)
def test_what_says_more_or_something_else_passes(event: bytes) -> None:
    taken = UsageEventFilter()
    assert taken.feed(event) + taken.finish() == event


def test_an_event_without_end_is_not_held_for_ever() -> None:
    taken = UsageEventFilter()
    assert taken.feed(b"data: " + b"x" * 20_000) == b"data: " + b"x" * 20_000


def test_whole_events_pass_at_once() -> None:
    assert UsageEventFilter().feed(BEFORE) == BEFORE
