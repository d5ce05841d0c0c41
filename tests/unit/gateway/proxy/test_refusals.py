"""Refusals as each dialect writes them."""

from __future__ import annotations

import json

import pytest

from evenkeel.gateway.proxy.refusals import Refusal, body, headers, stream_event
from evenkeel.gateway.routes.model import Dialect

REFUSAL = Refusal(429, "budget_exceeded", "Used up. Wait.", 1.2, is_worth_retrying=False)


@pytest.mark.parametrize(
    ("dialect", "document"),
    [
        (
            Dialect.OPENAI,
            {
                "error": {
                    "message": "Used up. Wait.",
                    "type": "rate_limit_error",
                    "param": None,
                    "code": "budget_exceeded",
                }
            },
        ),
        (
            Dialect.ANTHROPIC,
            {
                "type": "error",
                "error": {"type": "rate_limit_error", "message": "Used up. Wait.", "code": "budget_exceeded"},
            },
        ),
        (Dialect.MLFLOW, {"error_code": "INTERNAL_ERROR", "message": "Used up. Wait.", "code": "budget_exceeded"}),
        (Dialect.V2, {"error": "Used up. Wait.", "code": "budget_exceeded"}),
    ],
)
def test_the_error_object_is_the_dialects_own(dialect: Dialect, document: object) -> None:
    assert json.loads(body(REFUSAL, dialect)) == document


def test_the_wait_is_told_in_whole_seconds_rounded_up_and_so_is_whether_to_retry() -> None:
    found = dict(headers(REFUSAL, 7))
    assert (found[b"retry-after"], found[b"x-should-retry"], found[b"content-length"]) == (b"2", b"false", b"7")
    assert found[b"x-evenkeel-error"] == b"budget_exceeded"
    assert b"retry-after" not in dict(headers(Refusal(400, "c", "m"), 1))
    assert dict(headers(Refusal(401, "c", "m"), 1))[b"www-authenticate"] == b"Bearer"


def test_an_event_ends_a_stream_in_the_form_that_clients_raise() -> None:
    assert stream_event(REFUSAL, Dialect.OPENAI, "chat").startswith(b'data: {"error":')
    assert stream_event(REFUSAL, Dialect.ANTHROPIC, "messages").startswith(b'event: error\ndata: {"type":"error"')
    told = stream_event(REFUSAL, Dialect.OPENAI, "responses")
    assert told.startswith(b"event: error\ndata: ")
    assert json.loads(told.partition(b"data: ")[2])["type"] == "error"
    assert all(stream_event(REFUSAL, dialect, "x").endswith(b"\n\n") for dialect in Dialect)
