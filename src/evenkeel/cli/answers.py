"""`evenkeel answers`."""

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


@click.command("answers")
@click.argument("service")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@home_option
@json_option
def answers(service: str, home: Home, *, span: str, as_json: bool) -> None:
    """What the answers of SERVICE (environment/service) were like, and of how many that is known."""
    found = Server.running(home).ask("GET", f"/answers?{urlencode({'service': service, 'span': span})}")
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{found['environment']}/{found['service']}, last {span}: {found['says']}")
    if found["left_out"]:
        click.echo(f"  left out: {count(found['left_out'])}, {count(found['over_budget'])} of them for the CPU budget")
    for each in found["by_people"]:
        click.echo(f"  {each['status']}: {each['says']}")
    for name, figure in found["figures"].items():
        click.echo(f"  {name.replace('_', ' ')}: {say_figure(figure, is_ratio=not name.endswith('_words'))}")
    for side, languages in found["languages"].items():
        if languages["told"]:
            click.echo(f"  languages of {side}s: {languages['says']}")
    retrieval = found["retrieval"]
    if retrieval["with_contexts"] or retrieval["sources"]:
        click.echo(f"  retrieval: {retrieval['says']}")
        for source in retrieval["sources"]:
            told = [
                f"{name.replace('_', ' ')} {say_figure(each, is_ratio=True)}"
                for name, each in source["figures"].items()
            ]
            click.echo(f"    {source['name']}: {'; '.join(told)}")
    for each in found.get("golden", ()):
        click.echo(f"  golden queries {each['name']}: {each['says']}")
    mean = found["ratings"]["mean"]
    if mean["value"] is not None:
        click.echo(f"  rating: {mean['value']:.2f} [{mean['low']:.2f}–{mean['high']:.2f}] of n {count(mean['n'])}")


def say_figure(figure: Mapping[str, Any], *, is_ratio: bool) -> str:
    """A figure with its interval, or why there is none."""
    if figure["value"] is None:
        return f"unknown ({str(figure['reason']).replace('_', ' ')})"
    scale, unit = (100, " %") if is_ratio else (1, "")
    bounds = "" if figure["low"] is None else f" [{scale * figure['low']:.3g}–{scale * figure['high']:.3g}{unit}]"
    return f"{scale * figure['value']:.3g}{unit}{bounds} of n {count(figure['n'])}"
