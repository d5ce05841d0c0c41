"""What is asked of Slack; `tests/contracts/test_notify_adapters.py` asks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Response
from evenkeel.act.notify.slack import Slack, SlackWebhook

BOT = Slack(token="xoxb-1", channel="#alerts", site_url="https://keel.acme.org")
HOOK = SlackWebhook(url="https://hooks.slack.com/services/T0/B0/abcdefghijklmnop", site_url="https://keel.acme.org")
KNOWN = {"channel": "C1", "ts": "1.1", "state": "trigger"}
OK = Response(200, b'{"ok": true, "channel": "C1", "ts": "1.1"}')


def no(error: str) -> Response:
    return Response(200, json.dumps({"ok": False, "error": error}).encode())


def methods(message: Any, thread: Any) -> list[str]:
    return [request.url.removeprefix("https://slack.com/api/") for request in BOT.render(message, thread)]


@pytest.mark.parametrize("thread", [None, {}])
def test_the_first_message_is_posted(tell: Any, thread: Any) -> None:
    assert methods(tell(), thread) == ["chat.postMessage"]
    receipt = BOT.read(tell(), (OK,), thread)
    assert (receipt.delivered, receipt.thread) == (True, KNOWN)


@pytest.mark.parametrize("event", [Event.TRIGGER, Event.ACKNOWLEDGE, Event.RESOLVE])
def test_what_follows_edits_and_replies(tell: Any, event: Event) -> None:
    assert methods(tell(event), KNOWN) == ["chat.update", "chat.postMessage"]
    receipt = BOT.read(tell(event), (OK, OK), KNOWN)
    assert receipt.thread == KNOWN | {"state": event.value}


@pytest.mark.parametrize("event", [Event.TEST, Event.CHANGE])
def test_tests_and_changes_stand_alone(tell: Any, event: Event) -> None:
    assert methods(tell(event), KNOWN) == ["chat.postMessage"]
    assert BOT.read(tell(event), (OK,), KNOWN).thread is None


@pytest.mark.parametrize(
    ("answers", "delivered", "retry", "forgotten"),
    [
        ((no("message_not_found"), OK), False, True, True),
        ((no("message_not_found"), no("thread_not_found")), False, True, True),
        ((OK, no("thread_not_found")), False, True, True),
        ((no("cant_update_message"), OK), True, False, False),
        ((OK, no("ratelimited")), False, True, False),
        ((OK, no("is_archived")), False, False, False),
        ((Response(429, b"", {"retry-after": "3"}),), False, True, False),
        ((OK, Response(0, b"reset")), False, True, False),
        ((OK,), False, True, False),  # the reply was never sent
    ],
)
def test_what_answers_mean(tell: Any, answers: Any, delivered: bool, retry: bool, forgotten: bool) -> None:
    receipt = BOT.read(tell(), answers, KNOWN)
    assert (receipt.delivered, receipt.retry, receipt.thread == {}) == (delivered, retry, forgotten)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"ok": "yes"}', b'{"ok": true}'])
def test_what_slack_would_not_say_is_not_taken_as_its_word(tell: Any, body: bytes) -> None:
    receipt = BOT.read(tell(), (Response(200, body),), None)
    assert (receipt.delivered, receipt.retry) == (False, True)


@pytest.mark.parametrize(
    ("answer", "delivered", "retry"),
    [
        (Response(200, b"ok"), True, False),
        (Response(200, b"<html>"), False, True),
        (Response(404, b"no_service"), False, False),
        (Response(403, b"rate_limited"), False, True),
        (Response(500, b"rollup_error"), False, True),
    ],
)
def test_what_a_webhook_says(tell: Any, answer: Response, delivered: bool, retry: bool) -> None:
    receipt = HOOK.read(tell(), (answer,), None)
    assert (receipt.delivered, receipt.retry) == (delivered, retry)
