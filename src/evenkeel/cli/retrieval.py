"""`evenkeel retrieval golden`: golden queries, runs of them, and a gate for pipelines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.answers import say_figure
from evenkeel.cli.calendar import seconds_of
from evenkeel.cli.options import home_option, json_option, server_options
from evenkeel.cli.retrieval_endpoint import Endpoint, ask_all
from evenkeel.cli.server import Server
from evenkeel.judge.golden.reading import read_set
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError, UnauthorizedError
from evenkeel.kernel.time import isoformat
from evenkeel.store.system import SystemClock
from evenkeel.ui.formats import count

_PATH: Final = "/retrieval/golden"
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_MEASURES: Final = ("hit_rate", "mrr", "ndcg", "precision", "recall")
WORSE: Final = 1
#: It is not known whether the run is worse, or no server says so: no pass.
UNKNOWN: Final = 7
TOKEN: Final = "EVENKEEL_RETRIEVER_TOKEN"  # noqa: S105 the name of a variable


@click.group("retrieval")
def retrieval() -> None:
    """How good what is retrieved is."""


@retrieval.group("golden")
def golden() -> None:
    """Golden queries: sets whose relevant documents are known, and runs of a retriever on them."""


@golden.command("put")
@click.argument("service")
@click.argument("name")
@click.argument("file", type=_FILE)
@click.option("--k", default=5, show_default=True, help="How many of the first places count.")
@click.option("--every", default="7d", show_default=True, metavar="DURATION", help="How often a run is expected.")
@server_options
@home_option
@json_option
def put(service: str, name: str, file: Path, home: Home, *, as_json: bool, **given: Any) -> None:
    """Give set NAME of SERVICE: JSON lines {"id", "query", "relevant": [doc, …] or {doc: grade}}.

    The query may be left out; it is kept only where the service's content is. A set that changed is a new version.
    """
    body = {"service": service, "name": name, "lines": _read(file), "k": given["k"]}
    body["every_s"] = round(seconds_of(given["every"]))
    found = Server.at(given["url"], given["key"], home).ask("PUT", _PATH, body)
    click.echo(json.dumps(found) if as_json else f"{name}: {found['says']}")


@golden.command("list")
@click.argument("service")
@server_options
@home_option
@json_option
def list_sets(service: str, home: Home, *, url: str, key: str, as_json: bool) -> None:
    """The sets of SERVICE, each with its newest run."""
    found = Server.at(url, key, home).ask("GET", f"{_PATH}?{urlencode({'service': service})}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found["sets"]:
        click.echo(f"{each['name']}: {each['says']}")
    if not found["sets"]:
        click.echo("No golden set yet. `evenkeel retrieval golden put` gives one.")


@golden.command("remove")
@click.argument("service")
@click.argument("name")
@click.option("--reason", required=True, help="For the audit trail.")
@server_options
@home_option
@json_option
def remove(service: str, name: str, reason: str, home: Home, *, as_json: bool, **given: str) -> None:
    """Remove a set with all its runs."""
    query = urlencode({"service": service, "name": name, "reason": reason})
    found = Server.at(given["url"], given["key"], home).ask("DELETE", f"{_PATH}?{query}")
    click.echo(json.dumps(found) if as_json else f"{name} is removed.")


@golden.command("tidy")
@click.argument("service")
@click.argument("name")
@server_options
@home_option
@json_option
def tidy(service: str, name: str, home: Home, *, as_json: bool, **given: str) -> None:
    """Delete the old versions of a set that no run names; audited."""
    body = {"service": service, "name": name}
    found = Server.at(given["url"], given["key"], home).ask("POST", f"{_PATH}/tidy", body)
    gone = ", ".join(map(str, found["deleted"]))
    said = f"Deleted versions: {gone}." if gone else "Each version is the newest or has runs."
    click.echo(json.dumps(found) if as_json else said)


@golden.command("run")
@click.argument("service")
@click.argument("name")
@click.argument("file", type=_FILE, required=False)
@click.option("--id", "run_id", default="", help="Sent again, it is the same run; default: the time now.")
@click.option("--release", default="", help="What was run, such as a version.")
@click.option("--endpoint", default="", help='Ask this address instead: POST {"query": …} answers {"ids": […]}.')
@click.option("--queries", type=_FILE, help="The set's file, for the texts of its queries; default: those kept.")
@click.option("--token", default="", envvar=TOKEN, help="Sent to --endpoint as Bearer; better as the variable.")
@click.option(
    "--timeout", type=click.FloatRange(0.001, 3_600.0), default=10.0, show_default=True, help="Seconds a call may take."
)
@server_options
@home_option
@json_option
def run(service: str, name: str, file: Path | None, home: Home, *, as_json: bool, **given: Any) -> None:
    """Send a run: JSON lines {"id", "retrieved": [doc, …]} of FILE, or what --endpoint answers.

    A call that fails counts as having found nothing, and is named.
    """
    if (file is None) == (not given["endpoint"]):
        raise InvalidInputError("A run comes from one place.", hint="Give a file, or --endpoint.")
    server = Server.at(given["url"], given["key"], home)
    asked = {"service": service, "name": name}
    if file is None:
        endpoint = Endpoint(given["endpoint"], given["timeout"], token=given["token"])
        lines = ask_all(endpoint, _texts(server, asked, given["queries"]))
    else:
        lines = _read(file)
    run_id = given["run_id"] or isoformat(SystemClock().now_us())
    body = {**asked, "id": run_id, "lines": lines, "release": given["release"]}
    found = server.ask("POST", f"{_PATH}/runs", body)
    if as_json:
        click.echo(json.dumps(found))
    else:
        _say_run(found)


@golden.command("show")
@click.argument("service")
@click.argument("name")
@click.option("--limit", default=5, show_default=True, help="So many runs, the newest first.")
@server_options
@home_option
@json_option
def show(service: str, name: str, limit: int, home: Home, *, as_json: bool, **given: str) -> None:
    """The runs of a set, with intervals."""
    query = urlencode({"service": service, "name": name, "limit": limit})
    found = Server.at(given["url"], given["key"], home).ask("GET", f"{_PATH}/runs?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found["runs"]:
        _say_run(each)
    if not found["runs"]:
        click.echo("No run yet.")


@golden.command("compare")
@click.argument("service")
@click.argument("name")
@click.argument("run_id")
@click.argument("before")
@server_options
@home_option
@json_option
def compare(service: str, name: str, run_id: str, before: str, home: Home, *, as_json: bool, **given: str) -> None:
    """By how much run RUN_ID is better than run BEFORE of the same set, query by query."""
    query = urlencode({"service": service, "name": name, "run": run_id, "before": before})
    found = Server.at(given["url"], given["key"], home).ask("GET", f"{_PATH}/comparison?{query}")
    if as_json:
        click.echo(json.dumps(found))
    else:
        _say_changes(found)


@golden.command("accept")
@click.argument("service")
@click.argument("name")
@click.argument("run_id")
@click.option("--partial", is_flag=True, help="Accept it though it lacks queries of the set.")
@server_options
@home_option
@json_option
def accept(service: str, name: str, run_id: str, home: Home, *, as_json: bool, **given: Any) -> None:
    """Compare later runs with this one. One in which every call failed is never accepted."""
    body = {"service": service, "name": name, "run": run_id, "partial": given["partial"]}
    found = Server.at(given["url"], given["key"], home).ask("POST", f"{_PATH}/accept", body)
    click.echo(json.dumps(found) if as_json else f"{run_id} is accepted.")


@golden.command("gate")
@click.argument("service")
@click.argument("name")
@click.argument("run_id", required=False, default="")
@click.option("--measure", default="hit_rate", show_default=True, type=click.Choice(_MEASURES))
@click.option("--points", default=5.0, show_default=True, help="So many points worse still passes.")
@server_options
@home_option
@json_option
@click.pass_context
def gate(ctx: click.Context, service: str, name: str, run_id: str, home: Home, **given: Any) -> None:
    """Is a run (default: the newest) worse than the last accepted one by more than --points? By the interval.

    Exit codes: 0 pass, 1 worse, 2 wrong usage, 3 no such set or run, 4 no valid key, 7 unknown, or no answer.
    """
    query = {"service": service, "name": name, "run": run_id, "measure": given["measure"], "points": given["points"]}
    try:
        found = Server.at(given["url"], given["key"], home).ask("GET", f"{_PATH}/gate?{urlencode(query)}")
        outcome, why, of = found["outcome"], found["why"], found["run"]
    except (InvalidInputError, NotFoundError, UnauthorizedError):
        raise
    except (EvenkeelError, KeyError, TypeError) as error:
        click.echo(f"No answer: {error}", err=True)
        ctx.exit(UNKNOWN)
    click.echo(json.dumps(found) if given["as_json"] else f"{outcome}: {why} (run {of})")
    ctx.exit({"pass": 0, "worse": WORSE}.get(outcome, UNKNOWN))


def _texts(server: Server, asked: Mapping[str, str], file: Path | None) -> Mapping[str, str]:
    """The texts of the set's queries, by id. Raises InvalidInputError where one is not known: none is skipped."""
    if file is None:
        texts: Mapping[str, str] = server.ask("GET", f"{_PATH}/queries?{urlencode(asked)}")["queries"]
        if not texts:
            raise InvalidInputError("No text of a query is kept.", hint="Give the set's file: --queries FILE.")
        return texts
    queries = read_set(_read(file))
    without = [each.id for each in queries.values() if not each.text]
    if without:
        raise InvalidInputError(
            f"{count(len(without))} queries have no text, as {without[0][:60]!r}.",
            hint='Add "query" to each line.',
        )
    return {each.id: each.text for each in queries.values()}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path.name} cannot be read: {error}.", hint="It is JSON lines in UTF-8.") from None


def _say_run(found: Mapping[str, Any]) -> None:
    accepted = ", accepted" if found["accepted_at"] else ""
    partial = ", partial" if found["is_partial"] else ""
    release = f" {found['release']}" if found["release"] else ""
    click.echo(
        f"{found['id']}{release}: {count(found['answered'])} of {count(found['queries'])} queries"
        f" (version {found['set_version']}{partial}{accepted})"
    )
    for name, figure in found["figures"].items():
        click.echo(f"  {name.replace('_', ' ')}: {say_figure(figure, is_ratio=True)}")
    notes: Sequence[str] = found["notes"]
    for note in notes:
        click.echo(f"  {note}")


def _say_changes(found: Mapping[str, Any]) -> None:
    partial = " (partial)" if found["is_partial"] else ""
    click.echo(f"{found['run']} against {found['before']}, version {found['set_version']}{partial}:")
    for name, change in found["changes"].items():
        said = "unknown"
        if change["value"] is not None:
            low, high = 100 * change["low"], 100 * change["high"]
            said = f"{100 * change['value']:+.3g} points [{low:+.3g} to {high:+.3g}] of n {count(change['n'])}"
        click.echo(f"  {name.replace('_', ' ')}: {said}")
