"""`evenkeel alerts`, through the server that owns a home."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError

ALERT = {
    "status": "firing",
    "labels": {"alertname": "Down", "service": "shop", "severity": "page"},
    "annotations": {"summary": "It is down."},
    "startsAt": "2026-01-01T10:00:00Z",
}


def deliver(home: Home) -> None:
    server = Server.find(home)
    assert server is not None
    server.ask("POST", "/receive/alertmanager", {"alerts": [ALERT]})


def test_the_life_of_an_alert_on_the_command_line(served: Home, evenkeel: Any) -> None:
    assert "No alert so far." in evenkeel("alerts", "list").output
    deliver(served)
    listed = evenkeel("alerts", "list", fails=True)
    assert listed.exit_code == 1  # a page that nobody looks after
    assert "shop: Down" in listed.output and "It is down." in listed.output
    (alert,) = evenkeel.json("alerts", "list", "--source", "alertmanager", fails=True)["alerts"]
    acknowledged = evenkeel("alerts", "ack", alert["id"], "--reason", "on it").output
    assert "acknowledged by command line" in acknowledged
    assert evenkeel("alerts", "list").exit_code == 0
    assert evenkeel("alerts", "comment", alert["id"], "the disk").output == "It is in its history.\n"
    shown = evenkeel("alerts", "show", alert["id"]).output
    assert "the disk" in shown and "on it" in shown
    assert evenkeel.json("alerts", "show", alert["id"])["history"][0]["what"] == "commented"
    assert evenkeel.json("alerts", "ack", alert["id"], "--undo")["acknowledged_by"] == ""
    assert "No alert fits." in evenkeel("alerts", "list", "--state", "resolved").output
    with pytest.raises(NotFoundError, match="no alert"):
        evenkeel("alerts", "show", "nosuch")


def test_the_life_of_a_silence_on_the_command_line(served: Home, evenkeel: Any) -> None:
    assert evenkeel("alerts", "silences").output == "No silences.\n"
    made = evenkeel.json("alerts", "silence", "service=shop", "rule=~burn-.*", "--for", "30m", "--reason", "we know")
    assert made["matchers"] == ['service="shop"', 'rule=~"burn-.*"']
    assert "we know" in evenkeel("alerts", "silences").output
    assert "is over" in evenkeel("alerts", "expire", made["id"]).output
    assert evenkeel.json("alerts", "silences") == {"silences": []}
    assert [each["id"] for each in evenkeel.json("alerts", "silences", "--past")["silences"]] == [made["id"]]
    with pytest.raises(InvalidInputError, match="no matcher"):
        evenkeel("alerts", "silence", "shop", "--reason", "x")


def test_without_a_server_there_are_no_alerts(evenkeel: Any) -> None:
    with pytest.raises(NotFoundError):
        evenkeel("alerts", "list")
    evenkeel.home.create()
    with pytest.raises(ConflictError, match="No server runs"):
        evenkeel("alerts", "list")
