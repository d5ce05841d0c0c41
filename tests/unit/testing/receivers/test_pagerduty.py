from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.receivers.pagerduty import ROUTING_KEY, PagerDutyReceiver


@pytest.fixture
def receiver() -> Iterator[PagerDutyReceiver]:
    with PagerDutyReceiver() as made:
        yield made


def event(action: str = "trigger", **more: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"routing_key": ROUTING_KEY, "event_action": action, "dedup_key": "k"}
    if action == "trigger":
        document["payload"] = {"summary": "s", "source": "o", "severity": "error"}
    return document | more


def payload(**more: Any) -> dict[str, Any]:
    return event(payload=event()["payload"] | more)


def test_a_key_is_one_alert_while_it_is_open_and_another_after(receiver: PagerDutyReceiver, ask: Any) -> None:
    for action in ("resolve", "trigger", "trigger", "acknowledge", "resolve", "acknowledge", "trigger"):
        reply = ask(receiver, "/v2/enqueue", event(action))
        assert (reply.status, json.loads(reply.body)["dedup_key"]) == (202, "k")
    assert [(alert.state, len(alert.triggers)) for alert in receiver.alerts] == [("resolved", 2), ("triggered", 1)]


def test_an_event_without_a_key_is_an_alert_of_its_own(receiver: PagerDutyReceiver, ask: Any) -> None:
    for _ in range(2):
        document = event()
        del document["dedup_key"]
        ask(receiver, "/v2/enqueue", document)
    assert len(receiver.alerts) == 2


@pytest.mark.parametrize(
    "document",
    [
        b"{",
        event(routing_key="short"),
        event(routing_key="f" * 32),
        event("open"),
        event(dedup_key="k" * 256),
        event(dedup_key=""),
        event(note="unknown"),
        event("resolve", client="x"),
        event(links=[{"text": "no href"}]),
        event(links=[{"href": "/relative"}]),
        event(client_url="ftp://x"),
        payload(summary="s" * 1_025),
        payload(summary=""),
        payload(severity="fatal"),
        payload(timestamp="yesterday"),
        payload(timestamp="2026-01-01T00:00:00"),
        payload(custom_details="text"),
        payload(unknown=1),
        payload(custom_details={"x": "y" * 530_000}),
    ],
)
def test_what_is_not_documented_is_refused(receiver: PagerDutyReceiver, ask: Any, document: Any) -> None:
    assert ask(receiver, "/v2/enqueue", document).status == 400
    assert (receiver.alerts, len(receiver.problems)) == ([], 1)


def test_changes_have_a_door_of_their_own(receiver: PagerDutyReceiver, ask: Any) -> None:
    change = {"routing_key": ROUTING_KEY, "payload": {"summary": "s"}}
    assert ask(receiver, "/v2/change/enqueue", change).status == 202
    assert ask(receiver, "/v2/change/enqueue", event()).status == 400
    assert ask(receiver, "/v2/else", change).status == 404
    assert (len(receiver.changes), receiver.alerts) == (1, [])
