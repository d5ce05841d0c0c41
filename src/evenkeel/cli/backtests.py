"""`evenkeel alerts backtest` and `evenkeel alerts shadow`: rules proved before they page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.command("backtest")
@click.argument("slo")
@click.option("--days", type=int, default=30, show_default=True, help="Length of the history.")
@click.option("--catalogue", default="", help="Rules of this catalogue, e.g. 30d, 28d, 7d or quality.")
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of rules, one a line: severity, long window, short window, factor.",
)
@click.option(
    "--fail-on-miss", is_flag=True, help="Exit with 10 when a fault is missed, a blip pages, a rule cannot fire."
)
@home_option
@json_option
def backtest(
    home: Home, slo: str, *, days: int, catalogue: str, rules_file: Path | None, fail_on_miss: bool, as_json: bool
) -> None:
    """Replay alert rules on the history of SLO (environment/service/slo), with faults and blips put in.

    Tells what would have paged, what would have been missed, and how soon the rest was found. Nobody is notified.
    """
    lines = rules_file.read_text(encoding="utf-8").splitlines() if rules_file else []
    asked = {"slo": slo, "days": days, "catalogue": catalogue, "rules": [line for line in lines if line.strip()]}
    found = Server.running(home).ask("POST", "/backtest", asked)
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        _print(found)
    if fail_on_miss and (found["refused"] or any(not is_well(fault) for fault in found["faults"])):
        raise SystemExit(10)


@click.command("shadow")
@click.option("--days", type=int, default=7, show_default=True, help="How far back.")
@home_option
@json_option
def shadow(home: Home, *, days: int, as_json: bool) -> None:
    """What your other alerting system paged beside what evenkeel would have paged, case by case.

    It sends its webhook to /api/v1/receive/alertmanager or /api/v1/receive/grafana.
    """
    found = Server.running(home).ask("GET", f"/alerts/shadow?days={days}")
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(found["sentence"])
    for case in found["cases"]:
        click.echo(f"{case['since']}  {case['finding']:<18} {case['title']}\n    {case['sentence']}")
    for alert in found["only_ours"]:
        click.echo(f"{alert['since']}  only evenkeel      {alert['title']}\n    {alert['sentence']}")


def is_well(fault: dict[str, Any]) -> bool:
    """Whether a fault was found every time, or a blip never."""
    return fault["found"] == (0 if fault["harmless"] else fault["trials"])


def _print(found: dict[str, Any]) -> None:
    click.echo(click.style(found["slo"], bold=True))
    for rule in found["rules"]:
        click.echo(f"    {rule}")
    for text in found["answers"].values():
        click.echo(text)
    click.echo()
    for fault in found["faults"]:
        sign, colour = ("●", "green") if is_well(fault) else ("▲", "yellow")
        after = "" if fault["detection_minutes"] is None else f"after {fault['detection_minutes']:g} min"
        said = f"paged {fault['found']} of {fault['trials']}"
        click.echo(
            f"{click.style(sign, fg=colour)} {fault['fault']:<28} {said:<16} {after:<16} {' '.join(fault['rules'])}"
        )
    for page in found["pages"][:20]:
        click.echo(
            f"■ {page['from']} to {page['to']}  {page['bad']:g} of {page['total']:g} bad  {' '.join(page['rules'])}"
        )
    if len(found["pages"]) > 20:
        click.echo(f"… and {len(found['pages']) - 20} more; --json shows all.")
