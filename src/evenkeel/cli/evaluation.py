"""`evenkeel evaluation`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.ui.formats import count
from evenkeel.ui.invisible import as_seen

#: How a question is answered, by its scale.
_ASKED: Final[Mapping[str, str]] = {
    "yes_no": "yes or no", "1_5": "1 to 5", "contexts": "the places of those that do, such as 1,3; or none",
}  # fmt: skip
_rater = click.option("--rater", default="", help="In whose name; default: the command line's.")


@click.group("evaluation")
def evaluation() -> None:
    """People rate answers: drawn at random, shown blind, counted with intervals."""


@evaluation.command("list")
@home_option
@json_option
def list_evaluations(home: Home, *, as_json: bool) -> None:
    """All of them, the newest first."""
    found = Server.running(home).ask("GET", "/evaluations")["evaluations"]
    if as_json:
        click.echo(json.dumps({"evaluations": found}))
        return
    for each in found:
        where = f"{each['environment']}/{each['service']}"
        click.echo(f"{each['id']}  {each['state']}  {where}  {each['title']}  {each['rated']} of {each['drawn']} rated")
    if not found:
        click.echo("No evaluation yet.")


@evaluation.command("create")
@click.argument("service")
@click.option("--title", default="", help="What it is called.")
@click.option("--question", "questions", multiple=True, default=["relevant"], show_default=True,
              help="relevant, correct, grounded, helpful, or NAME=TEXT of your own; again for more.")  # fmt: skip
@click.option("--points", default=5.0, show_default=True, help="Half of the interval wanted, in points.")
@click.option("--answers", type=int, help="So many answers, whatever the interval.")
@click.option("--expected", default=20.0, show_default=True, help="Share expected to be bad, in percent.")
@click.option("--twice", default=10.0, show_default=True, help="Share rated by two people, in percent.")
@click.option("--by", multiple=True, type=click.Choice(["version", "language", "day", "judge"]), help="Divide by.")
@click.option("--judge", default="", help="Whose verdicts divide the answers.")
@click.option("--span", default="7d", show_default=True, type=click.Choice(["1h", "6h", "24h", "7d", "30d"]))
@click.option("--upload", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSON lines of answers.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same answers.")
@click.option("--plan", is_flag=True, help="Only say how many answers it takes.")
@home_option
@json_option
def create(service: str, home: Home, *, upload: Path | None, plan: bool, as_json: bool, **given: Any) -> None:
    """Draw answers of SERVICE (environment/service) for people to rate.

    Answers come from the texts stored with events (`content: on`), or from a file with --upload.
    """
    body: dict[str, Any] = {
        "service": service,
        "title": given["title"],
        "questions": _questions(given["questions"]),
        "half_width": given["points"] / 100,
        "answers": given["answers"],
        "expected_bad": given["expected"] / 100,
        "twice": given["twice"] / 100,
        "by": list(given["by"]),
        "judge": given["judge"],
        "span": given["span"],
        "seed": given["seed"],
        "upload": "" if upload is None else _read(upload),
    }
    found = Server.running(home).ask("POST", "/evaluations/plan" if plan else "/evaluations", body)
    if as_json:
        click.echo(json.dumps(found))
    elif plan:
        click.echo(found["says"])
        for each in found["strata"] if len(found["strata"]) > 1 else ():
            click.echo(f"  {each['name']}: {count(each['drawn'])} of {count(each['answers'])}")
    else:
        own = found["id"]
        click.echo(f"{own}: {count(found['drawn'])} answers are drawn. `evenkeel evaluation next {own}` shows one.")


@evaluation.command("next")
@click.argument("evaluation_id")
@_rater
@home_option
@json_option
def next_answer(evaluation_id: str, rater: str, home: Home, *, as_json: bool) -> None:
    """The next answer to rate. What a terminal would not show, or obey, stands in ⟦brackets⟧."""
    found = Server.running(home).ask("POST", f"/evaluations/{quote(evaluation_id)}/next", {"rater": rater})
    if as_json:
        click.echo(json.dumps(found))
        return
    if found["item"] is None:
        click.echo("Nothing is left for you.")
        return
    for title, text in (("asked", found["prompt"]), *(("context", each) for each in found["contexts"])):
        if text:
            click.echo(f"[{title}]\n{as_seen(text)}\n")
    click.echo(f"[answer]\n{as_seen(found['answer'])}\n")
    for each in found["questions"]:
        click.echo(f"{each['name']}: {each['text']} ({_ASKED[each['scale']]})")
    said = " ".join(f"{each['name']}=…" for each in found["questions"])
    click.echo(f"evenkeel evaluation answer {evaluation_id} {found['item']} {said}")


@evaluation.command("answer")
@click.argument("evaluation_id")
@click.argument("item")
@click.argument("said", nargs=-1, metavar="QUESTION=VALUE…")
@click.option("--skip", default="", help="Why it cannot be rated.")
@_rater
@home_option
@json_option
def answer(evaluation_id: str, item: str, said: tuple[str, ...], home: Home, *, as_json: bool, **given: str) -> None:
    """Rate an answer: `answer EVALUATION ITEM relevant=yes`. Again corrects it."""
    body = {"item": item, "values": _values(said), **given}
    found = Server.running(home).ask("POST", f"/evaluations/{quote(evaluation_id)}/ratings", body)
    left = count(found["ratings_left"])
    click.echo(json.dumps(found) if as_json else f"{'Corrected' if found['corrects'] else 'Kept'}. {left} to go.")


@evaluation.command("show")
@click.argument("evaluation_id")
@home_option
@json_option
def show(evaluation_id: str, home: Home, *, as_json: bool) -> None:
    """The result, with intervals; of a judge beside people, the rate set right."""
    found = Server.running(home).ask("GET", f"/evaluations/{quote(evaluation_id)}")
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{found['title']} ({found['state']}): {found['rated']} of {found['drawn']} answers rated.")
    for result in found["results"]:
        click.echo(f"{result['name']}: {result['says']}")
        agreement = result["agreement"]
        if agreement["value"] is not None:
            click.echo(f"  agreement (alpha) {agreement['value']:.2f}, of {result['rated_twice']} answers rated twice")
        for each in result["strata"] if len(result["strata"]) > 1 else ():
            click.echo(f"  {each['name']}: {_words(each['good'])} of {each['rated']} rated")
        if result["judge"]:
            click.echo(f"  {result['judge']['says']}")


@evaluation.command("close")
@click.argument("evaluation_id")
@home_option
@json_option
def close(evaluation_id: str, home: Home, *, as_json: bool) -> None:
    """Nothing more is rated; uploaded texts are erased."""
    found = Server.running(home).ask("POST", f"/evaluations/{quote(evaluation_id)}/close")
    click.echo(json.dumps(found) if as_json else f"{found['title']} is closed.")


def _questions(given: Sequence[str]) -> list[dict[str, str]]:
    made: list[dict[str, str]] = []
    for each in given:
        name, sign, text = each.partition("=")
        made.append({"name": name, "text": text} if sign else {"name": name})
    return made


def _values(said: Sequence[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign:
            raise InvalidInputError(f"{each[:40]!r} is no answer.", hint="Write QUESTION=VALUE, e.g. relevant=yes.")
        made[name] = value
    return made


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "\n"
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is no UTF-8 text.", hint="Save it as JSON lines in UTF-8.") from None


def _words(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "unknown"
    bounds = "" if figure["low"] is None else f" [{100 * figure['low']:.3g}–{100 * figure['high']:.3g} %]"
    return f"{100 * figure['value']:.3g} %{bounds}"
