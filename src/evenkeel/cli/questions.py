"""`evenkeel questions`."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.answers import say_figure
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.ui.formats import count


@click.command("questions")
@click.argument("service")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@home_option
@json_option
def questions(service: str, home: Home, *, span: str, as_json: bool) -> None:
    """What SERVICE (environment/service) is asked most: groups of alike questions, and how they were answered."""
    found = Server.running(home).ask("GET", f"/questions?{urlencode({'service': service, 'span': span})}")
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{found['environment']}/{found['service']}, last {span}: {found['says']}")
    for number, each in enumerate(found["groups"], 1):
        name = " · ".join(each["words"]) or f"group {number} (words are not kept)"
        click.echo(f"  {name}: {say_figure(each['share'], is_ratio=True)}")
        for figure, value in each["figures"].items():
            if value["value"] is not None:
                click.echo(f"    {figure.replace('_', ' ')}: {say_figure(value, is_ratio=True)}")
    if found["groups"]:
        click.echo(f"  others: {count(found['in_other_groups'] + found['without_words'])}")
