"""`evenkeel judge`."""

from __future__ import annotations

import json
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.ui.formats import count


@click.group("judge")
def judge() -> None:
    """Models that judge answers: how they stand, and runs on demand."""


@judge.command("list")
@home_option
@json_option
def list_judges(home: Home, *, as_json: bool) -> None:
    """Every configured judge with what it said in the last 7 days."""
    found = Server.running(home).ask("GET", "/judges")["judges"]
    if as_json:
        click.echo(json.dumps({"judges": found}))
        return
    for each in found:
        used = f"{count(each['calls_24h'])} of {count(each['calls_per_day'])} calls in 24 hours"
        click.echo(f"{each['name']} ({each['model']}, prompt {each['prompt_version']}): {used}")
        for service in each["services"]:
            click.echo(f"  {service['service']}: {service['says']}")
        for why, n in each["failures"].items():
            click.echo(f"  failed, {why}: {count(n)}")
    if not found:
        click.echo("No judge is configured; see `judges` in the configuration.")


@judge.command("run")
@click.argument("name")
@click.option("--calls", default=20, show_default=True, type=click.IntRange(1, 500), help="Calls at most.")
@home_option
@json_option
def run(name: str, calls: int, home: Home, *, as_json: bool) -> None:
    """Let judge NAME look at answers of the last 24 hours that it has not seen."""
    found = Server.running(home).ask("POST", f"/judges/{quote(name)}/run", {"calls": calls})
    click.echo(json.dumps(found) if as_json else found["says"])
