"""`evenkeel alerts`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.backtests import backtest, shadow
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import ConflictError

_SIGNS = {"page": ("■", "red"), "critical": ("■", "red"), "resolved": ("●", "green")}
_LENGTH = "2h"


@click.group("alerts")
def alerts() -> None:
    """Alerts: what fires, who looks after it, and what is to be quiet."""


alerts.add_command(backtest)
alerts.add_command(shadow)


@alerts.command("list")
@click.option("--state", type=click.Choice(["firing", "acknowledged", "quiet", "resolved"]), help="Default: all.")
@click.option("--service", default="", help="Only of this service.")
@click.option("--environment", default="", help="Only of this environment.")
@click.option("--severity", default="", help="Only of this severity: page or ticket.")
@click.option("--source", default="", help="Only of this source: evenkeel, alertmanager or grafana.")
@home_option
@json_option
def list_(home: Home, *, as_json: bool, **where: str | None) -> None:
    """Alerts, those that fire first. Exits with 1 when a page fires that nobody looks after."""
    query = urlencode({name: value for name, value in where.items() if value})
    found: list[Mapping[str, Any]] = _server(home).ask("GET", f"/alerts?{query}")["alerts"]
    if as_json:
        click.echo(json.dumps({"alerts": found}))
    else:
        for alert in found:
            click.echo(_line(alert))
        if not found:
            click.echo("No alert fits." if query else "No alert so far.")
    if any(
        alert["state"] == "firing"
        and alert["severity"] == "page"
        and not alert["acknowledged_by"]
        and not alert["quiet"]
        for alert in found
    ):
        raise SystemExit(1)


@alerts.command("show")
@click.argument("alert_id")
@home_option
@json_option
def show(alert_id: str, home: Home, *, as_json: bool) -> None:
    """One alert with its history."""
    alert: Mapping[str, Any] = _server(home).ask("GET", f"/alerts/{quote(alert_id, safe='')}")
    if as_json:
        click.echo(json.dumps(alert))
        return
    click.echo(_line(alert))
    for name in ("next", "quiet", "evidence"):
        if alert[name]:
            click.echo(f"  {name}: {alert[name]}")
    for entry in alert["history"]:
        click.echo(f"  {entry['at']}  {entry['what']:<14} {entry['actor']}  {entry['text']}")


@alerts.command("ack")
@click.argument("alert_id")
@click.option("--reason", default="", help="For the history and the audit trail.")
@click.option("--undo", is_flag=True, help="Say that nobody looks after it any more.")
@home_option
@json_option
def acknowledge(alert_id: str, reason: str, home: Home, *, undo: bool, as_json: bool) -> None:
    """Say that you look after an alert; those who were told of it are told of this, too."""
    verb = "unacknowledge" if undo else "acknowledge"
    path = f"/alerts/{quote(alert_id, safe='')}/{verb}"
    alert: Mapping[str, Any] = _server(home).ask("POST", path, {"reason": reason})
    click.echo(json.dumps(alert) if as_json else _line(alert))


@alerts.command("comment")
@click.argument("alert_id")
@click.argument("text")
@home_option
@json_option
def comment(alert_id: str, text: str, home: Home, *, as_json: bool) -> None:
    """Add a line to an alert's history."""
    path = f"/alerts/{quote(alert_id, safe='')}/comments"
    answer: Mapping[str, Any] = _server(home).ask("POST", path, {"text": text})
    click.echo(json.dumps(answer) if as_json else "It is in its history.")


@alerts.command("silence")
@click.argument("matchers", nargs=-1, required=True)
@click.option("--for", "length", default=_LENGTH, show_default=True, help="How long, e.g. 30m, 2h, 7d.")
@click.option("--reason", required=True, help="Why; for everybody who wonders, and the audit trail.")
@home_option
@json_option
def silence(matchers: tuple[str, ...], length: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Tell nobody of alerts that fit all MATCHERS, e.g. service=support-bot 'rule=~burn-.*'."""
    body = {"matchers": list(matchers), "length": length, "reason": reason}
    made: Mapping[str, Any] = _server(home).ask("POST", "/silences", body)
    click.echo(json.dumps(made) if as_json else f"{made['id']} holds until {made['ends_at']}.")


@alerts.command("silences")
@click.option("--past", is_flag=True, help="Also those that are over.")
@home_option
@json_option
def silences(home: Home, *, past: bool, as_json: bool) -> None:
    """Silences, the one that ends last first."""
    found: list[Mapping[str, Any]] = _server(home).ask("GET", f"/silences?past={str(past).lower()}")["silences"]
    if as_json:
        click.echo(json.dumps({"silences": found}))
        return
    for each in found:
        fitting = " ".join(each["matchers"])
        click.echo(
            f"{each['id']}  {each['state']:<7} to {each['ends_at']}  {fitting}  ({each['author']}: {each['reason']})"
        )
    if not found:
        click.echo("No silences.")


@alerts.command("expire")
@click.argument("silence_id")
@click.option("--reason", default="", help="For the audit trail.")
@home_option
@json_option
def expire(silence_id: str, reason: str, home: Home, *, as_json: bool) -> None:
    """End a silence now; what fits it and fires is told at once."""
    path = f"/silences/{quote(silence_id, safe='')}/expire"
    ended: Mapping[str, Any] = _server(home).ask("POST", path, {"reason": reason})
    click.echo(json.dumps(ended) if as_json else f"{silence_id} is over.")


def _server(home: Home) -> Server:
    server = Server.find(home.existing())
    if server is None:
        raise ConflictError("No server runs on this home, so nothing is judged.", hint="Start it: evenkeel up.")
    return server


def _line(alert: Mapping[str, Any]) -> str:
    word = alert["severity"] or "alert" if alert["state"] == "firing" else "resolved"
    sign, colour = _SIGNS.get(word, ("▲", "yellow"))
    notes = [f"acknowledged by {alert['acknowledged_by']}"] if alert["acknowledged_by"] else []
    notes += [name for name, holds in (("quiet", alert["quiet"]), ("no data", alert["no_data_since"])) if holds]
    said = f" ({', '.join(notes)})" if notes else ""
    return f"{click.style(sign, fg=colour)} {alert['id']}  {word:<8} {alert['title']}{said}\n    {alert['sentence']}"
