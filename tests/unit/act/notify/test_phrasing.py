from __future__ import annotations

from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level
from evenkeel.act.notify.phrasing import headline, identify_message, links_of, origin_of, to_json


@pytest.mark.parametrize(
    ("event", "level", "said"),
    [
        (Event.TRIGGER, Level.CRITICAL, "Critical: "),
        (Event.TRIGGER, Level.INFO, "Info: "),
        (Event.ACKNOWLEDGE, Level.CRITICAL, "Acknowledged: "),
        (Event.RESOLVE, Level.ERROR, "Resolved: "),
        (Event.CHANGE, Level.INFO, "Change: "),
        (Event.TEST, Level.WARNING, "Test: "),
    ],
)
def test_the_headline_says_the_state_first(tell: Any, event: Event, level: Level, said: str) -> None:
    assert headline(tell(event, level=level, title="a\nb")) == f"{said}a b"


def test_nothing_is_said_in_silence(tell: Any) -> None:
    message = tell(title=" \n", service="", environment="\x00")
    assert headline(message) == "Critical: Alert without a title"
    assert origin_of(message) == "unknown service in unknown environment"


def test_links_are_absolute_ascii_and_lead_to_sites_only(tell: Any) -> None:
    links = (
        ("Alert", "/alerts/1"), ("", "https://acme.org/ä b<c>|"), ("evil", "javascript:alert(1)"),
        ("other", "//acme.org"), ("long", "https://acme.org/" + "x" * 100), ("kept", "http://x/%C3%A4?a=1&b=[2]#c"),
    )  # fmt: skip
    assert links_of(tell(links=links), "https://keel.acme.org/", 60) == [
        ("Alert", "https://keel.acme.org/alerts/1"),
        ("Open", "https://acme.org/%C3%A4%20b%3Cc%3E%7C"),
        ("kept", "http://x/%C3%A4?a=1&b=[2]#c"),
    ]


def test_a_message_has_one_identity(tell: Any) -> None:
    assert identify_message(tell()) == identify_message(tell())
    others = [tell(Event.RESOLVE), tell(at_us=2), tell(title="x"), tell(text="x"), tell(dedup_key="x")]
    assert len({identify_message(message) for message in (tell(), *others)}) == 6


def test_json_is_compact_utf_8() -> None:
    assert to_json({"a": "ä", "b": [1]}) == '{"a":"ä","b":[1]}'.encode()
