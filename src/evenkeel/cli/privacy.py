"""`evenkeel privacy`: erase a person, change the key behind pseudonyms."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server

_ACTOR = "command line"


@click.group()
def privacy() -> None:
    """A person's rights."""


@privacy.command("erase")
@click.argument("user")
@click.option("--reason", default="", help="Kept in the audit trail with the act, e.g. the number of the request.")
@home_option
@json_option
def erase(user: str, reason: str, home: Home, *, as_json: bool) -> None:
    """Take out of every event of USER what tells who it was; `-` reads the id from standard input.

    The events stay as anonymous numbers, so that no published figure changes; what arrives late is made
    anonymous too. The id itself is neither stored nor logged.
    """
    identity = sys.stdin.readline() if user == "-" else user
    server = Server.find(home)
    if server is not None:
        receipt: Mapping[str, Any] = server.ask("POST", "/privacy/erasures", {"user": identity, "reason": reason})
    else:
        from evenkeel.app.offline import opened  # loads the stores, which a running server makes needless

        with opened(home.existing()) as control:
            receipt = asdict(control.erase(identity, actor=_ACTOR, reason=reason))
    if as_json:
        click.echo(json.dumps(receipt))
        return
    click.echo(f"{receipt['events']:,} events are anonymous now; later ones will be. Receipt {receipt['id']}.")
    click.echo("A backup taken before still knows the person: erase again after restoring one.")


@privacy.command("rotate-key")
@click.option("--reason", default="", help="Kept in the audit trail with the act.")
@home_option
@json_option
def rotate(reason: str, home: Home, *, as_json: bool) -> None:
    """Use a fresh key for pseudonyms from the next start on; older ones are kept, so that erasure still finds all."""
    server = Server.find(home)
    if server is not None:
        since = str(server.ask("POST", "/privacy/rotate-key", {"reason": reason})["since"])
    else:
        from evenkeel.app.offline import opened
        from evenkeel.app.privacy import rotate_pseudonym_key

        with opened(home.existing()) as control:
            since = rotate_pseudonym_key(control.stores, actor=_ACTOR, reason=reason)
    if as_json:
        click.echo(json.dumps({"since": since}))
        return
    click.echo(f"A fresh key is in place since {since}; data-plane workers use it from their next start.")
