"""`evenkeel fairness`: whether groups are treated alike, from a file; a gate for pipelines."""

from __future__ import annotations

import json
from pathlib import Path

import click

from evenkeel.cli.options import json_option
from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.verdicts import FairnessPolicy
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.columns import Columns
from evenkeel.library.documents import fairness_document
from evenkeel.library.fairness import fairness as judge_table

_CRITERIA = [each.value.replace(" ", "-") for each in Criterion]


@click.command("fairness")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--group", "groups", multiple=True, required=True, help="A column of groups; may be repeated.")
@click.option("--predicted", required=True, help="The column of what was decided: 1 or 0, or see --positive.")
@click.option("--truth", help="The column of what was true.")
@click.option("--positive", help="The answer that people want, where it is not 1 or true.")
@click.option(
    "--criterion", "criteria", multiple=True, type=click.Choice(_CRITERIA), help="What fair means; repeatable."
)
@click.option("--why", default="", help="Why that is what fair means here; needed with --criterion.")
@click.option("--gate", is_flag=True, help="Exit with 10 on a breach, and with 11 where nothing is known.")
@json_option
def fairness(
    source: Path,
    groups: tuple[str, ...],
    predicted: str,
    truth: str | None,
    positive: str | None,
    criteria: tuple[str, ...],
    why: str,
    *,
    gate: bool,
    as_json: bool,
) -> None:
    """Whether SOURCE, a file of Parquet, CSV or JSON lines, treats groups alike.

    Gaps have intervals that hold although the extreme groups were picked by looking; groups that are too small are
    named. Without --criterion, demographic parity is looked at, and with --truth equalised odds as well.
    """
    if criteria and not why.strip():
        hint = "Say --why: in general criteria exclude each other, and an audit asks for the reason."
        raise InvalidInputError("A criterion is chosen without a reason.", hint=hint)
    chosen = tuple(Criterion(each.replace("-", " ")) for each in criteria)
    policy = FairnessPolicy(chosen, why=why) if chosen else None
    report = judge_table(source, Columns(truth, predicted, None, positive), groups=groups, policy=policy)
    click.echo(json.dumps(fairness_document(report)) if as_json else str(report))
    if gate and report.status != "ok":
        codes = {"breach": 10, "unknown": 11, "partial": 11, "stale": 11}
        raise SystemExit(codes.get(report.status, 0))
