"""`evenkeel gateway purge`."""

from __future__ import annotations

import click

from evenkeel.app.home import Home
from evenkeel.cli.gateway_words import tell_change
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.command("purge")
@click.argument("service", default="")
@click.option("--environment", default="", help="Only there; else everywhere.")
@click.option("--version", default="", help="Only answers of this version.")
@click.option("--user", default="", help="Only what may have been answered to this user, as services send its id.")
@click.option("--all", "is_all", is_flag=True, help="Everything, where nothing else is named.")
@click.option("--reason", required=True, help="For the history and the audit trail.")
@home_option
@json_option
def purge(service: str, reason: str, home: Home, *, as_json: bool, is_all: bool, **which: str) -> None:
    """Remove answers that workers keep to be given again, within a second; of one service, or all.

    Where a service does not keep users apart nobody knows who asked for an answer: with --user it goes as well.
    """
    if not (service or any(which.values()) or is_all):
        raise click.UsageError("Name a service, --environment, --version or --user; or write --all.")
    body = {"service": service, "reason": reason, **which}
    tell_change(Server.running(home).ask("POST", "/gateway/purge", body), as_json=as_json)
