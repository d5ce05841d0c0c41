"""`evenkeel quality`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.ui.formats import count


@click.command("quality")
@click.argument("service")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@click.option("--version", default="", help="Compared with --beside. Default: the latest.")
@click.option("--beside", default="", help="Default: the version before it.")
@home_option
@json_option
def quality(service: str, home: Home, *, span: str, version: str, beside: str, as_json: bool) -> None:
    """How good the predictions of SERVICE (environment/service) were, how versions differ, whether to train again."""
    asked = {"service": service, "span": span, "version": version, "beside": beside}
    query = urlencode({name: value for name, value in asked.items() if value})
    found = Server.running(home).ask("GET", f"/quality?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    if found["too_many_classes"]:
        click.echo("There are more classes than are counted: a label that is different each time is no class.")
    known = f"{count(found['labelled'])} of {count(found['predictions'])} predictions have a known truth"
    click.echo(f"{found['environment']}/{found['service']}, last {span}: {known}.")
    if found["labels"] is not None:
        click.echo(f"Labels: {found['labels']['state']}. {found['labels']['says']}")
    for name, figure in found["figures"].items():
        click.echo(f"  {name}: {_words(figure)}")
    parts = [found[name] for name in ("scores", "numbers", "segments") if found[name] is not None]
    for part in (*parts, *found["estimates"]):
        click.echo(part["says"])
    for each in found["versions"] if len(found["versions"]) > 1 else ():
        click.echo(f"  accuracy of version {each['version'] or 'not said'}: {_words(each['figures']['accuracy'])}")
    if found["changes"] is not None:
        click.echo(f"Version {found['changes']['version']} beside {found['changes']['beside']}:")
        for row in found["changes"]["measures"]:
            click.echo(f"  {row['says']}")
    if found["retraining"] is not None:
        click.echo(found["retraining"]["says"])


def _words(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return f"unknown ({str(figure['reason']).replace('_', ' ')})"
    bounds = "" if figure["low"] is None else f" [{100 * figure['low']:.3g}–{100 * figure['high']:.3g} %]"
    return f"{100 * figure['value']:.3g} %{bounds} of n {count(figure['n'])}"
