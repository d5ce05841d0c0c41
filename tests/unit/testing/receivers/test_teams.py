from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.receivers.teams import CARD_TYPE, PATH, QUERY, TeamsReceiver

BLOCK: dict[str, Any] = {"type": "TextBlock", "text": "x"}


@pytest.fixture
def receiver() -> Iterator[TeamsReceiver]:
    with TeamsReceiver() as made:
        yield made


def message(**card: Any) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "version": "1.4", "body": [BLOCK]} | card
    return {"type": "message", "attachments": [{"contentType": CARD_TYPE, "contentUrl": None, "content": content}]}


def test_a_card_is_accepted_without_a_word(receiver: TeamsReceiver, ask: Any) -> None:
    facts = {"type": "FactSet", "facts": [{"title": "a", "value": "b"}]}
    action = {"type": "Action.OpenUrl", "title": "Open", "url": "https://x"}
    reply = ask(receiver, f"{PATH}?{QUERY}", message(body=[BLOCK, facts], actions=[action]))
    assert (reply.status, reply.body, len(receiver.cards)) == (202, b"", 1)


def test_without_the_signature_nothing_is_accepted(receiver: TeamsReceiver, ask: Any) -> None:
    assert ask(receiver, PATH, message()).status == 401
    assert receiver.cards == []


@pytest.mark.parametrize(
    "document",
    [
        {"text": "the old format"},
        message() | {"attachments": []},
        message() | {"summary": "x"},
        message(version="1.5"),
        message(type="MessageCard"),
        message(body=[]),
        message(body=[{"type": "Chart"}]),
        message(body=[BLOCK | {"text": ""}]),
        message(body=[BLOCK | {"color": "red"}]),
        message(body=[{"type": "FactSet", "facts": [{"title": "a"}]}]),
        message(actions=[{"type": "Action.OpenUrl", "url": "/alerts"}]),
        message(actions=[{"type": "Action.OpenUrl", "url": "https://x"}] * 7),
        message(body=[BLOCK | {"text": "x" * 28_672}]),
    ],
)
def test_what_is_not_documented_is_refused(receiver: TeamsReceiver, ask: Any, document: Any) -> None:
    assert ask(receiver, f"{PATH}?{QUERY}", document).status == 400
    assert (receiver.cards, len(receiver.problems)) == ([], 1)
