"""The page that explains the webhook says what is sent, and its Python checks what is signed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Message
from evenkeel.act.notify.webhook import (
    BODY_BYTES_MAX,
    DELIVERY_HEADER,
    ENTRIES_MAX,
    SIGNATURE_HEADER,
    TEXT_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    Webhook,
    sign,
)
from evenkeel.testing.clock import SimClock

PAGE = (Path(__file__).parents[4] / "docs" / "how-to" / "notify-formats.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = json.loads(next(body for language, body in BLOCKS if language == "json"))


@pytest.fixture(scope="module")
def is_ours() -> Callable[[bytes, str, str, float], bool]:
    source = next(body for language, body in BLOCKS if language == "python" and "def is_ours" in body)
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace["is_ours"]


def shown_message() -> Message:
    return Message(
        event=Event(SHOWN["event"]),
        dedup_key=SHOWN["dedup_key"],
        level=Level(SHOWN["level"]),
        title=SHOWN["title"],
        text=SHOWN["text"],
        environment=SHOWN["environment"],
        service=SHOWN["service"],
        at_us=1_767_225_600_000_000,
        facts=tuple((each["name"], each["value"]) for each in SHOWN["facts"]),
        links=(("Alert", "/alerts/1"),),
        labels=SHOWN["labels"],
    )


def test_the_document_shown_is_the_one_that_is_sent(is_ours: Any) -> None:
    clock = SimClock()
    hook = Webhook(url="https://x", site_url="https://keel.example.org", clock=clock, secrets=("next", "now"))
    (request,) = hook.render(shown_message(), None)
    assert json.loads(request.body) == SHOWN
    now_s = clock.now_us() / 1_000_000
    for secret in ("next", "now"):
        assert is_ours(request.body, request.headers[SIGNATURE_HEADER], secret, now_s)
    assert {SIGNATURE_HEADER, DELIVERY_HEADER} <= set(re.findall(r"`(evenkeel-[a-z]+)`", PAGE))


@pytest.mark.parametrize(
    "signature",
    [
        "", "t=", "v1=", "t=1000", "t=x,v1=y", "t=1000,v1=ä", "nonsense", sign(["other"], 1_000, b"{}"),
        sign(["s"], 1_000, b"{ }"), sign(["s"], 699, b"{}"), sign(["s"], 1_301, b"{}"),
        sign(["s"], 1_000, b"{}").replace("t=1000", "t=1001"),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused(is_ours: Any, signature: str) -> None:
    assert is_ours(b"{}", sign(["s"], 1_000, b"{}"), "s", 1_000.0)
    assert not is_ours(b"{}", signature, "s", 1_000.0)


def test_the_receiver_shown_starts(capsys: pytest.CaptureFixture[str]) -> None:
    (source,) = [body for language, body in BLOCKS if language == "python" and "WebhookReceiver" in body]
    exec(source, {})
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/hooks/evenkeel\n", capsys.readouterr().out)


def test_the_limits_shown_are_the_limits() -> None:
    for limit in (BODY_BYTES_MAX, TITLE_LENGTH_MAX, TEXT_LENGTH_MAX):
        assert f"{limit:,}" in PAGE
    assert f"At most {ENTRIES_MAX} each" in PAGE
    assert {event.value for event in Event} | {level.value for level in Level} <= set(re.findall(r"`(\w+)`", PAGE))
    assert set(SHOWN) <= set(re.findall(r"`(\w+)`", PAGE))
