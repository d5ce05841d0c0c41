"""What is asked of Opsgenie; `tests/contracts/test_notify_adapters.py` asks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Response
from evenkeel.act.notify.opsgenie import Opsgenie

ADAPTER = Opsgenie(api_key="key", site_url="https://keel.acme.org")
ACCEPTED = Response(202, b'{"result": "Request will be processed", "took": 0.1, "requestId": "r-1"}')


def paths(message: Any, thread: Any = None) -> list[str]:
    return [request.url.removeprefix("https://api.opsgenie.com") for request in ADAPTER.render(message, thread)]


def test_each_event_has_its_request(tell: Any) -> None:
    of_key = "/v2/alerts/a%2Fb%20%C3%A4/{}?identifierType=alias"
    key = "a/b ä"
    assert paths(tell(dedup_key=key)) == ["/v2/alerts"]
    assert paths(tell(dedup_key=key), {"open": True}) == ["/v2/alerts", of_key.format("notes")]
    assert paths(tell(Event.ACKNOWLEDGE, dedup_key=key)) == [of_key.format("acknowledge")]
    assert paths(tell(Event.RESOLVE, dedup_key=key)) == [of_key.format("close")]
    assert paths(tell(Event.TEST, dedup_key=key)) == ["/v2/alerts", of_key.format("close")]


def test_changes_are_nothing_to_opsgenie(tell: Any) -> None:
    assert paths(tell(Event.CHANGE)) == []
    assert ADAPTER.read(tell(Event.CHANGE), (), None).delivered


@pytest.mark.parametrize(
    ("level", "priority"), [(Level.CRITICAL, "P1"), (Level.ERROR, "P2"), (Level.WARNING, "P3"), (Level.INFO, "P5")]
)
def test_levels_are_priorities(tell: Any, level: Level, priority: str) -> None:
    (request,) = ADAPTER.render(tell(level=level), None)
    assert json.loads(request.body)["priority"] == priority


def test_an_alert_is_created_with_links_tags_and_details(tell: Any) -> None:
    (request,) = ADAPTER.render(tell(), None)
    document = json.loads(request.body)
    assert document["description"] == "It is 91 %.\n\nAlert: https://keel.acme.org/alerts/1"
    assert document["tags"] == ["production", "bot"]
    assert document["details"] == {"burn rate": "15", "objective": "availability"}
    assert request.headers["authorization"] == "GenieKey key"


def test_what_is_known_ends_with_the_alert(tell: Any) -> None:
    assert ADAPTER.read(tell(), (ACCEPTED,), None).thread == {"open": True}
    assert ADAPTER.read(tell(Event.RESOLVE), (ACCEPTED,), {"open": True}).thread == {}
    assert ADAPTER.read(tell(Event.TEST), (ACCEPTED, ACCEPTED), None).thread is None


def test_each_request_must_be_accepted(tell: Any) -> None:
    receipt = ADAPTER.read(tell(), (ACCEPTED, Response(422, b'{"message": "no key here"}')), {"open": True})
    assert (receipt.delivered, receipt.retry) == (False, False)
    assert "key" not in receipt.detail  # not even a short secret is told
