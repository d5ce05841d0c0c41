"""`evenkeel drift`: references out of files, and what has changed since, without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from evenkeel.cli.drift_service import carriers, reference, retire, service_
from evenkeel.cli.options import json_option
from evenkeel.judge.drift.model import PSI_LIMIT
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.table import table_to_json
from evenkeel.library.comparing import compare
from evenkeel.library.documents import drift_document
from evenkeel.library.profiling import profile


@click.group("drift")
def drift() -> None:
    """Reference profiles, and what has drifted away from them: in files, and of services that run."""


drift.add_command(service_)
drift.add_command(carriers)
drift.add_command(reference)
drift.add_command(retire)


@drift.command("profile")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the reference is kept, as JSON.")
@click.option("--column", "columns", multiple=True, help="Only this column; may be repeated.")
@click.option("--kind", "kinds", multiple=True, metavar="COLUMN=KIND", help="E.g. postcode=categorical; repeatable.")
@json_option
def profile_(
    source: Path, out: Path | None, columns: tuple[str, ...], kinds: tuple[str, ...], *, as_json: bool
) -> None:
    """Make the reference profile of SOURCE: a file of Parquet, CSV, JSON lines or numpy (.npy).

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


@drift.command("compare")
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("current", type=click.Path(path_type=Path))
@click.option("--column", "columns", multiple=True, help="Only this feature; may be repeated.")
@click.option("--segment", "segments", multiple=True, help="A column that may carry the drift; may be repeated.")
@click.option("--psi-limit", type=float, default=PSI_LIMIT, show_default=True, help="What matters, as an index.")
@click.option("--gate", is_flag=True, help="Exit with 10 on a breach, and with 11 where nothing is known.")
@json_option
def compare_(
    reference: Path,
    current: Path,
    columns: tuple[str, ...],
    segments: tuple[str, ...],
    psi_limit: float,
    *,
    gate: bool,
    as_json: bool,
) -> None:
    """What of CURRENT has drifted from REFERENCE: a saved profile (.json) or a file of rows.

    Each feature has two answers: whether it differs beyond chance, and whether that matters. Where nothing has drifted,
    at most 0.7 % of comparisons find anything, however many features there are.
    """
    report = compare(reference, current, columns=columns or None, segments=segments, psi_limit=psi_limit)
    click.echo(json.dumps(drift_document(report)) if as_json else str(report))
    if gate and report.status in ("breach", "unknown"):
        raise SystemExit(10 if report.status == "breach" else 11)


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.rpartition("=")
    if not sign or not name:
        raise InvalidInputError(
            f"--kind is {given!r}.", hint="Write COLUMN=KIND, e.g. postcode=categorical.", seen=given
        )
    return name, kind
