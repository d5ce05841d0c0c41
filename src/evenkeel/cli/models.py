"""`evenkeel model`: what there is to pass on of a model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.audits import audit
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError

FORMATS: Final = ("pdf", "png", "html", "json")


@click.group("model")
def model() -> None:
    """Models that predict."""


model.add_command(audit)


@model.command("report")
@click.argument("service")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: as FILE ends, else pdf.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: SERVICE-quality.FORMAT.")
@click.option("--span", default="24h", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@home_option
@json_option
def report(service: str, out: Path | None, home: Home, *, format_: str | None, span: str, as_json: bool) -> None:
    """The report of SERVICE (environment/service) as one file: quality, drift, fairness, versions, advice.

    PDF and PNG need `evenkeel[export]` on the server. A file that is there is replaced.
    """
    environment, _, name = service.rpartition("/")
    if not environment or not name:
        hint = "Write environment/service, e.g. production/triage."
        raise InvalidInputError(f"{service[:80]!r} names no service.", hint=hint, seen=service[:80])
    chosen = format_ or (out.suffix[1:] if out is not None and out.suffix[1:] in FORMATS else "pdf")
    path = f"/models/{quote(environment, safe='')}/{quote(name, safe='')}"
    made = Server.running(home).fetch(f"{path}{_ending(chosen)}?{urlencode({'range': span})}")
    target = out or Path(f"{name.replace(os.sep, '_')}-quality.{chosen}")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_bytes(made)
    draft.replace(target)
    if as_json:
        click.echo(json.dumps({"file": str(target), "format": chosen, "bytes": len(made)}))
        return
    click.echo(f"{target}: {len(made):,} bytes.")


def _ending(format_: str) -> str:
    return ".json" if format_ == "json" else f"/report.{format_}"
