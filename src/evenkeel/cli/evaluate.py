"""`evenkeel evaluate`: how good the predictions in a file were, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import click

from evenkeel.cli.options import json_option
from evenkeel.library.columns import Columns
from evenkeel.library.documents import evaluation_document
from evenkeel.library.evaluating import evaluate as evaluate_table


@click.command("evaluate")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--truth", required=True, help="The column of what was true.")
@click.option("--predicted", help="The column of what was predicted.")
@click.option("--score", help="The column of the positive class's probability.")
@click.option("--positive", help="The class that scores are of, where it is not 1 or true.")
@click.option("--segment", "segments", multiple=True, help="Also for each level of this column; may be repeated.")
@click.option("--task", default="", help="classification or regression, where the values do not tell.")
@json_option
def evaluate(
    source: Path,
    truth: str,
    predicted: str | None,
    score: str | None,
    positive: str | None,
    segments: tuple[str, ...],
    task: str,
    *,
    as_json: bool,
) -> None:
    """How good the predictions in SOURCE were: a file of Parquet, CSV or JSON lines.

    Each measure has its 95 % interval and how it was made; where there is none, why.
    """
    found = evaluate_table(source, Columns(truth, predicted, score, positive), segments=segments, task=task)
    click.echo(json.dumps(evaluation_document(found)) if as_json else str(found))
