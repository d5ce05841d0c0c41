"""`evenkeel drift`: references out of files, and what has changed since, without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from evenkeel.cli.options import json_option
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.table import table_to_json
from evenkeel.library.profiling import profile


@click.group("drift")
def drift() -> None:
    """Reference profiles, and what has drifted away from them."""


@drift.command("profile")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the reference is kept, as JSON.")
@click.option("--column", "columns", multiple=True, help="Only this column; may be repeated.")
@click.option("--kind", "kinds", multiple=True, metavar="COLUMN=KIND", help="E.g. postcode=categorical; repeatable.")
@json_option
def profile_(
    source: Path, out: Path | None, columns: tuple[str, ...], kinds: tuple[str, ...], *, as_json: bool
) -> None:
    """Make the reference profile of SOURCE: a file of Parquet, CSV or JSON lines.

    One column is in memory at a time. The result is a few kilobytes for each feature, and holds no row.
    """
    given = dict(_pair(each) for each in kinds)
    with click.progressbar(length=1, label=source.name, file=sys.stderr) as bar:

        def progress(name: str, done: int, of: int) -> None:
            bar.length = of
            bar.label = name
            bar.update(done - bar.pos)

        reference = profile(source, columns=columns or None, kinds=given, progress=progress)
    if out is not None:
        reference.save(out)
    click.echo(json.dumps(table_to_json(reference.table)) if as_json else str(reference))


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.rpartition("=")
    if not sign or not name:
        raise InvalidInputError(
            f"--kind is {given!r}.", hint="Write COLUMN=KIND, e.g. postcode=categorical.", seen=given
        )
    return name, kind
