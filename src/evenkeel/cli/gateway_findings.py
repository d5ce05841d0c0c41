"""`evenkeel gateway findings`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import figures_options, home_option, json_option
from evenkeel.cli.server import Server


@click.command("findings")
@click.argument("service", default="")
@figures_options
@click.option("--side", type=click.Choice(["input", "output"]), help="Only of requests, or of answers.")
@click.option("--action", type=click.Choice(["log", "redact", "hold", "block"]), help="Only what was done so.")
@home_option
@json_option
def findings(service: str, home: Home, *, as_json: bool, **asked: str | None) -> None:
    """What the guard looked at, found, and could not look at; of one service, or all."""
    query = urlencode({"service": service, **{name: text for name, text in asked.items() if text}})
    found = Server.running(home).ask("GET", f"/gateway/findings?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found["coverage"]:
        click.echo(coverage_line(each))
    for each in found["failures"]:
        click.echo(f"▲ {finding_line(each)} · could not be looked at")
    for each in found["findings"]:
        click.echo(f"  {finding_line(each)}")
    if not found["coverage"]:
        click.echo(f"No request came to the gateway in the last {asked['span']}.")


def coverage_line(each: Mapping[str, Any]) -> str:
    """What of a service's requests was looked at."""
    line = f"{each['environment']}/{each['service']}: looked at {each['looked_at']:,} of {each['requests']:,} requests"
    if not each["looked_at"]:
        return f"○ {line}"
    part = _share(each["with_findings_ratio"])
    return f"● {line}; something in {each['with_findings']:,} ({part}), {each['stopped']:,} stopped"


def finding_line(each: Mapping[str, Any]) -> str:
    """What was found, where, and what was done about it."""
    about = f"{each['entity']} in {each['side'] or '?'}, {each['action'] or 'what was done is not recorded'}"
    where = f"{each['environment']}/{each['service']}"
    return f"{each['found']:>8,} {about} · {where} · {each['requests']:,} requests ({_share(each['requests_ratio'])})"


def _share(ratio: Mapping[str, float] | None) -> str:
    if ratio is None:
        return "of an unknown number"
    return f"{ratio['value']:.2%} [{ratio['low']:.2%}–{ratio['high']:.2%}]"
