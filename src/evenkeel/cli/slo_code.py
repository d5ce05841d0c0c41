"""`evenkeel slo import`, `check` and `export`: SLOs in the words of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.cli.export import fetch
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.slo import slo
from evenkeel.judge.interop.documents import Problem, as_rows
from evenkeel.judge.interop.draft import as_mapping, as_yaml
from evenkeel.judge.interop.importing import Format, Imported, import_slos
from evenkeel.judge.interop.openslo.grammar import Strictness
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError

Command = Callable[..., Any]


def _files_and_format(command: Command) -> Command:
    files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
    format_ = click.option(
        "--format", "format_", type=click.Choice([each.value for each in Format]), default="auto", show_default=True,
        help="What the files are; sloth also reads alert windows, prometheus the rules that sloth generated.",
    )  # fmt: skip
    strict = click.option(
        "--strict", type=click.Choice([each.value for each in Strictness]), default="sdk", show_default=True,
        help="Whose OpenSLO: what its SDK takes, or what the text of the specification allows.",
    )  # fmt: skip
    return files(format_(strict(command)))


@slo.command("import")
@_files_and_format
@click.option("--write", type=click.Path(path_type=Path), help="Write to this new file instead of printing.")
@json_option
def import_(files: Sequence[Path], format_: str, strict: str, write: Path | None, *, as_json: bool) -> None:
    """Print OpenSLO, sloth specifications or rules that sloth generated as our configuration, ready to paste.

    All errors at once, with file, line and property; nothing is printed while there are any, and the exit code is 1.
    What cannot be carried stands beside each SLO as a comment.
    """
    imported = _read(files, format_, strict)
    _tell(imported, as_json=as_json)
    text = as_yaml(imported.drafts)
    if write is not None:
        try:
            with write.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except FileExistsError as error:
            raise ConflictError(f"{write} exists.", hint="Name a new file, or print and paste.") from error
        except OSError as error:
            raise InvalidInputError(f"{write} cannot be written: {error.strerror}.") from error
    if as_json:
        click.echo(json.dumps({"slos": _rows(imported), "warnings": as_rows(imported.findings.warnings)}, indent=1))
    elif write is not None:
        click.echo(f"{len(imported.drafts)} SLOs in {write}; `evenkeel check {write}` reads it.")
    else:
        click.echo(text, nl=False)


@slo.command("check")
@_files_and_format
@json_option
def check(files: Sequence[Path], format_: str, strict: str, *, as_json: bool) -> None:
    """Check files of OpenSLO or sloth. Exits with 1 when something is wrong."""
    imported = _read(files, format_, strict)
    _tell(imported, as_json=as_json)
    if as_json:
        document = {"problems": [], "warnings": as_rows(imported.findings.warnings), "slos": len(imported.drafts)}
        click.echo(json.dumps(document))
    else:
        click.echo(f"In order: {len(imported.drafts)} SLOs.")


@slo.command("export")
@click.option("--format", "format_", type=click.Choice(["openslo"]), default="openslo", show_default=True)
@click.option("--service", help="Only the SLOs of this service.")
@click.option("--environment", help="Only the SLOs of this environment.")
@home_option
@json_option
def export(format_: str, service: str | None, environment: str | None, home: Home, *, as_json: bool) -> None:
    """Print the SLOs as OpenSLO v1; what it cannot carry is told beside it."""
    document = fetch(home, format_, service=service, environment=environment)
    if as_json:
        click.echo(json.dumps(document))
        return
    click.echo(document["text"], nl=False)
    for each in document["lost"]:
        where = f"{each['slo']}: " if each["slo"] else ""
        kept = f" (kept in {each['kept_in']})" if each["kept_in"] else ""
        click.echo(f"not carried: {where}{each['what']}{kept}", err=True)


def _read(files: Sequence[Path], format_: str, strict: str) -> Imported:
    texts: dict[str, str] = {}
    for file in files:
        try:
            texts[str(file)] = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no {file}.", hint="Name a YAML or JSON file.") from error
        except UnicodeDecodeError as error:
            raise InvalidInputError(f"{file} is not UTF-8 at byte {error.start}.") from error
        except OSError as error:
            raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from error
    return import_slos(texts, Format(format_), Strictness(strict))


def _tell(imported: Imported, *, as_json: bool) -> None:
    """Say what was found; exits with 1 when something is wrong."""
    found = imported.findings
    if as_json and found.problems:
        click.echo(json.dumps({"problems": as_rows(found.problems), "warnings": as_rows(found.warnings)}))
    elif not as_json:
        _say("warning: ", found.warnings)
        _say("", found.problems)
        if found.problems:
            click.echo(f"{len(found.problems)} problem{'s' if len(found.problems) > 1 else ''}", err=True)
    if found.problems:
        raise SystemExit(1)


def _say(prefix: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(f"{prefix}{problem}", err=True)


def _rows(imported: Imported) -> list[dict[str, Any]]:
    return [
        {"service": each.service, "name": each.name, "config": as_mapping(each.config), "not_carried": each.notes}
        for each in imported.drafts
    ]
