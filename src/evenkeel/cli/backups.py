"""`evenkeel backup` and `evenkeel restore`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from evenkeel.app import backup as copies
from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@home_option
@json_option
def backup(target: Path, home: Home, *, as_json: bool) -> None:
    """Write a consistent backup of the home to one new file, also while evenkeel runs.

    It holds the secrets of the home: guard it like the home itself.
    """
    server = Server.find(home)
    if server is not None:
        report: Mapping[str, Any] = server.ask("POST", "/backup", {"path": str(target.absolute())})
    else:
        from evenkeel.app.offline import opened  # loads the stores, which a running server makes needless

        with opened(home.existing()) as control:
            report = asdict(copies.back_up(control.stores, target))
    _tell(report, "holds", as_json=as_json)


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only read the backup back and check all of it; nothing is put in place.")
@home_option
@json_option
def restore(source: Path, home: Home, *, verify: bool, as_json: bool) -> None:
    """Verify a backup, or put it in place as a home, which must be empty."""
    report = copies.verify_backup(source) if verify else copies.restore(source, home)
    _tell(asdict(report), "is whole and holds" if verify else "is restored:", as_json=as_json)


def _tell(report: Mapping[str, Any], verb: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    click.echo(
        f"{report['path']} {verb} {report['events']:,} events and {report['trail_rows']:,} audit rows in"
        f" {report['files']} files ({report['bytes']:,} bytes), taken {report['taken_at']}."
    )
