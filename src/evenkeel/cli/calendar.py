"""`evenkeel calendar`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import parse_duration_s


@click.group("calendar")
def calendar() -> None:
    """Maintenance: time that no error budget is charged for, and that pages nobody."""


@calendar.command("add")
@click.option("--reason", required=True, help="Shown beside every figure that leaves the time out, and audited.")
@click.option("--from", "starts", default="", help="ISO 8601, on the organisation's clock; default: now.")
@click.option("--to", "ends", default="", help="ISO 8601; or give --lasts.")
@click.option("--lasts", default="", help="Length, e.g. 90m or 4h.")
@click.option("--environment", default="", help="Only this environment; default: every one.")
@click.option("--service", default="", help="Only this service; default: every one.")
@home_option
@json_option
def add(
    reason: str, starts: str, ends: str, lasts: str, environment: str, service: str, home: Home, *, as_json: bool
) -> None:
    """Enter maintenance. What starts in the past is marked as entered afterwards."""
    if bool(ends) == bool(lasts):
        raise click.UsageError("Give either --to or --lasts.")
    body = {
        "starts": starts,
        "ends": ends,
        "lasts_s": seconds_of(lasts) if lasts else None,
        "reason": reason,
        "environment": environment,
        "service": service,
    }
    server = Server.running(home)
    entry = server.ask("POST", "/calendar", body)
    click.echo(json.dumps(entry) if as_json else _line(entry))
    if service and service not in {each["service"] for each in server.ask("GET", "/services")["services"]}:
        # Entered all the same: maintenance may be announced before the first event.
        click.echo(f"{service} was never heard from so far. Is the name right?", err=True)


@calendar.command("list")
@home_option
@json_option
def list_(home: Home, *, as_json: bool) -> None:
    """All entries, the latest start first."""
    found = Server.running(home).ask("GET", "/calendar")["entries"]
    if as_json:
        click.echo(json.dumps({"entries": found}, indent=1))
        return
    for entry in found:
        click.echo(_line(entry))
    if not found:
        click.echo('None yet: `evenkeel calendar add --lasts 2h --reason "…"` enters maintenance from now on.')


@calendar.command("cancel")
@click.argument("entry_id")
@click.option("--reason", required=True, help="For the audit trail.")
@home_option
@json_option
def cancel(entry_id: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Call maintenance off; what runs ends now."""
    path = f"/calendar/{quote(entry_id, safe='')}/cancel"
    entry = Server.running(home).ask("POST", path, {"reason": reason})
    click.echo(json.dumps(entry) if as_json else _line(entry))


def seconds_of(text: str) -> int:
    """Seconds of a length as it is typed. Raises InvalidInputError."""
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from error


def _line(entry: Mapping[str, Any]) -> str:
    notes = [f"by {entry['author']}"]
    if entry["retroactive"]:
        notes.append("entered afterwards")
    if entry["cancelled_at"]:
        notes.append(f"cancelled {entry['cancelled_at']} by {entry['cancelled_by']}")
    return f"{entry['id']}  {entry['from']} to {entry['to']}  {entry['scope']}: {entry['reason']} ({', '.join(notes)})"
