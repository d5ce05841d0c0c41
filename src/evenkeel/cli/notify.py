"""`evenkeel notify`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import ConflictError, NotFoundError

_SIGNS: Final = {"delivered": ("●", "green"), "failed": ("■", "red"), "waiting": ("○", None)}


@click.group("notify")
def notify() -> None:
    """Notifications: channels, tests that are really sent, what became of messages."""


@notify.command("test")
@click.argument("channel", required=False)
@home_option
@json_option
def test(channel: str | None, home: Home, *, as_json: bool) -> None:
    """Really send a test message to CHANNEL, or to every channel, and print the receipt.

    Exits with 1 when one was not delivered.
    """
    server = _server(home)
    names = [channel] if channel else [each["name"] for each in server.ask("GET", "/notify/channels")["channels"]]
    if not names:
        raise NotFoundError("No channel is configured.", hint="/settings/notifications shows the lines to paste.")
    found = [server.ask("POST", f"/notify/channels/{quote(name, safe='')}/test") for name in names]
    if as_json:
        click.echo(json.dumps({"deliveries": found}, indent=1))
    else:
        for delivery in found:
            click.echo(_line(delivery))
    if any(delivery["state"] != "delivered" for delivery in found):
        raise SystemExit(1)


@notify.command("channels")
@home_option
@json_option
def channels(home: Home, *, as_json: bool) -> None:
    """Channels and what became of their messages in 24 hours, the routes in words, and how the alert path stands."""
    server = _server(home)
    found: Sequence[Mapping[str, Any]] = server.ask("GET", "/notify/channels")["channels"]
    path: Mapping[str, Any] = server.ask("GET", "/notify/path")
    if as_json:
        click.echo(json.dumps({"channels": found, "path": path}, indent=1))
        return
    if not found:
        click.echo("No channel is configured: nobody is told of alerts. See docs/how-to/notify.md.")
    for channel in found:
        over = f"{channel['delivered_24h']} delivered and {channel['failed_24h']} given up in 24 h"
        click.echo(f"{click.style(channel['name'], bold=True)} · {channel['type']} · {channel['target']}")
        click.echo(f"    {over}, {channel['waiting']} waiting")
    for sentence in path["routes"]:
        click.echo(sentence)
    click.echo(f"Alert path: {path['sentence']}")


@notify.command("deliveries")
@click.option("--channel", help="Only of this channel.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many.")
@home_option
@json_option
def deliveries(channel: str | None, limit: int, home: Home, *, as_json: bool) -> None:
    """The newest messages and what became of them, newest first."""
    query = urlencode({"limit": limit} | ({"channel": channel} if channel is not None else {}))
    found: Sequence[Mapping[str, Any]] = _server(home).ask("GET", f"/notify/deliveries?{query}")["deliveries"]
    if as_json:
        click.echo(json.dumps({"deliveries": found}, indent=1))
        return
    if not found:
        click.echo("Nothing was sent so far.")
    for delivery in found:
        click.echo(f"{delivery['enqueued_at']} {_line(delivery)}")
        click.echo(f"    {delivery['event']} · {delivery['title']}")


def _line(delivery: Mapping[str, Any]) -> str:
    sign, colour = _SIGNS[delivery["state"]]
    took = "" if delivery["latency_s"] is None else f" after {delivery['latency_s']:.2f} s"
    detail = f": {delivery['detail']}" if delivery["detail"] else ""
    word = click.style(f"{sign} {delivery['state']}", fg=colour)
    return f"{word} {delivery['channel'] or 'nowhere'}{took}{detail}"


def _server(home: Home) -> Server:
    server = Server.find(home)
    if server is None:
        raise ConflictError(
            f"No evenkeel runs on {home.root}.", hint="Start it with `evenkeel up`, or name its --home."
        )
    return server
