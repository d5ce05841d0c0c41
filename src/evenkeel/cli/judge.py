"""`evenkeel judge`."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.ui.formats import count

#: How often a run that is followed is looked at.
_LOOK_S: Final = 1.0


@click.group("judge")
def judge() -> None:
    """Models that judge answers: how they stand, and runs on demand."""


@judge.command("list")
@home_option
@json_option
def list_judges(home: Home, *, as_json: bool) -> None:
    """Every configured judge with what it said in the last 7 days."""
    found = Server.running(home).ask("GET", "/judges")["judges"]
    if as_json:
        click.echo(json.dumps({"judges": found}))
        return
    for each in found:
        used = f"{count(each['calls_24h'])} of {count(each['calls_per_day'])} calls in 24 hours"
        click.echo(f"{each['name']} ({each['model']}, prompt {each['prompt_version']}): {used}")
        for service in each["services"]:
            click.echo(f"  {service['service']}: {service['says']}")
        if each["run"] and each["run"]["state"] != "done":
            click.echo(f"  a run is {each['run']['state']}: {count(each['run']['asked'])} asked about so far")
        for why, n in each["failures"].items():
            click.echo(f"  failed, {why}: {count(n)}")
    if not found:
        click.echo("No judge is configured; see `judges` in the configuration.")


@judge.command("run")
@click.argument("name")
@click.option("--calls", default=20, show_default=True, type=click.IntRange(1, 500), help="Calls at most.")
@click.option("--begin", is_flag=True, help="Only begin; `judge list` says how far it is.")
@home_option
@json_option
def run(name: str, calls: int, home: Home, *, begin: bool, as_json: bool) -> None:
    """Let judge NAME look at answers of the last 24 hours that it has not seen."""
    server, path = Server.running(home), f"/judges/{quote(name)}/run"
    found = server.ask("POST", path, {"calls": calls})
    while not begin and found["state"] != "done":
        threading.Event().wait(_LOOK_S)
        found = server.ask("GET", path)["run"]
    click.echo(json.dumps(found) if as_json else found["says"] if found["state"] == "done" else "It is begun.")


@judge.command("compare")
@click.argument("name")
@click.option("--pairs", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="JSON lines with prompt, first and second.")  # fmt: skip
@click.option("--evaluation", default="", help="Answers of two versions that were drawn or uploaded for it.")
@click.option("--service", default="", help="environment/service whose texts are stored.")
@click.option("--span", default="7d", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@click.option("--first", default="first", show_default=True, help="The version that is compared with.")
@click.option("--second", default="second", show_default=True, help="The version that wins or does not.")
@click.option("--question", default="", help="What the model decides by.")
@click.option("--title", default="", help="What it is called.")
@click.option("--begin", is_flag=True, help="Only begin; `judge comparisons` says how far it is.")
@home_option
@json_option
def compare(name: str, home: Home, *, pairs: Path | None, begin: bool, as_json: bool, **given: str) -> None:
    """Let judge NAME say which of two answers is better, each pair in both orders.

    Pairs come from a file, or are answers of two versions to the same prompts, of an evaluation or a service.
    """
    server = Server.running(home)
    body = {key: value for key, value in given.items() if value}
    if pairs is not None:
        body["pairs"] = _read(pairs)
    found = server.ask("POST", f"/judges/{quote(name)}/compare", body)
    while not begin and found["state"] in ("waiting", "running"):
        threading.Event().wait(_LOOK_S)
        found = server.ask("GET", f"/comparisons/{quote(found['id'])}")
    if as_json:
        click.echo(json.dumps(found))
    else:
        _tell(found)


@judge.command("comparisons")
@home_option
@json_option
def comparisons(home: Home, *, as_json: bool) -> None:
    """Comparisons of two versions, the newest first."""
    found = Server.running(home).ask("GET", "/comparisons")["comparisons"]
    if as_json:
        click.echo(json.dumps({"comparisons": found}))
        return
    for each in found:
        _tell(each)
    if not found:
        click.echo("Nothing was compared yet; see `evenkeel judge compare`.")


def _tell(found: Mapping[str, Any]) -> None:
    left = f", {count(found['left'])} pairs left" if found["left"] else ""
    click.echo(f"{found['title']} ({found['judge']}, {found['state']}{left}): {found['says']}")
    click.echo(f"  {found['place_says']}")
    for why, n in found["failures"].items():
        click.echo(f"  failed, {why}: {count(n)}")
    if found["why"]:
        click.echo(f"  ended early: {found['why']}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "\n"
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is no UTF-8 text.", hint="Save it as JSON lines in UTF-8.") from None
