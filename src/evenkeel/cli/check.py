"""`evenkeel check`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.kernel.errors import NotFoundError
from evenkeel.org.config import read
from evenkeel.org.config.model import json_schema
from evenkeel.ui.formats import plural


@click.command("check")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@home_option
@json_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema instead, for your editor.")
def check(path: Path | None, home: Home, *, as_json: bool, schema: bool) -> None:
    """Check a configuration file or folder; default: that of the home.

    Reports every error at once, with file, line and the nearest valid key. Exits with 1 when there is one.
    """
    if schema:
        click.echo(json.dumps(json_schema(indicator_rules()), indent=2, ensure_ascii=False))
        return
    if path is not None and not path.exists():
        raise NotFoundError(f"There is no {path}.", hint="Name a YAML file, or a folder of them.")
    chosen = path or home.configuration
    config, problems = read.check(chosen, indicator_rules())
    if as_json:
        rows = [
            {"file": p.file, "line": p.line, "column": p.column, "path": p.path, "message": p.message} for p in problems
        ]
        click.echo(json.dumps({"path": str(chosen), "problems": rows}))
    elif problems:
        for problem in problems:
            click.echo(str(problem), err=True)
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {chosen}", err=True)
    elif chosen.exists():
        parts = {"services": config.services, "probes": config.probes, "own prices": config.prices}
        counted = ", ".join(plural(len(each), name) for name, each in parts.items())
        click.echo(f"{chosen} is in order: {counted}.")
    else:
        click.echo(f"There is no configuration at {chosen}; everything has its default.")
    if problems:
        raise SystemExit(1)
