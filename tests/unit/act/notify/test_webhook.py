"""The signed document; `tests/contracts/test_notify_adapters.py` sends it."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.act.notify.model import Response
from evenkeel.act.notify.webhook import Webhook, sign
from evenkeel.testing.clock import SimClock

URL = "https://acme.org/hooks/0123456789abcdef"


def test_the_whole_message_is_in_it(tell: Any) -> None:
    (request,) = Webhook(url=URL, site_url="https://keel.acme.org", clock=SimClock()).render(tell(), None)
    assert json.loads(request.body) == {
        "version": 1,
        "event": "trigger",
        "dedup_key": "evenkeel-1",
        "level": "critical",
        "title": "Availability of bot",
        "text": "It is 91 %.",
        "environment": "production",
        "service": "bot",
        "at": "2026-01-01T00:00:00.000Z",
        "facts": [{"name": "burn rate", "value": "15"}],
        "links": [{"words": "Alert", "url": "https://keel.acme.org/alerts/1"}],
        "labels": {"objective": "availability"},
    }
    assert "evenkeel-signature" not in request.headers


def test_it_is_signed_when_it_is_sent_and_by_each_secret(tell: Any) -> None:
    clock = SimClock()
    hook = Webhook(url=URL, site_url="https://keel.acme.org", clock=clock, secrets=("new", "old"))
    (request,) = hook.render(tell(), None)
    at_s = clock.now_us() // 1_000_000
    assert request.headers["evenkeel-signature"] == sign(("new", "old"), at_s, request.body)
    codes = request.headers["evenkeel-signature"].split(",")[1:]
    assert codes == [sign([secret], at_s, request.body).split(",")[1] for secret in ("new", "old")]


def test_any_2xx_is_a_receipt_and_the_address_is_not_told(tell: Any) -> None:
    hook = Webhook(url=URL, site_url="https://keel.acme.org", clock=SimClock())
    assert hook.read(tell(), (Response(204, b""),), None).delivered
    assert "0123456789abcdef" not in hook.read(tell(), (Response(404, b"no 0123456789abcdef"),), None).detail
