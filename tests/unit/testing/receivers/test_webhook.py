from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.receivers.webhook import SECRET, WebhookReceiver

DOCUMENT: dict[str, Any] = {
    "version": 1, "event": "trigger", "dedup_key": "k", "level": "critical", "title": "t", "text": "",
    "environment": "e", "service": "s", "at": "2026-01-01T00:00:00Z", "facts": [{"name": "n", "value": "v"}],
    "links": [{"words": "w", "url": "https://x"}], "labels": {"a": "b"},
}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(now_s=1_000) as made:
        yield made


def headers(body: bytes, at_s: int = 1_000, secret: str = SECRET) -> dict[str, str]:
    code = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return {"evenkeel_signature": f"t={at_s},v1={'0' * 64},v1={code}", "evenkeel_delivery": "d" * 32}


def test_a_document_that_is_signed_and_right_is_taken(receiver: WebhookReceiver, ask: Any) -> None:
    body = json.dumps(DOCUMENT).encode()
    for _ in range(2):
        assert ask(receiver, "/hooks/evenkeel", body, **headers(body)).status == 204
    assert list(receiver.documents.values()) == [DOCUMENT]


def test_a_signature_that_is_wrong_old_or_missing_is_refused(receiver: WebhookReceiver, ask: Any) -> None:
    body = json.dumps(DOCUMENT).encode()
    wrong = [
        headers(body, secret="other"),
        headers(body, at_s=699),
        headers(body + b" "),
        headers(body) | {"evenkeel_signature": "t=1000"},
        {"evenkeel_delivery": "d" * 32},
    ]
    assert [ask(receiver, "/hooks/evenkeel", body, **each).status for each in wrong] == [401] * 5
    assert receiver.documents == {}


@pytest.mark.parametrize(
    "more",
    [
        {"version": 2}, {"event": "open"}, {"level": "page"}, {"dedup_key": ""}, {"title": "t" * 1_001},
        {"at": "2026-01-01"}, {"at": "now"}, {"facts": [{"name": "n"}]}, {"links": [{"words": "w", "url": "/x"}]},
        {"labels": {"a": 1}}, {"more": 1},
    ],
)  # fmt: skip
def test_what_is_not_documented_is_refused(receiver: WebhookReceiver, ask: Any, more: dict[str, Any]) -> None:
    body = json.dumps(DOCUMENT | more).encode()
    assert ask(receiver, "/hooks/evenkeel", body, **headers(body)).status == 400


def test_without_a_secret_nothing_is_asked_for(ask: Any) -> None:
    with WebhookReceiver(secret=None) as receiver:
        assert ask(receiver, "/hooks/evenkeel", DOCUMENT, evenkeel_delivery="d" * 32).status == 204
