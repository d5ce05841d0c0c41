"""`evenkeel status`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server

_SIGNS: Final = {
    "ok": ("●", "green"), "warning": ("▲", "yellow"), "breach": ("■", "red"), "unknown": ("○", None),
    "stale": ("◷", None), "partial": ("◐", None), "not judged": ("·", None),
}  # fmt: skip


@click.command("status")
@home_option
@json_option
@click.option("--fail-on-breach", is_flag=True, help="Exit with 10 when a service is in breach.")
def status(home: Home, *, as_json: bool, fail_on_breach: bool) -> None:
    """How every service stands, worst first.

    Asks the server that owns the home; without one, judges the home here and now.
    """
    server = Server.find(home)
    if server is not None:
        services: Sequence[Mapping[str, Any]] = server.ask("GET", "/services")["services"]
    else:
        from evenkeel.app.offline import judge_home  # loads the stores, which a running server makes needless

        services = judge_home(home.existing())
    if as_json:
        click.echo(json.dumps({"services": services}, indent=1))
    else:
        _print(services)
    if fail_on_breach and any(service["status"] == "breach" for service in services):
        raise SystemExit(10)


def _print(services: Sequence[Mapping[str, Any]]) -> None:
    if not services:
        click.echo("No service was heard from yet.")
    for service in services:
        sign, colour = _SIGNS.get(service["status"], ("○", None))
        name = f"{service['environment']}/{service['service']}"
        word = f"{sign} {service['status']:<10}"
        click.echo(f"{click.style(word, fg=colour)} {click.style(name, bold=True)}")
        if service["why_not_judged"]:
            click.echo(f"    {service['why_not_judged']}")
        for objective in service["objectives"]:
            if objective["counts_towards_status"]:
                sign, colour = _SIGNS.get(objective["status"], ("○", None))
                click.echo(f"    {click.style(sign, fg=colour)} {objective['sentence']}")
        for text in (service["changed"], service["todo"]):
            if text and service["status"] != "ok":
                click.echo(f"    → {text}")
