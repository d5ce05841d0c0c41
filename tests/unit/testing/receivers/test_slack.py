from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.receivers.slack import CHANNEL_ID, CHANNEL_NAME, TOKEN, WEBHOOK_PATH, SlackReceiver

POST, UPDATE = "/api/chat.postMessage", "/api/chat.update"


@pytest.fixture
def receiver() -> Iterator[SlackReceiver]:
    with SlackReceiver() as made:
        yield made


@pytest.fixture
def call(receiver: SlackReceiver, ask: Any) -> Any:
    def send(path: str, token: str = TOKEN, **document: Any) -> Any:
        reply = ask(receiver, path, {"channel": CHANNEL_ID} | document, authorization=f"Bearer {token}")
        assert reply.status == 200
        return json.loads(reply.body)

    return send


def test_a_message_is_posted_edited_and_answered(receiver: SlackReceiver, call: Any) -> None:
    posted = call(POST, channel=CHANNEL_NAME, text="one")
    assert (posted["ok"], posted["channel"]) == (True, CHANNEL_ID)
    assert call(POST, text="reply", thread_ts=posted["ts"], reply_broadcast=True)["ok"]
    assert call(UPDATE, text="two", ts=posted["ts"])["ok"]
    (root,) = receiver.roots
    assert (root.text, root.edits) == ("two", 1)
    assert [(each.text, each.is_broadcast) for each in receiver.replies(root.ts)] == [("reply", True)]


@pytest.mark.parametrize(
    ("path", "document", "error"),
    [
        (POST, {"text": "x", "token": "other"}, "invalid_auth"),
        (POST, {"text": "x", "channel": "#else"}, "channel_not_found"),
        (POST, {}, "invalid_arguments"),
        (POST, {"text": "a < b"}, "invalid_arguments"),
        (POST, {"text": "a & b"}, "invalid_arguments"),
        (POST, {"text": "x" * 40_001}, "invalid_arguments"),
        (POST, {"text": "x", "username": "else"}, "invalid_arguments"),
        (POST, {"text": "x", "blocks": []}, "invalid_blocks"),
        (POST, {"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        (UPDATE, {"text": "x", "ts": "1.1"}, "message_not_found"),
        (UPDATE, {"text": "x"}, "invalid_arguments"),
        (UPDATE, {"text": "x", "ts": "1.1", "channel": CHANNEL_NAME}, "channel_not_found"),
        ("/api/chat.delete", {"text": "x"}, "unknown_method"),
    ],
)
def test_what_is_not_documented_is_refused_with_200(
    receiver: SlackReceiver, call: Any, path: str, document: Any, error: str
) -> None:
    assert call(path, **document) == {"ok": False, "error": error}
    assert (receiver.messages, len(receiver.problems)) == ({}, 1)


def test_an_edit_may_be_4000_long(receiver: SlackReceiver, call: Any) -> None:
    ts = call(POST, text="x")["ts"]
    assert call(UPDATE, text="x" * 4_000, ts=ts)["ok"]
    assert not call(UPDATE, text="x" * 4_001, ts=ts)["ok"]


def test_the_webhook_says_ok_or_what_is_wrong(receiver: SlackReceiver, ask: Any) -> None:
    assert ask(receiver, WEBHOOK_PATH, {"text": "x"}).body == b"ok"
    wrong = ask(receiver, WEBHOOK_PATH, {"text": "x", "channel": "#else"})
    assert (wrong.status, wrong.body) == (400, b"invalid_payload")
    assert len(receiver.roots) == 1
