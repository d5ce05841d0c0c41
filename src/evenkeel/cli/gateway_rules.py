"""`evenkeel gateway rules`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import figures_options, home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.ui.formats import money


@click.command("rules")
@click.argument("service", default="")
@figures_options
@home_option
@json_option
def rules(service: str, home: Home, *, span: str, environment: str, as_json: bool) -> None:
    """Which requests rules sent to cheaper models, and what that saved; of one service, or all."""
    query = urlencode({"service": service, "span": span, "environment": environment})
    found = Server.running(home).ask("GET", f"/gateway/rules?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found["rules"]:
        click.echo(rule_line(each))
    if not found["rules"]:
        click.echo("No route has a rule to a cheaper model.")
    else:
        click.echo(f"Over the last {span}. {found['estimate']} Quality: not judged yet.")


def rule_line(each: Mapping[str, Any]) -> str:
    """What a rule did, and what that saved."""
    model = each["model"] or "not in force any more"
    line = f"{each['environment']}/{each['service']} {each['rule']} → {model}"
    if each["requests_ratio"] is None:
        return f"○ {line}: no request came"
    line += f": {each['requests']:,} of {each['route_requests']:,} requests ({each['requests_ratio']:.1%})"
    if each["failed"]:
        line += f", {each['failed']:,} failed"
    if not each["attempts"]:
        return line
    saved = [_saving(amount) for amount in each["money"]]
    line += f"; {'; '.join(saved) or 'saving unknown'}"
    return f"{line}; {each['unpriced']:,} of {each['attempts']:,} attempts unpriced" if each["unpriced"] else line


def _saving(amount: Mapping[str, Any]) -> str:
    cost, asked, saved = (money(amount[f"{name}_nano"], amount["currency"]) for name in ("cost", "asked_cost", "saved"))
    return f"cost {cost}, had cost {asked}: saved {saved}"
