"""`evenkeel fairness`: whether groups are treated alike, by a file or by a running service; a gate for pipelines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.verdicts import FairnessPolicy
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.columns import Columns
from evenkeel.library.documents import fairness_document
from evenkeel.library.fairness import fairness as judge_table

_CRITERIA: Final = [each.value.replace(" ", "-") for each in Criterion]
_GATE_HELP: Final = "Exit with 10 on a breach, and with 11 where nothing is known."
#: Exit codes of a gate; what is not among them passes.
_CODES: Final = {"breach": 10, "unknown": 11, "partial": 11, "stale": 11}


class _FileUnlessNamed(click.Group):
    """A group in which whatever is no command is the file of `file`: `evenkeel fairness people.csv …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that is meant where none is."""
        is_named = not args or args[0] in (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else ["file", *args])


@click.group("fairness", cls=_FileUnlessNamed)
def fairness() -> None:
    """Whether groups are treated alike: by a running service, or in a file, whose command may be left out."""


@fairness.command("service")
@click.argument("service")
@click.option("--span", default="7d", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@click.option("--candidate", default="", metavar="VERSION", help="Compare this version; default: the newest.")
@click.option("--current", default="", metavar="VERSION", help="With this one; default: the one before.")
@click.option("--gate", is_flag=True, help=f"{_GATE_HELP} With --candidate, of it beside the current version.")
@home_option
@json_option
def service_(service: str, home: Home, *, span: str, candidate: str, current: str, gate: bool, as_json: bool) -> None:
    """Whether SERVICE (environment/service) treats groups alike, by what its configuration says is fair.

    A candidate passes where its gaps surely grow by no more than 2 points and it is no breach by itself.
    """
    asked = {"service": service, "span": span, "candidate": candidate, "current": current}
    found = Server.running(home).ask("GET", f"/fairness?{urlencode(asked)}")
    compared = found["comparison"]
    click.echo(json.dumps(found) if as_json else "\n".join(_lines(found, span)))
    status = found["status"]
    if candidate:
        status = "unknown" if compared is None else compared["status"]
    if gate and status in _CODES:
        raise SystemExit(_CODES[status])


def _lines(found: Mapping[str, Any], span: str) -> list[str]:
    name = f"{found['environment']}/{found['service']}"
    lines = [f"{name}, last {span}: {found['status']}. {found['says']}", *found["notes"]]
    if found["policy"] is None:
        return [*lines, "Write services.NAME.fairness into the configuration; see docs/concepts/fairness.md."]
    lines.append(f"Chosen because: {found['policy']['why']}")
    lines += [f"  {each['status']}: {each['says']}" for each in found["findings"]]
    compared = found["comparison"]
    if compared is not None:
        current, candidate = (compared[which] or "not said" for which in ("current", "candidate"))
        lines.append(f"Version {candidate} beside {current}: {compared['status']}.")
        lines += [f"  {each['status']}: {each['says']}" for each in compared["changes"]]
    return lines


@fairness.command("file")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--group", "groups", multiple=True, required=True, help="A column of groups; may be repeated.")
@click.option("--predicted", required=True, help="The column of what was decided: 1 or 0, or see --positive.")
@click.option("--truth", help="The column of what was true.")
@click.option("--positive", help="The answer that people want, where it is not 1 or true.")
@click.option(
    "--criterion", "criteria", multiple=True, type=click.Choice(_CRITERIA), help="What fair means; repeatable."
)
@click.option("--why", default="", help="Why that is what fair means here; needed with --criterion.")
@click.option("--gate", is_flag=True, help=_GATE_HELP)
@json_option
def file_(
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
    if gate and report.status in _CODES:
        raise SystemExit(_CODES[report.status])
