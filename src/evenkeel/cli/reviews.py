"""`evenkeel reviews`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.ui.invisible import as_seen

_reason = click.option("--reason", default="", help="Kept in the audit trail; a caller is told why it was rejected.")


@click.group("reviews")
def reviews() -> None:
    """What the guard holds for people to decide on. The first decision stands."""


@reviews.command("list")
@click.option("--state", default="waiting", show_default=True, help="waiting, approved, …, all.")
@home_option
@json_option
def list_reviews(state: str, home: Home, *, as_json: bool) -> None:
    """What waits, the oldest first; in other states, the newest first."""
    found = Server.running(home).ask("GET", f"/reviews?state={quote(state)}")["reviews"]
    if as_json:
        click.echo(json.dumps({"reviews": found}))
        return
    for review in found:
        click.echo(_line(review))
    if not found:
        click.echo("Nothing waits for a decision." if state == "waiting" else f"No review is {state}.")


@reviews.command("show")
@click.argument("review")
@home_option
@json_option
def show(review: str, home: Home, *, as_json: bool) -> None:
    """One, with its texts by their numbers. They may hold what nobody else should read.

    What a terminal would not show, or obey, stands in ⟦brackets⟧; with --json the text is as it is.
    """
    found = Server.running(home).ask("GET", f"/reviews/{quote(review)}")
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(_line(found))
    for text in found["texts"]:
        entities = ", ".join(sorted({each["entity"] for each in text["findings"]}))
        click.echo(f"\n[{text['number']}]{f' ({entities})' if entities else ''}\n{as_seen(text['text'])}")
    if not found["texts"]:
        click.echo("What it says is erased.")


@reviews.command("approve")
@click.argument("review")
@_reason
@home_option
@json_option
def approve(review: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Let it go on as it is."""
    _decide(home, review, {"decision": "approved", "reason": reason}, as_json=as_json)


@reviews.command("edit")
@click.argument("review")
@click.option("--text", "texts", multiple=True, required=True, metavar="NUMBER=TEXT", help="What a text says instead.")
@_reason
@home_option
@json_option
def edit(review: str, texts: tuple[str, ...], reason: str, home: Home, *, as_json: bool) -> None:
    """Let it go on in other words: `edit ID --text "0=Call us."`."""
    _decide(home, review, {"decision": "edited", "reason": reason, "texts": _texts(texts)}, as_json=as_json)


@reviews.command("reject")
@click.argument("review")
@click.option("--reason", required=True, help="The caller is told it, and it is audited.")
@home_option
@json_option
def reject(review: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Refuse it; what it says is erased at once."""
    _decide(home, review, {"decision": "rejected", "reason": reason}, as_json=as_json)


def _decide(home: Home, review: str, body: Mapping[str, Any], *, as_json: bool) -> None:
    decided = Server.running(home).ask("POST", f"/reviews/{quote(review)}/decision", body)
    click.echo(json.dumps(decided) if as_json else f"{decided['id']} is {decided['state']}.")


def _texts(given: tuple[str, ...]) -> dict[str, str]:
    made: dict[str, str] = {}
    for each in given:
        number, sign, text = each.partition("=")
        if not sign or not number.isdigit():
            raise InvalidInputError(f"{each[:20]!r} names no text.", hint="Write NUMBER=TEXT, e.g. 0=Hello.")
        made[number] = text
    return made


def _line(review: Mapping[str, Any]) -> str:
    why = ", ".join(review["reasons"])
    where = f"{review['environment']}/{review['service']} {review['version']}".rstrip()
    end = f"expires {review['expires_at']}"
    if review["state"] != "waiting":
        end = f"{review['state']} by {review['decided_by']} at {review['decided_at']}"
    return f"{review['id']}  {where}  {review['side']}  {why}  {end}"
