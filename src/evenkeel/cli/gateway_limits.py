"""`evenkeel gateway limits`, `limit`, `reconcile`, `store` and `accept-loss`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.gateway_words import tell_change
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.command("limits")
@click.option("--limit", "limit_id", default="", help="Only of this limit.")
@click.option("--holder", default="", help="Only of this key (its id), user (pseudonym), team or service.")
@click.option("--count", default=100, show_default=True, type=click.IntRange(1, 1000), help="The first so many.")
@home_option
@json_option
def limits(limit_id: str, holder: str, count: int, home: Home, *, as_json: bool) -> None:
    """What is used of every limit, the largest share first."""
    query = urlencode({"limit": limit_id, "holder": holder, "count": count})
    found = Server.running(home).ask("GET", f"/gateway/limits?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    if found["unknown_because"] and found["limits"]:
        click.echo(found["unknown_because"])
    for use in found["limits"]:
        click.echo(_line(use))
    if found["next_cursor"] is not None:
        more = found["total"] - len(found["limits"])
        click.echo(f"… and {more} more: name --limit or --holder, or a larger --count.")
    if not found["limits"]:
        is_filtered = bool(limit_id or holder)
        click.echo("None." if is_filtered else "No limit yet: `gateway: {limits: …}` in the configuration.")


@click.command("limit")
@click.argument("limit_id")
@click.argument("amount")
@click.option("--reason", default="", help="For the history and the audit trail.")
@home_option
@json_option
def limit(limit_id: str, amount: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Change how much a limit allows; what was used of it stays used."""
    path = f"/gateway/limits/{quote(limit_id, safe='')}"
    tell_change(Server.running(home).ask("POST", path, {"amount": amount, "reason": reason}), as_json=as_json)


@click.command("reconcile")
@click.argument("limit_id")
@click.argument("holder")
@click.argument("amount")
@click.option("--reason", required=True, help="How it is known that it was not used; it is audited.")
@home_option
@json_option
def reconcile(limit_id: str, holder: str, amount: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Take back what was charged for a worker that died, and was not used in truth."""
    path = f"/gateway/limits/{quote(limit_id, safe='')}/reconcile"
    done = Server.running(home).ask("POST", path, {"holder": holder, "amount": amount, "reason": reason})
    if as_json:
        click.echo(json.dumps(done))
        return
    click.echo(f"Taken back: {done['taken_back']:,} {_unit(done['limit'])}.")
    click.echo(_line(done["limit"]))


@click.command("store")
@home_option
@json_option
def store(home: Home, *, as_json: bool) -> None:
    """The store in which machines keep their limits together, and whether it has lost anything."""
    found = Server.running(home).ask("GET", "/gateway/store")["store"]
    click.echo(json.dumps({"store": found}) if as_json else _store_line(found))


@click.command("accept-loss")
@click.option("--reason", required=True, help="Why what was lost may be used again; it is audited.")
@home_option
@json_option
def accept_loss(reason: str, home: Home, *, as_json: bool) -> None:
    """Count on from what the store of limits knows, though it has lost what was used of periods that had begun."""
    found = Server.running(home).ask("POST", "/gateway/store/accept-loss", {"reason": reason})["store"]
    click.echo(json.dumps({"store": found}) if as_json else _store_line(found))


def _store_line(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "Each machine keeps its own accounts: no `gateway: {store: …}` is configured."
    meanwhile = "requests pass uncounted" if found["when_lost"] == "open" else "requests under a limit are refused"
    if found["trouble"]:
        return f"■ {found['address']}: {found['trouble']} Meanwhile {meanwhile}."
    if found["lost_at"]:
        return f"■ {found['address']} lost at {found['lost_at']} what was used of periods that had begun: {meanwhile}."
    return f"● {found['address']} can be used; when it is lost, {meanwhile}."


def _line(use: Mapping[str, Any]) -> str:
    whose = f"each {use['holder']}" if use["of"] is None else f"{use['holder']} {use['of']}"
    whose += f" ({use['of_name']})" if use["of_name"] not in (None, "", use["of"]) else ""
    period = "in all" if use["period"] == "ever" else f"per {use['period']}"
    amount = f"{use['amount']:,} {_unit(use)} {period}"
    if use["used"] is None:
        return f"   ?    {use['id']:<20} {whose}: not known how much is used of {amount}"
    notes = [f"{use['reserved']:,} set aside"] if use["reserved"] else []
    notes += [f"{use['unsettled']:,} charged for a worker that died"] if use["unsettled"] else []
    notes += [f"{use['overrun']:,} used beyond it by a provider"] if use["overrun"] else []
    notes += [f"anew at {use['until']}"] if use["until"] else []
    line = f"{use['taken_ratio']:>7.1%} {use['id']:<20} {whose}: {use['used']:,} of {amount}, {use['left']:,} left"
    return line + (f" ({'; '.join(notes)})" if notes else "")


def _unit(use: Mapping[str, Any]) -> str:
    return str(use["currency"] or use["measure"])
