"""`evenkeel gateway`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.drills import drill
from evenkeel.cli.gateway_cache import cache, purge
from evenkeel.cli.gateway_findings import findings
from evenkeel.cli.gateway_limits import accept_loss, limit, limits, reconcile, store
from evenkeel.cli.gateway_rules import rules
from evenkeel.cli.gateway_words import change_line, tell_change
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError

_environment = click.option("--environment", default="production", show_default=True, help="Where the service runs.")
#: How a route stands; an open circle where that is not proved.
_SIGNS = {"failing": "■", "slipping": "▲", "answering well": "●"}
_reason = click.option("--reason", default="", help="For the history and the audit trail.")


@click.group("gateway")
def gateway() -> None:
    """The gateway: who answers which service, how much, and not at all. Changes are in force within a second."""


for command in (drill, findings, rules, limits, limit, reconcile, store, accept_loss, cache, purge):
    gateway.add_command(command)


@gateway.command("routes")
@home_option
@json_option
def routes(home: Home, *, as_json: bool) -> None:
    """Every route as it is in force."""
    found = Server.running(home).ask("GET", "/gateway")["routes"]
    if as_json:
        click.echo(json.dumps({"routes": found}))
        return
    for route in found:
        click.echo(_route_line(route))
    if not found:
        click.echo("No route yet: name upstreams and `gateway: {routes: …}` in the configuration.")


@gateway.command("weights")
@click.argument("service")
@click.argument("weights", nargs=-1, required=True, metavar="VERSION=WEIGHT...")
@_environment
@click.option("--reason", required=True, help="For the history and the audit trail.")
@home_option
@json_option
def weights(
    service: str, weights: tuple[str, ...], environment: str, reason: str, home: Home, *, as_json: bool
) -> None:
    """Share the traffic of a service: `weights bot 1.4.0=95 1.5.0=5`. A version not named takes none."""
    body = {"environment": environment, "service": service, "weights": _weights(weights), "reason": reason}
    tell_change(Server.running(home).ask("POST", "/gateway/weights", body), as_json=as_json)


@gateway.command("kill")
@click.argument("service")
@click.option("--reason", required=True, help="Callers are told it, and it is audited.")
@_environment
@home_option
@json_option
def kill(service: str, reason: str, environment: str, home: Home, *, as_json: bool) -> None:
    """Switch a service off, with what is in flight, until `revive`."""
    body = {"environment": environment, "service": service, "reason": reason}
    tell_change(Server.running(home).ask("POST", "/gateway/kill", body), as_json=as_json)


@gateway.command("revive")
@click.argument("service")
@_environment
@_reason
@home_option
@json_option
def revive(service: str, environment: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Let a service answer again that was switched off."""
    body = {"environment": environment, "service": service, "reason": reason}
    tell_change(Server.running(home).ask("POST", "/gateway/revive", body), as_json=as_json)


@gateway.command("shadow")
@click.argument("service")
@click.argument("version", required=False)
@click.option("--share", default=1.0, show_default=True, type=click.FloatRange(0, 1), help="Of the requests, 0 to 1.")
@_environment
@_reason
@home_option
@json_option
def shadow(service: str, version: str | None, share: float, home: Home, *, as_json: bool, **where: str) -> None:
    """Ask a version beside the one that answers; without a version, none any more."""
    body = {"service": service, "version": version, "share": share, **where}
    tell_change(Server.running(home).ask("POST", "/gateway/shadow", body), as_json=as_json)


@gateway.command("fallback")
@click.argument("service")
@click.argument("versions", nargs=-1)
@_environment
@_reason
@home_option
@json_option
def fallback(
    service: str, versions: tuple[str, ...], environment: str, reason: str, home: Home, *, as_json: bool
) -> None:
    """Which versions are asked, in order, when the chosen one cannot answer; none: nobody."""
    body = {"environment": environment, "service": service, "versions": list(versions), "reason": reason}
    tell_change(Server.running(home).ask("POST", "/gateway/fallback", body), as_json=as_json)


@gateway.command("history")
@click.argument("service", default="")
@_environment
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="The latest so many.")
@home_option
@json_option
def history(service: str, environment: str, limit: int, home: Home, *, as_json: bool) -> None:
    """What was changed, newest first; of one service, or all."""
    query = urlencode({"service": service, "environment": environment, "limit": limit})
    found = Server.running(home).ask("GET", f"/gateway/history?{query}")["changes"]
    if as_json:
        click.echo(json.dumps({"changes": found}))
        return
    for change in found:
        click.echo(change_line(change))
    if not found:
        click.echo("Nothing was changed live so far.")


@gateway.command("undo")
@click.argument("change_id")
@_reason
@home_option
@json_option
def undo(change_id: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Make something stand as before its latest change."""
    path = f"/gateway/history/{quote(change_id, safe='')}/undo"
    tell_change(Server.running(home).ask("POST", path, {"reason": reason}), as_json=as_json)


def _weights(given: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for pair in given:
        name, equals, weight = pair.rpartition("=")
        try:
            found[name] = float(weight)
        except ValueError:
            equals = ""
        if not equals or not name:
            raise InvalidInputError(f"{pair!r} is no version with its weight.", hint="Write e.g. 1.4.0=95.")
    return found


def _route_line(route: Mapping[str, Any]) -> str:
    shares = ", ".join(f"{version['name']} {version['share']:.1%}" for version in route["versions"])
    notes = [f"shadow {route['shadow']['version']}"] if route["shadow"] else []
    notes += [f"fallback {', '.join(route['fallback'])}"] if route["fallback"] else []
    line = f"{route['environment']}/{route['service']}: {shares}" + (f" ({'; '.join(notes)})" if notes else "")
    killed = route["killed"]
    if killed:
        return f"■ {line}, switched off since {killed['at']} by {killed['by']}: {killed['reason']}"
    alone = f"; left alone: {', '.join(route['left_alone'])}" if route["left_alone"] else ""
    return f"{_SIGNS.get(route['state'], '○')} {line}, {route['state']}{alone}"
