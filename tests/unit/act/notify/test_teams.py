"""What a card says; `tests/contracts/test_notify_adapters.py` posts it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Response
from evenkeel.act.notify.teams import Teams

ADAPTER = Teams(url="https://prod.acme.org/workflows/1?sig=0123456789abcdef", site_url="https://keel.acme.org")


def card(message: Any) -> Any:
    (request,) = ADAPTER.render(message, None)
    return json.loads(request.body)["attachments"][0]["content"]


@pytest.mark.parametrize(
    ("event", "level", "color"),
    [
        (Event.TRIGGER, Level.CRITICAL, "attention"),
        (Event.TRIGGER, Level.WARNING, "warning"),
        (Event.RESOLVE, Level.CRITICAL, "good"),
    ],
)
def test_a_card_has_the_colour_of_its_state(tell: Any, event: Event, level: Level, color: str) -> None:
    assert card(tell(event, level=level))["body"][0]["color"] == color


def test_a_card_says_all(tell: Any) -> None:
    found = card(tell(text="one\ntwo"))
    title, text, facts, origin = found["body"]
    assert (title["text"], text["text"]) == ("🔴 Critical: Availability of bot", "one\n\ntwo")
    assert facts["facts"] == [{"title": "burn rate", "value": "15"}]
    assert origin["text"].startswith("bot in production · 2026-01-01T00:00:00.000Z")
    assert found["actions"] == [
        {"type": "Action.OpenUrl", "title": "Acknowledge", "url": "https://keel.acme.org/alerts/1"}
    ]


def test_a_text_makes_no_link(tell: Any) -> None:
    link = "[click](https://evil)"
    assert "](" not in str(card(tell(text=link, title=link, service=link, facts=((link, link),))))


@pytest.mark.parametrize(
    ("answer", "delivered", "retry"),
    [
        (Response(202, b""), True, False),
        (Response(200, b"1"), True, False),
        (Response(200, b"failed with error: Microsoft Teams endpoint returned HTTP error 429 with ..."), False, True),
        (Response(200, b"failed with error: Microsoft Teams endpoint returned HTTP error 403 with ..."), False, False),
        (Response(401, b"wrong sig 0123456789abcdef"), False, False),
    ],
)
def test_what_answers_mean(tell: Any, answer: Response, delivered: bool, retry: bool) -> None:
    receipt = ADAPTER.read(tell(), (answer,), None)
    assert (receipt.delivered, receipt.retry) == (delivered, retry)
    assert "0123456789abcdef" not in receipt.detail
