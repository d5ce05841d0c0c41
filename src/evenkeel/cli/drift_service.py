"""`evenkeel drift service` and `evenkeel drift reference`: drift of what runs, and what it is measured from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.ui.formats import count, plural

#: Features without drift are named no further than this.
_QUIET_MAX = 20
_REASON_HELP = "Shown beside what is compared, and audited."


@click.command("service")
@click.argument("service")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@click.option("--gate", is_flag=True, help="Exit with 10 on a breach, and with 11 where nothing is known of a feature.")
@home_option
@json_option
def service_(service: str, home: Home, *, span: str, gate: bool, as_json: bool) -> None:
    """What of SERVICE (environment/service) differs from its reference, beyond chance and beyond what matters."""
    found = Server.running(home).ask("GET", f"/drift?{urlencode({'service': service, 'span': span})}")
    if as_json:
        click.echo(json.dumps(found))
    else:
        _print(found, span)
    statuses = {each["status"] for each in found["features"]}
    if found["waiting"] or not statuses:
        statuses.add("unknown")
    if gate and statuses & {"breach", "unknown"}:
        raise SystemExit(10 if "breach" in statuses else 11)


def _print(found: Mapping[str, Any], span: str) -> None:
    click.echo(f"{found['environment']}/{found['service']}, last {span}:")
    for said in filter(None, found["says"]):
        click.echo(said)
    click.echo(f"Reference: {_reference(found['reference'])}")
    told = [each for each in found["features"] if each["detected"] != "no"]
    for each in told:
        click.echo(f"  {each['status']}: {each['says']}")
        if each.get("told_of"):
            click.echo(f"    what moved most: {each['told_of']}")
        if each["since"] is not None:
            click.echo(f"    {each['since']['says']}")
    quiet = [each["feature"] for each in found["features"] if each["detected"] == "no"]
    if quiet:
        more = f" and {len(quiet) - _QUIET_MAX} more" if len(quiet) > _QUIET_MAX else ""
        click.echo(f"  no drift: {', '.join(quiet[:_QUIET_MAX])}{more}")
    for name, why in found["waiting"].items():
        click.echo(f"  {name}: {why}")
    for name, why in found["retired"].items():
        click.echo(f"  {name}: {why}")
    for each in found["versions"]:
        click.echo(f"  version {each['version'] or 'not said'}: {each['says']}")


@click.command("carriers")
@click.argument("service")
@click.argument("feature")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@home_option
@json_option
def carriers(service: str, feature: str, home: Home, *, span: str, as_json: bool) -> None:
    """Which segment (country = es) carries the drift of FEATURE: without it, nothing that matters is left."""
    asked = urlencode({"service": service, "feature": feature, "span": span})
    found = Server.running(home).ask("GET", f"/drift/carriers?{asked}")
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(found["says"])
    for each in found["carriers"][1:]:
        click.echo(f"  also {each['says']}")
    if found["compared"]:
        click.echo(found["compared"])


@click.command("retire")
@click.argument("service")
@click.argument("feature")
@click.option("--reason", required=True, help=_REASON_HELP)
@click.option("--undo", is_flag=True, help="Compare it again.")
@home_option
@json_option
def retire(service: str, feature: str, home: Home, *, reason: str, undo: bool, as_json: bool) -> None:
    """Compare FEATURE of SERVICE no longer, as long as no prediction carries it. Nothing is deleted."""
    body = {"service": service, "feature": feature, "reason": reason}
    server = Server.running(home)
    if undo:
        found = server.ask("DELETE", f"/drift/retired?{urlencode(body)}")
    else:
        found = server.ask("PUT", "/drift/retired", body)
    click.echo(json.dumps(found) if as_json else f"{service}, {feature}: {found['says']}")


@click.group("reference")
def reference() -> None:
    """What a service's features are compared with: its own first week, or a profile that somebody gives."""


@reference.command("set")
@click.argument("service")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "from_", type=click.DateTime(["%Y-%m-%d"]), help="Or days of its own past: the first (UTC) …")
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), help="… and the first day after the last one.")
@click.option("--weeks", type=int, help="Or the same weekday and hours of so many weeks before, 7 to 12.")
@click.option("--reason", required=True, help=_REASON_HELP)
@home_option
@json_option
def set_(service: str, file: Path | None, home: Home, *, reason: str, as_json: bool, **past: Any) -> None:
    """Compare SERVICE (environment/service) with FILE, which `evenkeel drift profile TABLE --out FILE` wrote.

    Or with days of its own past (--from, --to), such as the same month of last year, or with the same weekday and hours
    of the weeks before (--weeks), which moves along with time.
    """
    body: dict[str, Any] = {"service": service, "reason": reason}
    if file is not None:
        body["reference"] = _read(file)
    days = {"from": past["from_"], "to": past["to"]}
    body |= {name: day.date().isoformat() for name, day in days.items() if day is not None}
    body |= {} if past["weeks"] is None else {"weeks": past["weeks"]}
    _tell(Server.running(home).ask("PUT", "/drift/reference", body), service, as_json=as_json)


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        hint = "Make one with `evenkeel drift profile TABLE --out FILE`."
        raise InvalidInputError(f"{file.name} is no profile: {error}.", hint=hint) from error


@reference.command("show")
@click.argument("service")
@home_option
@json_option
def show(service: str, home: Home, *, as_json: bool) -> None:
    """What SERVICE is compared with, and what of it does not fit."""
    found = Server.running(home).ask("GET", f"/drift/reference?{urlencode({'service': service})}")
    _tell(found, service, as_json=as_json)


@reference.command("reset")
@click.argument("service")
@click.option("--reason", required=True, help=_REASON_HELP)
@home_option
@json_option
def reset(service: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Compare SERVICE with its own first week again."""
    query = urlencode({"service": service, "reason": reason})
    _tell(Server.running(home).ask("DELETE", f"/drift/reference?{query}"), service, as_json=as_json)


def _tell(found: Mapping[str, Any], service: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{service}: {_reference(found)}")
    for name, why in found["notes"].items():
        click.echo(f"  {name}: {why}")


def _reference(found: Mapping[str, Any]) -> str:
    if found["origin"] == "traffic":
        return "the first whole week of its own traffic."
    if found["origin"] == "unreadable":
        return f"nothing: what {found['author']} gave on {found['made_at'][:10]} cannot be read. {found['says']}"
    if found["origin"] == "past":
        return f"{found['says']}, chosen by {found['author']} on {found['made_at'][:10]}: {found['reason']}"
    source = f" of {found['source']}" if found["source"] else ""
    return (
        f"{plural(found['features'], 'features')} and {count(found['rows'])} rows{source} ({found['version']}), "
        f"given by {found['author']} on {found['made_at'][:10]}: {found['reason']}"
    )
