"""How the commands around the gateway tell of changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click


def tell_change(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """Say what was changed, if anything was."""
    if as_json:
        click.echo(json.dumps(answer))
    elif answer["change"] is None:
        click.echo("It stands so already: nothing was changed.")
    else:
        click.echo(change_line(answer["change"]))


def change_line(change: Mapping[str, Any]) -> str:
    """A change in one line."""
    why = f" ({change['reason']})" if change["reason"] else ""
    return f"{change['id']}  {change['at']}  {change['said']}, by {change['by']}{why}"
