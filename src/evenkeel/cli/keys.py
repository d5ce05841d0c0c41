"""`evenkeel keys`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_SECOND, parse_duration_s
from evenkeel.store.system import SystemClock

_ACTOR = "command line"
_ANY, _NEVER = "any", "never"


@click.group("keys")
def keys() -> None:
    """Keys: what services send with, and what programs read with."""


@keys.command("create")
@click.argument("name", default="unnamed")
@click.option("--scope", type=click.Choice(["intake", "gateway", "read", "admin"]), default="intake", show_default=True)
@click.option("--service", "services", multiple=True, help="Only for this service; may be repeated.")
@click.option("--environment", "environments", multiple=True, help="Only for this environment; may be repeated.")
@click.option("--team", default="", help="Scope gateway: whose limits and records it counts in.")
@click.option("--model", "models", multiple=True, help="Scope gateway: only this model; may be repeated.")
@click.option("--expires", metavar="DURATION", help="It is worth nothing after this time, e.g. 90d.")
@home_option
@json_option
def create(
    name: str, scope: str, team: str, expires: str | None, home: Home, *, as_json: bool, **only: tuple[str, ...]
) -> None:
    """Make a key. Its secret is shown this once."""
    body: dict[str, Any] = {"name": name, "scope": scope, "team": team}
    body |= {what: list(names) or None for what, names in only.items()}
    if expires is not None:
        body["expires_at_us"] = _end(expires)
    server = Server.find(home)
    key: Mapping[str, Any] = server.ask("POST", "/keys", body) if server else _offline(home, "create", body)
    click.echo(json.dumps(key) if as_json else key["secret"])


@keys.command("list")
@home_option
@json_option
def list_(home: Home, *, as_json: bool) -> None:
    """Every key there ever was, newest first."""
    server = Server.find(home)
    found: list[Mapping[str, Any]] = server.ask("GET", "/keys")["keys"] if server else _offline(home, "list", {})
    if as_json:
        click.echo(json.dumps({"keys": found}))
        return
    for key in found:
        click.echo(_line(key))
    if not found:
        click.echo("No keys yet: `evenkeel keys create NAME` makes one.")


@keys.command("revoke")
@click.argument("key_id")
@click.option("--reason", default="", help="For the audit trail.")
@home_option
def revoke(key_id: str, reason: str, home: Home) -> None:
    """Make a key useless, within a second."""
    server = Server.find(home)
    if server:
        server.ask("DELETE", f"/keys/{quote(key_id, safe='')}?{urlencode({'reason': reason})}")
    else:
        _offline(home, "revoke", {"id": key_id, "reason": reason})
    click.echo(f"{key_id} is revoked.")


@keys.command("change")
@click.argument("key_id")
@click.option("--name", help="What it is called.")
@click.option("--service", "services", multiple=True, help="Only for this service; may be repeated; `any`: for all.")
@click.option("--environment", "environments", multiple=True, help="Only for this environment; `any`: for all.")
@click.option("--team", help="Scope gateway: whose limits and records it counts in; empty: nobody's.")
@click.option("--model", "models", multiple=True, help="Scope gateway: only this model; may be repeated; `any`: all.")
@click.option("--expires", metavar="DURATION", help="It is worth nothing after this time from now; `never`: it stays.")
@click.option("--reason", default="", help="For the audit trail.")
@home_option
@json_option
def change(key_id: str, reason: str, home: Home, *, as_json: bool, **wanted: str | tuple[str, ...] | None) -> None:
    """Change where a key may be used, its team, its models or its end. Its secret stays."""
    said: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None and value != ()}
    if not said:
        raise click.UsageError("Say what is to change: --expires, --service, --model, --team, --environment, --name.")
    for name, value in said.items():
        if isinstance(value, tuple):
            said[name] = None if value == (_ANY,) else list(cast("tuple[str, ...]", value))
    if "expires" in said:
        said["expires_at_us"] = _end(said.pop("expires"))
    server = Server.find(home)
    body = said | {"reason": reason}
    key: Mapping[str, Any] = (
        server.ask("PATCH", f"/keys/{quote(key_id, safe='')}", body)
        if server
        else _offline(home, "change", {"id": key_id, **body})
    )
    click.echo(json.dumps(key) if as_json else _line(key))


@keys.command("rotate")
@click.argument("key_id")
@click.option("--grace", default="0s", show_default=True, metavar="DURATION", help="The old secret goes on so long.")
@click.option("--reason", default="", help="For the audit trail.")
@home_option
@json_option
def rotate(key_id: str, grace: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Replace the secret of a key: the old one is dead within a second, or after the grace. All else stays."""
    server = Server.find(home)
    path = f"/keys/{quote(key_id, safe='')}/rotate"
    body = {"grace_s": 0 if grace in ("0", "0s") else _seconds(grace), "reason": reason}
    key: Mapping[str, Any] = (
        server.ask("POST", path, body) if server else _offline(home, "rotate", {"id": key_id, **body})
    )
    click.echo(json.dumps(key) if as_json else key["secret"])


