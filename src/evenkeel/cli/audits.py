"""`evenkeel model audit`: monthly audits of models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server

CONCLUSIONS: Final = ("accepted", "accepted with actions", "rejected")


@click.group("audit")
def audit() -> None:
    """Monthly audits: what is due, a month's checklist, its signature."""


@audit.command("list")
@click.option("--service", default="", help="environment/service; default: every model.")
@home_option
@json_option
def list_audits(service: str, home: Home, *, as_json: bool) -> None:
    """How each month of each model stands, and what is due next."""
    query = f"?{urlencode({'service': service})}" if service else ""
    found = Server.running(home).ask("GET", f"/audits{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for model in found["models"]:
        due = model["next"]
        click.echo(f"{model['environment']}/{model['service']} ({model['kind']})")
        if due is not None:
            click.echo(f"  next: {due['month']}. {due['says']}")
        for month in model["months"]:
            click.echo(f"  {month['month']}  {month['state']:8} {month['says']}")
    if not found["models"]:
        click.echo("No model is audited: services of kind ml, llm or rag that are judged are.")


@audit.command("show")
@click.argument("service")
@click.argument("month")
@home_option
@json_option
def show(service: str, month: str, home: Home, *, as_json: bool) -> None:
    """The checklist of MONTH (2026-09) of SERVICE (environment/service), with its digest."""
    found = Server.running(home).ask("GET", f"/audits/one?{urlencode({'service': service, 'month': month})}")
    if as_json:
        click.echo(json.dumps(found))
        return
    document = found["document"]
    click.echo(f"{service} {found['month']}: {found['state']}. {found['says']}")
    for check in document.get("checks", ()):
        click.echo(f"\n{check['title']}: {check['status']}")
        for item in check["items"]:
            click.echo(f"  {item['status']:8} {item['says']}")
            if item["todo"]:
                click.echo(f"           {item['todo']}")
    if found["signature"] is not None:
        click.echo(f"\n{_signed(found['signature'])}")
    elif document.get("open"):
        click.echo(f"\nTo acknowledge: {', '.join(document['open'])}")
    click.echo(f"\nDigest {found['digest']}")


@audit.command("sign")
@click.argument("service")
@click.argument("month")
@click.option("--digest", required=True, help="Of the document that was looked at: `audit show` tells it.")
@click.option("--conclusion", required=True, type=click.Choice(CONCLUSIONS), help="What you came to.")
@click.option("--comment", required=True, help="Kept with the document, and audited.")
@click.option("--acknowledge", "acknowledged", multiple=True, metavar="NAME", help="An open item, by name; repeatable.")
@home_option
@json_option
def sign(service: str, month: str, home: Home, *, acknowledged: tuple[str, ...], as_json: bool, **said: str) -> None:
    """Sign the audit of MONTH of SERVICE as it was looked at; the first signature stands."""
    body = {"service": service, "month": month, "acknowledged": list(acknowledged), **said}
    found = Server.running(home).ask("POST", "/audits/one/signature", body)
    click.echo(json.dumps(found) if as_json else f"{service} {month}: {_signed(found['signature'])}")


def _signed(signature: Mapping[str, Any]) -> str:
    said = f"{signature['conclusion']} by {signature['by']} at {signature['at']}: {signature['comment']}"
    return said if signature["intact"] else f"{said}\nWhat is kept is not what was signed."
