"""How events are written; `tests/contracts/test_notify_adapters.py` sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Response
from evenkeel.act.notify.pagerduty import BODY_BYTES_MAX, PagerDuty

ADAPTER = PagerDuty(routing_key="k" * 32, site_url="https://keel.acme.org")
ACCEPTED = Response(202, b'{"status": "success", "message": "Event processed", "dedup_key": "evenkeel-1"}')


def bodies(message: Any) -> list[Any]:
    return [json.loads(request.body) for request in ADAPTER.render(message, None)]


def test_a_trigger_says_all(tell: Any) -> None:
    (event,) = bodies(tell())
    assert (event["event_action"], event["dedup_key"], event["client"]) == ("trigger", "evenkeel-1", "evenkeel")
    assert event["payload"] == {
        "summary": "Availability of bot (bot in production)",
        "source": "bot in production",
        "severity": "critical",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "component": "bot",
        "group": "production",
        "class": "availability",
        "custom_details": {"text": "It is 91 %.", "burn rate": "15", "labels": {"objective": "availability"}},
    }
    assert event["links"] == [{"href": "https://keel.acme.org/alerts/1", "text": "Alert"}]


@pytest.mark.parametrize("event", [Event.ACKNOWLEDGE, Event.RESOLVE])
def test_what_follows_names_the_key_only(tell: Any, event: Event) -> None:
    assert bodies(tell(event)) == [{"routing_key": "k" * 32, "event_action": event.value, "dedup_key": "evenkeel-1"}]


def test_a_test_opens_and_ends(tell: Any) -> None:
    begun, ended = bodies(tell(Event.TEST, level=Level.INFO))
    assert (begun["event_action"], ended["event_action"]) == ("trigger", "resolve")
    assert begun["payload"]["summary"].startswith("Test: ")


def test_a_change_goes_to_the_door_of_changes(tell: Any) -> None:
    (request,) = ADAPTER.render(tell(Event.CHANGE), None)
    assert request.url == "https://events.pagerduty.com/v2/change/enqueue"
    assert "dedup_key" not in json.loads(request.body)


def test_details_that_are_too_long_give_way_to_a_note(tell: Any) -> None:
    (request,) = ADAPTER.render(tell(text="ä" * BODY_BYTES_MAX), None)
    assert len(request.body) < 10_000
    note = json.loads(request.body)["payload"]["custom_details"]["note"]
    assert "512,000 are allowed" in note


def test_each_event_of_a_test_must_be_accepted(tell: Any) -> None:
    assert ADAPTER.read(tell(Event.TEST), (ACCEPTED, ACCEPTED), None).delivered
    receipt = ADAPTER.read(tell(Event.TEST), (ACCEPTED, Response(500, b"")), None)
    assert (receipt.delivered, receipt.retry) == (False, True)


def test_an_event_that_is_invalid_says_why(tell: Any) -> None:
    body = b'{"status": "invalid event", "errors": ["\'routing_key\' is invalid"]}'
    receipt = ADAPTER.read(tell(), (Response(400, body),), None)
    assert (receipt.delivered, receipt.retry) == (False, False)
    assert "routing_key" in receipt.detail
