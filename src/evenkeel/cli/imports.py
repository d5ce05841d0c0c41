"""`evenkeel import`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.app.importing import import_file
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.time import isoformat
from evenkeel.observe.imports.counts import CountsOrder
from evenkeel.observe.imports.mapping import Mapping, check_mapping, read_mapping, read_preset
from evenkeel.observe.imports.run import ImportOrder, ImportResult


@click.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preset", help="A mapping that comes with evenkeel, e.g. azure-llm.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping of your own, in YAML.")
@click.option("--kind", type=click.Choice(["inference", "prediction", "outcome"]), help="What every row is.")
@click.option("--segment", "segments", multiple=True, help="A column that says whom a prediction is about; repeatable.")
@click.option("--feature", "features", multiple=True, help="A column that a prediction was made from; repeatable.")
@click.option("--group-by", multiple=True, help="The file holds counts of groups, named by this column; repeatable.")
@click.option("--model", help="The model of every row.")
@click.option("--provider", help="The provider of every row.")
@click.option("--service", help="The service of every row.")
@click.option("--environment", help="The environment of every row.")
@home_option
@json_option
def import_(source: Path, preset: str | None, mapping: Path | None, home: Home, *, as_json: bool, **said: Any) -> None:
    """Import history from CSV, JSONL, Parquet or Arrow.

    Importing a file twice changes nothing; an interrupted import goes on where it stopped.
    """
    by, server = said.pop("group_by"), Server.find(home)
    if by:
        _import_counts(CountsOrder(source, by, _counts_constants(preset, mapping, said)), home, server, as_json=as_json)
        return
    if (preset is None) == (mapping is None):
        raise InvalidInputError("An import needs a mapping.", hint="Give --preset NAME or --mapping FILE, one of them.")
    chosen = read_preset(preset) if preset is not None else read_mapping(mapping or Path())
    chosen = _refined(chosen, said.pop("kind"), said.pop("segments"), said.pop("features"))
    constants = {name: value for name, value in said.items() if value is not None}
    order = ImportOrder(source, chosen, home.imports, constants)
    with click.progressbar(length=1_000, label=source.name, file=sys.stderr) as bar:
        stored: int | None = None

        def progress(done: float) -> None:
            bar.update(max(0, int(done * 1_000) - bar.pos))

        result, stored = import_file(home, order, folds=server is None, progress=progress)
    _tell(result, stored, as_json=as_json)


def _tell(result: ImportResult, stored: int | None, *, as_json: bool) -> None:
    document = report(result, stored)
    click.echo(json.dumps(document) if as_json else _text(document))
    if result.rejected and not result.events:
        raise SystemExit(1)


def _counts_constants(preset: str | None, mapping: Path | None, said: dict[str, Any]) -> dict[str, str]:
    given = [name for name, value in {"preset": preset, "mapping": mapping, **said}.items() if value]
    other = [name for name in given if name not in ("service", "environment")]
    if other:
        raise InvalidInputError(
            f"--{other[0].removesuffix('s')} says nothing of counts of groups.",
            hint="Beside --group-by there are --service and --environment.",
        )
    return {name: said[name] for name in given}


def _import_counts(order: CountsOrder, home: Home, server: Server | None, *, as_json: bool) -> None:
    result, stored = import_file(home, order, folds=server is None, progress=lambda _: None)
    _tell(result, stored, as_json=as_json)


def _refined(mapping: Mapping, kind: str | None, segments: Sequence[str], features: Sequence[str]) -> Mapping:
    """The mapping with what the command line says of it."""
    named = {**mapping.segments, **{name: name for name in segments}}
    made_from = {**mapping.features, **{name: name for name in features}}
    told = {"segments": named, "features": made_from, "kind": kind or mapping.kind}
    return check_mapping(mapping.model_copy(update=told), mapping.name)


def report(result: ImportResult, stored: int | None) -> dict[str, Any]:
    """What the file held, and what is new. `new` is null when the server folds it by and by."""
    # What has no price has no cost, and not a cost of 0.
    costs = {f"cost_{name.lower()}": nano / NANO_PER_UNIT for name, nano in sorted(result.costs_nano.items())}
    return {
        "events": result.events,
        "new": stored,
        "written": result.written,
        "rejected": result.rejected,
        "problems": result.problems,
        **(costs or {"cost_usd": None}),
        "input_cost_share": result.input_cost_share,
        "unpriced": result.unpriced,
        "from": None if result.first_at_us is None else isoformat(result.first_at_us),
        "to": None if result.last_at_us is None else isoformat(result.last_at_us),
    }


def _text(document: dict[str, Any]) -> str:
    costs = [(name[5:].upper(), value) for name, value in document.items() if name.startswith("cost_")]
    cost = " + ".join("no known cost" if value is None else f"{value:,.2f} {name}" for name, value in costs)
    new = f"{document['written']:,} handed to the server" if document["new"] is None else f"{document['new']:,} new"
    lines = [f"{document['events']:,} events ({new}), {document['from']} to {document['to']}, {cost}"]
    if document["input_cost_share"] is not None:
        lines[0] += f", {100 * document['input_cost_share']:.0f} % of it for input"
    if document["unpriced"]:
        lines.append(
            f"{document['unpriced']:,} events have no known price and keep none: what is there is not taken again."
            " To price them, name --model or declare prices, and import into a fresh --home or as another --service."
        )
    if document["rejected"]:
        lines += [f"{document['rejected']:,} rows were left out:", *(f"  {text}" for text in document["problems"])]
    return "\n".join(lines)