def _line(key: Mapping[str, Any]) -> str:
    said = key.get("state")  # a list tells it; what was just changed is in use
    over = said if said in ("revoked", "expired") else ""
    state = over or (f"until {key['expires_at']}" if key["expires_at"] else "active")
    notes = [f"made {key['created_at']}"]
    notes += [f"team {key['team']}"] if key["team"] else []
    for what in ("environments", "services", "models"):
        notes += [f"only {what} {', '.join(key[what])}"] if key[what] else []
    notes += [f"rotated {key['rotated_at']}"] if key["rotated_at"] else []
    notes += [f"last used {key['last_used_at']}"] if key.get("last_used_at") else []
    return f"{key['id']}  {key['scope']:<7} {state:<10} {key['name']}  ({'; '.join(notes)})"


def _seconds(text: str) -> int:
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from None


def _end(expires: str) -> int | None:
    """When a key ends that does so after this time; None: it does not."""
    return None if expires == _NEVER else SystemClock().now_us() + _seconds(expires) * US_PER_SECOND


def _offline(home: Home, what: str, given: Mapping[str, Any]) -> Any:
    """The same on a home that no server owns."""
    from evenkeel.app.offline import opened  # loads the stores, which a running server makes needless
    from evenkeel.org.access.keys import NewKey
    from evenkeel.org.access.model import Scope
    from evenkeel.web.keys_api import change_of, key_document, recent_uses, used_document

    # A key may be made before its home is: what is to send can be set up first.
    with opened(home if what == "create" else home.existing()) as control:
        access = control.stores.keys
        match what:
            case "create":
                asked = NewKey(
                    name=given["name"],
                    scope=Scope(given["scope"]),
                    environments=_tuple(given["environments"]),
                    services=_tuple(given["services"]),
                    expires_at_us=given.get("expires_at_us"),
                    team=given["team"],
                    models=_tuple(given["models"]),
                )
                key, secret = access.create(asked, actor=_ACTOR)
                return key_document(key) | {"secret": secret}
            case "change":
                said = {name: value for name, value in given.items() if name != "id"}
                wanted, why = change_of(said), said["reason"]
                edited = access.change(given["id"], lambda key: replace(key, **wanted), actor=_ACTOR, reason=why)
                return key_document(edited)
            case "rotate":
                key, secret = access.rotate(given["id"], actor=_ACTOR, grace_s=given["grace_s"], reason=given["reason"])
                return key_document(key) | {"secret": secret}
            case "revoke":
                return access.revoke(given["id"], actor=_ACTOR, reason=given["reason"])
            case _:
                stores, now_us = control.stores, control.stores.clock.now_us()
                uses = recent_uses(stores.telemetry, now_us)
                return [used_document(key, uses, now_us) for key in access.list()]


def _tuple(names: list[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names else None
