"""`evenkeel keys`, on a home that nobody owns and through the server that owns it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import NotFoundError
from evenkeel.store.trail import trail

REASON = "left on a train & gone"


def live_through(evenkeel: Any) -> None:
    """Make, list, rotate, revoke."""
    secret = evenkeel("keys", "create", "bot", "--service", "bot", "--service", "web").output.strip()
    assert secret.startswith("ek_")
    (key,) = evenkeel.json("keys", "list")["keys"]
    assert key["id"] in secret
    assert (key["name"], key["scope"], key["services"], key["environments"]) == ("bot", "intake", ["bot", "web"], None)
    assert "secret" not in key
    rotated = evenkeel.json("keys", "rotate", key["id"])
    assert (rotated["name"], rotated["services"]) == ("bot", ["bot", "web"])
    assert rotated["secret"] != secret
    said = evenkeel("keys", "revoke", key["id"], "--reason", REASON).output
    assert said == f"{key['id']} is revoked.\n"
    listed = evenkeel("keys", "list").output.splitlines()
    assert [("revoked" in line, "active" in line) for line in listed] == [(False, True), (True, False)]
    assert intake_keys(evenkeel.home) == {rotated["id"]}, "the doors know of it at once"
    with pytest.raises(NotFoundError):
        evenkeel("keys", "revoke", "no/such?key")
    with pytest.raises(NotFoundError):
        evenkeel("keys", "rotate", "nosuchkey")


def intake_keys(home: Home) -> set[str]:
    return {row["id"] for row in json.loads((home.tables / "intake.json").read_bytes())["keys"]}


def test_the_life_of_a_key_without_a_server(evenkeel: Any) -> None:
    evenkeel.home.create()
    assert "No keys yet" in evenkeel("keys", "list").output
    live_through(evenkeel)
    with opened(evenkeel.home) as control:
        rows = trail.latest(control.stores.records)
    assert [row["reason"] for row in rows if row["action"] == "key.revoke"] == [REASON]


def test_the_life_of_a_key_through_the_server(served: Home, evenkeel: Any) -> None:
    live_through(evenkeel)
    server = Server.find(served)
    assert server is not None
    assert [row["reason"] for row in server.ask("GET", "/audit")["rows"] if row["action"] == "key.revoke"] == [REASON]


def test_a_scope_that_does_not_exist_is_wrong_usage(evenkeel: Any) -> None:
    found = evenkeel("keys", "create", "x", "--scope", "root", fails=True)
    assert found.exit_code == 2
    assert "'intake', 'gateway', 'read', 'admin'" in found.output


def test_a_key_for_reading_is_none_for_intake(evenkeel: Any) -> None:
    evenkeel("keys", "create", "dash", "--scope", "read")
    evenkeel("keys", "create", "prod", "--environment", "production")
    (key,) = json.loads((evenkeel.home.tables / "intake.json").read_bytes())["keys"]
    assert key["environments"] == ["production"]
