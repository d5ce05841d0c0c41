"""`evenkeel export`: what other tools read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.group("export")
def export() -> None:
    """Files for other tools, made of what is judged here."""


@export.command("prometheus")
@click.option("--service", help="Only the SLOs of this service.")
@click.option("--environment", help="Only the SLOs of this environment.")
@home_option
@json_option
def prometheus(service: str | None, environment: str | None, home: Home, *, as_json: bool) -> None:
    """Recording and alert rules over /metrics, in the naming of sloth. `promtool check rules` finds them in order.

    Ratios weigh every event alike, also over 30 days.
    """
    document = fetch(home, "prometheus", service=service, environment=environment)
    if as_json:
        click.echo(json.dumps(document))
        return
    click.echo(document["text"], nl=False)
    for each in document["left_out"]:
        click.echo(f"left out: {each['slo']}: {each['reason']}", err=True)


@export.command("grafana")
@home_option
@json_option
def grafana(home: Home, *, as_json: bool) -> None:
    """A dashboard over /metrics, for `Import` in Grafana."""
    del as_json  # it is JSON in any case
    click.echo(json.dumps(fetch(home, "grafana")["dashboard"], indent=1))


def fetch(home: Home, what: str, **where: str | None) -> Mapping[str, Any]:
    """What the running server exports. Raises the error it tells of."""
    query = urlencode({name: value for name, value in where.items() if value is not None})
    return Server.running(home).ask("GET", f"/exports/{what}{f'?{query}' if query else ''}")
