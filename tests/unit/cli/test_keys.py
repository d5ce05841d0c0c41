"""`evenkeel keys`, on a home that nobody owns and through the server that owns it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
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
    rotated = evenkeel.json("keys", "rotate", key["id"], "--grace", "1h", "--reason", "spring")
    assert (rotated["id"], rotated["name"], rotated["services"]) == (key["id"], "bot", ["bot", "web"])
    assert rotated["secret"] != secret
    assert len(intake_hashes(evenkeel.home)) == 2, "the old one goes on for its grace"
    evenkeel("keys", "rotate", key["id"])
    assert len(intake_hashes(evenkeel.home)) == 1, "no more than one goes on"
    assert "until" not in evenkeel("keys", "list").output.splitlines()[0]
    other = evenkeel.json("keys", "create", "other", "--expires", "90d")
    said = evenkeel("keys", "revoke", key["id"], "--reason", REASON).output
    assert said == f"{key['id']} is revoked.\n"
    listed = evenkeel("keys", "list").output.splitlines()
    assert [("revoked" in line, "until" in line) for line in listed] == [(False, True), (True, False)]
    assert "only services bot, web" in listed[1] and "rotated" in listed[1]
    assert intake_keys(evenkeel.home) == {other["id"]}, "the doors know of it at once"
    with pytest.raises(NotFoundError):
        evenkeel("keys", "revoke", "no/such?key")
    with pytest.raises(NotFoundError):
        evenkeel("keys", "rotate", "nosuchkey")


def intake_keys(home: Home) -> set[str]:
    return {row["id"] for row in json.loads((home.tables / "intake.json").read_bytes())["keys"]}


def intake_hashes(home: Home) -> set[str]:
    return {row["hash"] for row in json.loads((home.tables / "intake.json").read_bytes())["keys"]}


def gateway_key(home: Home) -> Any:
    (key,) = json.loads((home.tables / "gateway_keys.json").read_bytes())["keys"]
    return key


def make_for_the_gateway(evenkeel: Any) -> None:
    options = ("--scope", "gateway", "--team", "care", "--model", "small", "--model", "tiny", "--service", "bot")
    evenkeel("keys", "create", "bot", *options)
    key = gateway_key(evenkeel.home)
    assert (key["team"], key["models"], key["services"]) == ("care", ["small", "tiny"], ["bot"])
    (line,) = evenkeel("keys", "list").output.splitlines()
    assert "team care" in line and "only models small, tiny" in line


def change_one(evenkeel: Any) -> None:
    made = evenkeel.json("keys", "create", "bot", "--scope", "gateway", "--service", "bot", "--model", "small")
    said = evenkeel("keys", "change", made["id"], "--expires", "30d", "--team", "care", "--reason", REASON).output
    assert "until 20" in said and "team care" in said and "only services bot; only models small" in said
    assert gateway_key(evenkeel.home)["expires_at_us"] > 0
    edited = evenkeel.json("keys", "change", made["id"], "--expires", "never", "--model", "any", "--service", "web")
    assert (edited["expires_at"], edited["models"], edited["services"], edited["team"]) == (None, None, ["web"], "care")
    assert gateway_key(evenkeel.home)["expires_at_us"] is None
    assert "Say what is to change" in evenkeel("keys", "change", made["id"], fails=True).output


def test_a_key_is_changed_without_a_server(evenkeel: Any) -> None:
    change_one(evenkeel)
    with opened(evenkeel.home) as control:
        assert [row["reason"] for row in trail.latest(control.stores.records)][:2] == ["", REASON]


def test_a_key_is_changed_through_the_server(served: Home, evenkeel: Any) -> None:
    assert served == evenkeel.home
    change_one(evenkeel)


def test_a_key_of_a_team_for_some_models_without_a_server(evenkeel: Any) -> None:
    make_for_the_gateway(evenkeel)


def test_a_key_of_a_team_for_some_models_through_the_server(served: Home, evenkeel: Any) -> None:
    assert served == evenkeel.home
    make_for_the_gateway(evenkeel)


def test_a_time_that_is_none_is_refused(evenkeel: Any) -> None:
    with pytest.raises(InvalidInputError, match="not a duration"):
        evenkeel("keys", "create", "x", "--expires", "soon")


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
