"""`evenkeel keys`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server

_ACTOR = "command line"


@click.group("keys")
def keys() -> None:
    """Keys: what services send with, and what programs read with."""


@keys.command("create")
@click.argument("name", default="unnamed")
@click.option("--scope", type=click.Choice(["intake", "gateway", "read", "admin"]), default="intake", show_default=True)
@click.option("--service", "services", multiple=True, help="Only for this service; may be repeated.")
@click.option("--environment", "environments", multiple=True, help="Only for this environment; may be repeated.")
@home_option
@json_option
def create(
    name: str, scope: str, services: tuple[str, ...], environments: tuple[str, ...], home: Home, *, as_json: bool
) -> None:
    """Make a key. Its secret is shown this once."""
    body = {
        "name": name,
        "scope": scope,
        "services": list(services) or None,
        "environments": list(environments) or None,
    }
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
        state = "revoked" if key["revoked_at"] else f"until {key['expires_at']}" if key["expires_at"] else "active"
        click.echo(f"{key['id']}  {key['scope']:<7} {state:<10} {key['name']}  (made {key['created_at']})")
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


@keys.command("rotate")
@click.argument("key_id")
@home_option
@json_option
def rotate(key_id: str, home: Home, *, as_json: bool) -> None:
    """A new secret for the same purpose; revoke the old key once nobody uses it."""
    server = Server.find(home)
    path = f"/keys/{quote(key_id, safe='')}/rotate"
    key: Mapping[str, Any] = server.ask("POST", path) if server else _offline(home, "rotate", {"id": key_id})
    click.echo(json.dumps(key) if as_json else key["secret"])


def _offline(home: Home, what: str, given: Mapping[str, Any]) -> Any:
    """The same on a home that no server owns."""
    from evenkeel.app.offline import opened  # loads the stores, which a running server makes needless
    from evenkeel.org.access.keys import NewKey
    from evenkeel.org.access.model import Scope
    from evenkeel.web.api import key_document

    # A key may be made before its home is: what is to send can be set up first.
    with opened(home if what == "create" else home.existing()) as control:
        access = control.stores.keys
        match what:
            case "create":
                environments, services = given["environments"], given["services"]
                asked = NewKey(
                    given["name"],
                    Scope(given["scope"]),
                    tuple(environments) if environments else None,
                    tuple(services) if services else None,
                )
                key, secret = access.create(asked, actor=_ACTOR)
                return key_document(key) | {"secret": secret}
            case "rotate":
                key, secret = access.rotate(given["id"], actor=_ACTOR)
                return key_document(key) | {"secret": secret}
            case "revoke":
                return access.revoke(given["id"], actor=_ACTOR, reason=given["reason"])
            case _:
                return [key_document(key) for key in access.list()]
